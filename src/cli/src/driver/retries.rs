//! What follows an attempt that failed: another one after a while, or none.

use anyhow::Error;
use backup_fleet::{CallFailed, FleetError, Reaction, reaction};
use backup_journal::{
    execution::{retry_nanos, wait_nanos},
    journal::Operation,
    plan::BackupOperationKind as Kind,
};
use std::time::Duration;
use thiserror::Error;

/// Attempts at an operation that failed for a reason of its own, or with an outcome that is not known.
const MAX_ATTEMPTS: u32 = 3;
/// Attempts at an operation that the network refuses for now: it may refuse snapshots for minutes.
const MAX_REFUSALS: u32 = 12;

/// A driver has given an operation up.
#[derive(Debug, Error)]
#[error("{operation_id} is given up after attempt {attempts}: {reason}")]
pub struct GivenUp {
    /// The operation.
    pub operation_id: String,
    /// What it should have done.
    pub kind: Kind,
    /// The number of its last attempt.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub reason: String,
}

/// What follows an attempt that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Another attempt, after this time.
    Again(Duration),
    /// No other attempt: somebody has to act first.
    GiveUp,
}

/// What follows this attempt at an operation, which failed with `error`.
pub fn after(operation: &Operation, error: &Error) -> Next {
    let attempt = operation.attempt.0;
    let again = |nanos, most| {
        let again = Next::Again(Duration::from_nanos(nanos));
        // A canister that was stopped is started, however long that takes.
        if attempt < most || operation.kind == Kind::Start { again } else { Next::GiveUp }
    };
    match error.downcast_ref::<FleetError>() {
        None if attempt < MAX_ATTEMPTS => Next::Again(Duration::ZERO),
        None
        | Some(
            FleetError::Undecided { .. } | FleetError::NotStopped { .. } | FleetError::Notes(_),
        ) => Next::GiveUp,
        Some(
            FleetError::Refused(CallFailed { error, .. })
            | FleetError::Unknown(CallFailed { error, .. }),
        ) => match reaction(error) {
            Reaction::GiveUp => again(wait_nanos(attempt), 0),
            Reaction::Look => again(wait_nanos(attempt), MAX_ATTEMPTS),
            Reaction::Retry => again(retry_nanos(attempt), MAX_REFUSALS),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;
    use backup_journal::{Attempt, Sequence, journal::OperationState};
    use candid::Principal;
    use ic_canister_runtime::IcError;
    use ic_error_types::RejectCode;

    fn operation(kind: Kind, attempt: u32) -> Operation {
        Operation {
            sequence: Sequence(4),
            operation_id: "row-4".to_owned(),
            kind,
            target_canister_id: Some(Principal::anonymous()),
            state: OperationState::Pending,
            attempt: Attempt(attempt),
            reason: None,
            state_updated_at: None,
            last_receipt: None,
        }
    }

    fn rejected(code: RejectCode, message: &str) -> Error {
        let error = IcError::CallRejected { code, message: message.to_owned() };
        let canister = Principal::anonymous();
        let failed = CallFailed { canister, method: "stop_canister", error };
        Error::from(FleetError::from(failed)).context("row-4")
    }

    #[test]
    fn what_is_refused_for_good_is_given_up_and_what_is_refused_for_now_is_not() {
        let final_error = rejected(RejectCode::CanisterError, "IC0512: not a controller");
        assert_eq!(after(&operation(Kind::Stop, 1), &final_error), Next::GiveUp);
        let busy = rejected(RejectCode::SysTransient, "IC0210: heap delta");
        let wait = Next::Again(Duration::from_mins(1));
        assert_eq!(after(&operation(Kind::CreateSnapshot, MAX_REFUSALS - 1), &busy), wait);
        assert_eq!(after(&operation(Kind::CreateSnapshot, MAX_REFUSALS), &busy), Next::GiveUp);
        let unknown = rejected(RejectCode::SysUnknown, "");
        let soon = Next::Again(Duration::from_secs(2));
        assert_eq!(after(&operation(Kind::Stop, 1), &unknown), soon);
        assert_eq!(after(&operation(Kind::Stop, MAX_ATTEMPTS), &unknown), Next::GiveUp);
        let full = anyhow!("the disk is full");
        assert_eq!(
            after(&operation(Kind::DownloadSnapshot, 1), &full),
            Next::Again(Duration::ZERO)
        );
        assert_eq!(after(&operation(Kind::DownloadSnapshot, 3), &full), Next::GiveUp);
    }

    #[test]
    fn a_start_is_tried_for_as_long_as_it_takes() {
        for error in [
            rejected(RejectCode::CanisterError, "IC0512: not a controller"),
            rejected(RejectCode::SysUnknown, ""),
            rejected(RejectCode::SysTransient, "IC0207: out of cycles"),
        ] {
            let next = after(&operation(Kind::Start, 1_000), &error);
            assert_eq!(next, Next::Again(Duration::from_mins(1)), "{error:#}");
        }
    }
}
