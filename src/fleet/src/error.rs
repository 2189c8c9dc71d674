//! Why an operation is not done, or is not known to be done.

use crate::snapshot_id::SnapshotIds;
use candid::Principal;
use ic_canister_runtime::IcError;
use ic_error_types::RejectCode;
use std::error::Error;
use thiserror::Error;

/// A call to the management canister that was not answered as it should be.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("{method} of {canister}: {error}")]
pub struct CallFailed {
    /// The canister that it was about.
    pub canister: Principal,
    /// The method of the management canister.
    pub method: &'static str,
    /// What the network said.
    pub error: IcError,
}

/// Why an operation is not done, or is not known to be done.
#[derive(Debug, Error)]
pub enum FleetError {
    /// The network refused the call: nothing was done.
    #[error(transparent)]
    Refused(CallFailed),
    /// Whether the call was executed is not known. It is safe to perform the operation again, because that checks first.
    #[error(transparent)]
    Unknown(CallFailed),
    /// There are more new snapshots than this operation can have taken; an operator must decide which one is its own.
    #[error(
        "{canister} has {} snapshots that did not exist before this operation: {}; \
         delete all of them, or all but the one of this operation, and perform it again",
        new.len(), list(new)
    )]
    Undecided {
        /// The canister.
        canister: Principal,
        /// The snapshots that were not there before.
        new: SnapshotIds,
    },
    /// The list of snapshots before the operation could not be stored or read; no call was made.
    #[error("the list of snapshots before this operation cannot be stored or read: {0}")]
    Notes(#[source] Box<dyn Error + Send + Sync>),
}

impl FleetError {
    /// Whether an operator must decide something before another attempt.
    pub const fn needs_a_person(&self) -> bool {
        matches!(self, Self::Undecided { .. })
    }

    /// Whether it is not known if the operation was done.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

impl From<CallFailed> for FleetError {
    fn from(call: CallFailed) -> Self {
        if is_refusal(&call.error) { Self::Refused(call) } else { Self::Unknown(call) }
    }
}

/// Whether the network has certainly not executed the call.
///
/// A transient reject counts as unknown: a stop that timed out may still happen.
pub const fn is_refusal(error: &IcError) -> bool {
    match error {
        IcError::CallRejected { code, .. } => {
            !matches!(code, RejectCode::SysUnknown | RejectCode::SysTransient)
        }
        IcError::CallPerformFailed
        | IcError::CandidDecodeFailed { .. }
        | IcError::InsufficientLiquidCycleBalance { .. } => false,
    }
}

fn list(ids: &SnapshotIds) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_definite_reject_is_a_refusal() {
        let rejected = |code| IcError::CallRejected { code, message: String::new() };
        for code in [
            RejectCode::SysFatal,
            RejectCode::DestinationInvalid,
            RejectCode::CanisterReject,
            RejectCode::CanisterError,
        ] {
            assert!(is_refusal(&rejected(code)), "{code:?}");
        }
        let unreadable = IcError::CandidDecodeFailed { message: String::new() };
        let poor = IcError::InsufficientLiquidCycleBalance { available: 0, required: 1 };
        for error in [
            rejected(RejectCode::SysUnknown),
            rejected(RejectCode::SysTransient),
            IcError::CallPerformFailed,
            unreadable,
            poor,
        ] {
            assert!(!is_refusal(&error), "{error}");
        }
    }

    #[test]
    fn a_person_is_told_which_snapshots_there_are() {
        let new: SnapshotIds = [vec![1], vec![0xab]].map(Into::into).into();
        let error = FleetError::Undecided { canister: Principal::anonymous(), new };
        assert!(error.needs_a_person());
        let text = error.to_string();
        assert!(text.contains("2vxsx-fae has 2 snapshots"), "{text}");
        assert!(text.contains("01, ab"), "{text}");
    }
}
