//! A call of a management method: its argument, who sent it, and who may send it.

use crate::model::reject::{Reject, error_code};
use crate::world::World;
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use ic_management_canister_types::CanisterIdRecord;
use serde::de::DeserializeOwned;

/// The reply or the reject of a management method.
pub(crate) type Answer = Result<Vec<u8>, Reject>;

/// A call of a management method.
pub(crate) struct Call<'a> {
    pub(crate) sender: Principal,
    pub(crate) method: &'a str,
    pub(crate) arg: &'a [u8],
    /// Cycles that came with the call; the rest that a method leaves is refunded.
    pub(crate) cycles: &'a mut u128,
    /// The call was sent by a user, not by a canister.
    pub(crate) is_ingress: bool,
}

impl Call<'_> {
    /// The decoded argument.
    pub(crate) fn argument<T: CandidType + DeserializeOwned>(&self) -> Result<T, Reject> {
        candid::decode_one(self.arg).map_err(|error| {
            Reject::refused(format!("Error decoding candid of {}: {error:?}", self.method))
        })
    }

    /// The canister that the argument names.
    pub(crate) fn target(&self) -> Result<Principal, Reject> {
        Ok(self.argument::<CanisterIdRecord>()?.canister_id)
    }

    /// Refuses a call that a user sent.
    pub(crate) fn only_from_canisters(&self) -> Result<(), Reject> {
        if !self.is_ingress {
            return Ok(());
        }
        Err(Reject::refused(format!("{} can be called by canisters only", self.method)))
    }
}

/// The reply of a method without a result.
pub(crate) fn no_result() -> Vec<u8> {
    encode_args(())
}

/// A reply with one value.
pub(crate) fn encode(value: &impl CandidType) -> Vec<u8> {
    candid::encode_one(value).expect("BUG: a result cannot be encoded")
}

fn encode_args(values: impl ArgumentEncoder) -> Vec<u8> {
    candid::encode_args(values).expect("BUG: a result cannot be encoded")
}

/// Refuses unless the caller controls the canister.
pub(crate) fn check_controller(
    world: &World,
    call: &Call,
    canister: Principal,
) -> Result<(), Reject> {
    require_controller(world, call.sender, canister, call.method)
}

/// Refuses unless this principal controls the canister.
pub(crate) fn require_controller(
    world: &World,
    sender: Principal,
    canister: Principal,
    method: &str,
) -> Result<(), Reject> {
    if world.canister(canister)?.controllers.contains(&sender) {
        return Ok(());
    }
    let message = format!(
        "Only controllers of canister {canister} can call ic00 method {method}; {sender} is not one of them"
    );
    Err(Reject::canister_error(error_code::NOT_A_CONTROLLER, message))
}
