//! The management canister: its methods over the canisters of this sandbox.
//!
//! A method that is not listed here is refused by name.

mod call;
mod chunks;
mod code;
mod lifecycle;
mod settings;
mod snapshots;
mod upload;

use crate::model::{
    call::{Request, Route},
    cost::Cost,
    reject::{Reject, error_code},
    step::{Outcome, Step, StepKind},
};
use crate::world::World;
use call::{Answer, Call};
use candid::Principal;
use ic_management_canister_types::CanisterIdRecord;

pub(crate) use call::no_result;
pub(crate) use code::install_as;
pub(crate) use snapshots::MAX_SNAPSHOTS;

/// Executes a call of the management canister.
pub(crate) fn execute(world: &mut World, request: Request) -> Step {
    let Request { origin, method, arg, mut cycles, .. } = request;
    let is_ingress = matches!(origin.route, Route::Ingress(_));
    let mut call =
        Call { sender: origin.sender, method: &method, arg: &arg, cycles: &mut cycles, is_ingress };
    let about = call.target().ok();
    let answer = if method == "stop_canister" {
        lifecycle::stop_canister(world, &call, &origin)
    } else {
        execute_method(world, &mut call).map(Some)
    };
    let outcome = match answer {
        Ok(Some(reply)) => {
            world.answer(&origin, Ok(reply), cycles);
            Outcome::Completed
        }
        Ok(None) => Outcome::Completed,
        Err(reject) => {
            world.answer(&origin, Err(reject.clone()), cycles);
            Outcome::Refused(reject)
        }
    };
    Step {
        canister: Principal::management_canister(),
        kind: StepKind::Management,
        sender: Some(origin.sender),
        about,
        method,
        outcome,
        cost: Cost::default(),
    }
}

/// The canister that a call is about, if it is about one.
pub(crate) fn target(request: &Request) -> Option<Principal> {
    candid::decode_one::<CanisterIdRecord>(&request.arg).ok().map(|record| record.canister_id)
}

fn execute_method(world: &mut World, call: &mut Call) -> Answer {
    match call.method {
        "create_canister" | "provisional_create_canister_with_cycles" => {
            settings::create_canister(world, call)
        }
        "update_settings" => settings::update_settings(world, call),
        "install_code" => code::install_code(world, call),
        "install_chunked_code" => chunks::install_chunked_code(world, call),
        "upload_chunk" => chunks::upload_chunk(world, call),
        "stored_chunks" => chunks::stored_chunks(world, call),
        "clear_chunk_store" => chunks::clear_chunk_store(world, call),
        "uninstall_code" => code::uninstall_code(world, call),
        "deposit_cycles" => settings::deposit_cycles(world, call),
        "canister_info" => settings::canister_info(world, call),
        "start_canister" => lifecycle::start_canister(world, call),
        "delete_canister" => lifecycle::delete_canister(world, call),
        "canister_status" => lifecycle::canister_status(world, call),
        "take_canister_snapshot" => snapshots::take_snapshot(world, call),
        "load_canister_snapshot" => snapshots::load_snapshot(world, call),
        "list_canister_snapshots" => snapshots::list_snapshots(world, call),
        "delete_canister_snapshot" => snapshots::delete_snapshot(world, call),
        "read_canister_snapshot_metadata" => snapshots::read_snapshot_metadata(world, call),
        "read_canister_snapshot_data" => snapshots::read_snapshot_data(world, call),
        "upload_canister_snapshot_metadata" => upload::upload_metadata(world, call),
        "upload_canister_snapshot_data" => upload::upload_data(world, call),
        "raw_rand" => settings::raw_rand(world, call),
        unknown => Err(unknown_method(unknown)),
    }
}

/// Answers a method that can be called as a query.
pub(crate) fn query(world: &mut World, sender: Principal, method: &str, arg: &[u8]) -> Answer {
    let call = Call { sender, method, arg, cycles: &mut 0, is_ingress: true };
    match method {
        "canister_status" => lifecycle::canister_status(world, &call),
        "list_canister_snapshots" => snapshots::list_snapshots(world, &call),
        unknown => Err(unknown_method(unknown)),
    }
}

fn unknown_method(method: &str) -> Reject {
    let message = format!("Management canister has no method '{method}' in this simulator");
    Reject::refused(message).named(error_code::NO_METHOD)
}
