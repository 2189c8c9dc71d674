//! The management canister: its methods over the canisters of this sandbox.
//!
//! A method that is not listed here is refused by name.

mod lifecycle;
mod settings;
mod snapshots;

use crate::call::{Request, Route};
use crate::network::Network;
use crate::{Cost, Outcome, Reject, RejectCode, Step, StepKind};
use candid::{CandidType, Principal};
use ic_management_canister_types::CanisterIdRecord;
use serde::de::DeserializeOwned;

type Answer = Result<Vec<u8>, Reject>;

/// A call of a management method.
struct Call<'a> {
    sender: Principal,
    method: &'a str,
    arg: &'a [u8],
    /// Cycles that came with the call; what a method leaves goes back.
    cycles: &'a mut u128,
    /// The call was sent by a user, not by a canister.
    is_ingress: bool,
}

impl Call<'_> {
    fn argument<T: CandidType + DeserializeOwned>(&self) -> Result<T, Reject> {
        candid::decode_one(self.arg).map_err(|error| {
            Reject::new(
                RejectCode::CanisterReject,
                format!("Error decoding candid of {}: {error:?}", self.method),
            )
        })
    }

    /// The canister that the argument names.
    fn target(&self) -> Result<Principal, Reject> {
        Ok(self.argument::<CanisterIdRecord>()?.canister_id)
    }

    fn only_from_canisters(&self) -> Result<(), Reject> {
        if !self.is_ingress {
            return Ok(());
        }
        Err(Reject::new(
            RejectCode::CanisterReject,
            format!("{} can be called by canisters only", self.method),
        ))
    }
}

/// The reply of a method without a result.
pub(crate) fn no_result() -> Vec<u8> {
    encode_args(())
}

fn encode(value: &impl CandidType) -> Vec<u8> {
    candid::encode_one(value).expect("BUG: a result cannot be encoded")
}

fn encode_args(values: impl candid::utils::ArgumentEncoder) -> Vec<u8> {
    candid::encode_args(values).expect("BUG: a result cannot be encoded")
}

impl Network {
    /// Executes a call of the management canister.
    pub(crate) fn manage(&mut self, request: Request) -> Step {
        let Request { origin, method, arg, mut cycles, .. } = request;
        let is_ingress = matches!(origin.route, Route::Ingress(_));
        let mut call = Call {
            sender: origin.sender,
            method: &method,
            arg: &arg,
            cycles: &mut cycles,
            is_ingress,
        };
        let answer = if method == "stop_canister" {
            self.stop_canister(&call, &origin)
        } else {
            self.management_method(&mut call).map(Some)
        };
        let outcome = match answer {
            Ok(Some(reply)) => {
                self.answer(&origin, Ok(reply), cycles);
                Outcome::Completed
            }
            Ok(None) => Outcome::Completed,
            Err(reject) => {
                self.answer(&origin, Err(reject.clone()), cycles);
                Outcome::Refused(reject)
            }
        };
        Step {
            canister: Principal::management_canister(),
            kind: StepKind::Management,
            method,
            outcome,
            cost: Cost::default(),
        }
    }

    fn management_method(&mut self, call: &mut Call) -> Answer {
        match call.method {
            "create_canister" | "provisional_create_canister_with_cycles" => {
                self.create_canister_method(call)
            }
            "update_settings" => self.update_settings(call),
            "install_code" => self.install_code_method(call),
            "uninstall_code" => self.uninstall_code_method(call),
            "deposit_cycles" => self.deposit_cycles(call),
            "canister_info" => self.canister_info(call),
            "start_canister" => self.start_canister(call),
            "delete_canister" => self.delete_canister(call),
            "canister_status" => self.canister_status(call),
            "take_canister_snapshot" => self.take_snapshot(call),
            "load_canister_snapshot" => self.load_snapshot(call),
            "list_canister_snapshots" => self.list_snapshots(call),
            "delete_canister_snapshot" => self.delete_snapshot(call),
            "read_canister_snapshot_metadata" => self.read_snapshot_metadata(call),
            "read_canister_snapshot_data" => self.read_snapshot_data(call),
            "raw_rand" => self.raw_rand(call),
            unknown => Err(unknown_method(unknown)),
        }
    }

    /// The few methods that can be called as queries.
    pub(crate) fn query_management(
        &mut self,
        sender: Principal,
        method: &str,
        arg: &[u8],
    ) -> Answer {
        let call = Call { sender, method, arg, cycles: &mut 0, is_ingress: true };
        match method {
            "canister_status" => self.canister_status(&call),
            "list_canister_snapshots" => self.list_snapshots(&call),
            unknown => Err(unknown_method(unknown)),
        }
    }

    /// Refuses unless the caller controls the canister.
    fn check_controller(&self, call: &Call, canister: Principal) -> Result<(), Reject> {
        self.require_controller(call.sender, canister, call.method)
    }

    /// Refuses unless this principal controls the canister.
    pub(crate) fn require_controller(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
    ) -> Result<(), Reject> {
        if self.canister(canister)?.controllers.contains(&sender) {
            return Ok(());
        }
        Err(Reject::canister_error(format!(
            "Only controllers of canister {canister} can call ic00 method {method}; {sender} is not one of them"
        )))
    }
}

fn unknown_method(method: &str) -> Reject {
    Reject::new(
        RejectCode::CanisterReject,
        format!("Management canister has no method '{method}' in this simulator"),
    )
}
