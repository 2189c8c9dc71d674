//! Queries, which change nothing, and ingress messages, which the callee inspects first.

use crate::management;
use crate::model::{
    call::{Event, MessageId, Origin, Request, Route},
    reject::{Reject, error_code},
};
use crate::vm::{
    execution::Commit,
    frame::{Effects, EntryKind, Frame, Message},
    instance::Entry,
};
use crate::world::World;
use candid::Principal;
use ic_error_types::RejectCode;

/// The most bytes that the argument of an ingress message has.
const MAX_INGRESS_BYTES: usize = 2 * 1024 * 1024;
const INSPECT: &str = "canister_inspect_message";

/// Answers a query.
pub(crate) fn query(
    world: &mut World,
    sender: Principal,
    callee: Principal,
    method: &str,
    arg: Vec<u8>,
) -> Result<Vec<u8>, Reject> {
    check_size(method, &arg)?;
    if callee == Principal::management_canister() {
        return management::query(world, sender, method, &arg);
    }
    let export = format!("canister_query {method}");
    let canister = world.canister(callee)?;
    canister.check_takes_calls()?;
    if !canister.exports(&export) {
        let message =
            format!("Error from Canister {callee}: Canister has no query method '{method}'.");
        return Err(Reject::canister_error(error_code::NO_METHOD, message));
    }
    let message = message(method, arg);
    let frame = canister.frame(EntryKind::Query, sender, message, world.time);
    let effects = try_out(world, callee, export, frame)?;
    match effects.answer {
        Some(answer) => answer.map_err(Reject::refused),
        None => Err(Reject::did_not_reply(callee)),
    }
}

/// Takes an ingress message, if the callee accepts it.
pub(crate) fn submit(
    world: &mut World,
    sender: Principal,
    callee: Principal,
    method: &str,
    arg: Vec<u8>,
) -> Result<MessageId, Reject> {
    check_size(method, &arg)?;
    if callee != Principal::management_canister() {
        world.canister(callee)?.check_takes_calls()?;
        inspect(world, sender, callee, method, &arg)?;
    }
    let message = world.new_message();
    world.queue.push_back(Event::Request(Request {
        origin: Origin::new(sender, Route::Ingress(message)),
        callee,
        method: method.to_owned(),
        arg,
        cycles: 0,
    }));
    Ok(message)
}

/// Lets the callee inspect the message (`canister_inspect_message`).
fn inspect(
    world: &mut World,
    sender: Principal,
    callee: Principal,
    method: &str,
    arg: &[u8],
) -> Result<(), Reject> {
    let canister = world.canister(callee)?;
    if !canister.exports(INSPECT) {
        return Ok(());
    }
    let message = message(method, arg.to_vec());
    let frame = canister.frame(EntryKind::Inspect, sender, message, world.time);
    if try_out(world, callee, INSPECT.to_owned(), frame)?.accepted {
        return Ok(());
    }
    Err(Reject::refused(format!("Canister {callee} rejected the message")))
}

/// Executes an entry point that changes nothing.
fn try_out(
    world: &mut World,
    callee: Principal,
    export: String,
    frame: Frame,
) -> Result<Effects, Reject> {
    let canister = world.canister_mut(callee)?;
    let executed = canister.execute(&Entry::Export(export), frame, Commit::Never);
    world.last_cost = executed.cost;
    world.executed(callee);
    executed.result.map_err(|message| Reject::canister_error(error_code::TRAPPED, message))
}

fn message(method: &str, arg: Vec<u8>) -> Message {
    Message { arg, method: method.to_owned(), ..Message::default() }
}

fn check_size(method: &str, arg: &[u8]) -> Result<(), Reject> {
    if arg.len() <= MAX_INGRESS_BYTES {
        return Ok(());
    }
    Err(Reject::new(
        RejectCode::SysFatal,
        format!(
            "the argument of '{method}' has {} bytes, more than the {MAX_INGRESS_BYTES} of an ingress message",
            arg.len()
        ),
    ))
}
