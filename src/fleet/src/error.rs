//! Why an operation is not done, or is not known to be done.

use crate::snapshot_id::{SnapshotIds, listed};
use candid::Principal;
use ic_canister_runtime::IcError;
use ic_error_types::RejectCode;
use std::error::Error;
use thiserror::Error;

/// A call to the management canister that was not answered as it should be.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("{method} of {canister}: {}", told(error))]
pub struct CallFailed {
    /// The canister that it was about.
    pub canister: Principal,
    /// The method of the management canister.
    pub method: &'static str,
    /// What the network said.
    pub error: IcError,
}

/// What the network said, without the words of canisters that call each other.
pub fn told(error: &IcError) -> String {
    match error {
        IcError::CallRejected { code, message } => format!("{message} ({code:?})"),
        other => other.to_string(),
    }
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
        new.len(), listed(new)
    )]
    Undecided {
        /// The canister.
        canister: Principal,
        /// The snapshots that were not there before.
        new: SnapshotIds,
    },
    /// The canister is not stopped, so that no snapshot was loaded.
    #[error("{canister} is not stopped: somebody has started it, or its stop is not over")]
    NotStopped {
        /// The canister.
        canister: Principal,
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

/// What to do about a call that was not answered as it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reaction {
    /// The network has not executed the call, and would not if it were made again: somebody has to act first.
    GiveUp,
    /// The network has not executed the call: make it again later.
    Retry,
    /// The call may have been executed, or may still be: look at the canister.
    Look,
}

/// Failures that share their reject code with others: the network's error code, and what its message says. Canisters are
/// told the message alone, users the code.
const FAILURES: &[(&str, &str, Reaction)] = &[
    ("IC0207", "out of cycles", Reaction::GiveUp),
    ("IC0210", "heap delta rate limited", Reaction::Retry),
    ("IC0508", "is stopped", Reaction::Look),
    ("IC0509", "is stopping", Reaction::Look),
    ("IC0511", "stop request was cancelled", Reaction::Look),
];

/// The failure that a message tells of, if it shares its reject code with others.
fn known_failure(message: &str) -> Option<&'static (&'static str, &'static str, Reaction)> {
    FAILURES.iter().find(|(code, text, _)| message.starts_with(code) || message.contains(text))
}

/// What to do about a call that ended with `error`.
///
/// Reject codes alone do not tell: a stop that timed out may still happen, a canister that is out of cycles is refused
/// with the same code. Where the message is not known, it is looked at the canister if the call may have been executed.
pub fn reaction(error: &IcError) -> Reaction {
    let (code, message) = match error {
        IcError::CallRejected { code, message } => (code, message),
        IcError::CallPerformFailed | IcError::InsufficientLiquidCycleBalance { .. } => {
            return Reaction::Retry;
        }
        IcError::CandidDecodeFailed { .. } => return Reaction::Look,
    };
    match (code, known_failure(message)) {
        (RejectCode::SysUnknown, _) | (RejectCode::SysTransient, None) => Reaction::Look,
        (_, Some((_, _, reaction))) => *reaction,
        (_, None) => Reaction::GiveUp,
    }
}

/// Whether a call that only reads may succeed when it is made again, though it ended with `error`: the network was busy, or
/// did not answer.
pub fn may_be_read_again(error: &IcError) -> bool {
    let unreadable = matches!(error, IcError::CandidDecodeFailed { .. });
    !unreadable && reaction(error) != Reaction::GiveUp
}

/// Whether a call that ended with `error` can still take effect: its caller was only told that nobody waits any longer.
pub const fn may_still_happen(error: &IcError) -> bool {
    matches!(error, IcError::CallRejected { code: RejectCode::SysUnknown, .. })
}

/// What [`error_label`] answers with.
pub const ERROR_LABELS: [&str; 12] = [
    "IC0207",
    "IC0210",
    "IC0508",
    "IC0509",
    "IC0511",
    "SYS_FATAL",
    "SYS_TRANSIENT",
    "SYS_UNKNOWN",
    "DESTINATION_INVALID",
    "CANISTER_REJECT",
    "CANISTER_ERROR",
    "OTHER",
];

/// A short name for why a call went wrong: the error code of the network if it is known, or else the reject code; `OTHER` if
/// the call was not sent, or its answer cannot be read.
pub fn error_label(error: &IcError) -> &'static str {
    let IcError::CallRejected { code, message } = error else { return "OTHER" };
    match (known_failure(message), code) {
        (Some((code, _, _)), _) => code,
        (None, RejectCode::SysFatal) => "SYS_FATAL",
        (None, RejectCode::SysTransient) => "SYS_TRANSIENT",
        (None, RejectCode::SysUnknown) => "SYS_UNKNOWN",
        (None, RejectCode::DestinationInvalid) => "DESTINATION_INVALID",
        (None, RejectCode::CanisterReject) => "CANISTER_REJECT",
        (None, RejectCode::CanisterError) => "CANISTER_ERROR",
    }
}

/// Whether the canister that the call was about does not exist.
pub const fn is_gone(error: &IcError) -> bool {
    matches!(error, IcError::CallRejected { code: RejectCode::DestinationInvalid, .. })
}

/// Whether the network has certainly not executed the call, and would not the next time.
pub fn is_refusal(error: &IcError) -> bool {
    reaction(error) == Reaction::GiveUp
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
    fn the_error_code_or_the_message_decides() {
        let rejected = |code, message: &str| {
            reaction(&IcError::CallRejected { code, message: message.to_string() })
        };
        let transient = |message| rejected(RejectCode::SysTransient, message);
        assert_eq!(transient("Stop canister request timed out"), Reaction::Look);
        for message in ["IC0207: too poor", "Canister x is out of cycles: top up"] {
            assert_eq!(transient(message), Reaction::GiveUp, "{message}");
        }
        for message in ["IC0210: later", "Canister x is heap delta rate limited: 5"] {
            assert_eq!(transient(message), Reaction::Retry, "{message}");
        }
        assert_eq!(transient("Ingress queue is full"), Reaction::Look);
        let error = |message| rejected(RejectCode::CanisterError, message);
        for message in [
            "IC0508: x",
            "IC0509: x",
            "IC0511: x",
            "Canister x is stopped",
            "Canister x is stopping",
            "Canister x's stop request was cancelled.",
        ] {
            assert_eq!(error(message), Reaction::Look, "{message}");
        }
        assert_eq!(error("IC0512: Only controllers can call it"), Reaction::GiveUp);
        assert_eq!(rejected(RejectCode::SysFatal, "IC0101: full"), Reaction::GiveUp);
        assert_eq!(rejected(RejectCode::SysUnknown, "out of cycles"), Reaction::Look);
        assert_eq!(reaction(&IcError::CallPerformFailed), Reaction::Retry);
    }

    /// A load that was refused is final, but for a limit that passes, and what must be looked at.
    #[test]
    fn what_is_wrong_with_a_load_is_final_and_what_passes_is_not() {
        use RejectCode::{
            CanisterError, CanisterReject, DestinationInvalid, SysFatal, SysTransient,
        };
        for (code, message, expected) in [
            (SysFatal, "IC0101: Subnet memory capacity exceeded", Reaction::GiveUp),
            (SysTransient, "IC0207: Canister x is out of cycles", Reaction::GiveUp),
            (SysTransient, "IC0210: Canister x is heap delta rate limited", Reaction::Retry),
            (SysTransient, "Canister x is heap delta rate limited: 1 of 1", Reaction::Retry),
            (DestinationInvalid, "IC0305: Could not find the snapshot ID 01", Reaction::GiveUp),
            (CanisterReject, "IC0406: Snapshot 01 is not currently loadable", Reaction::GiveUp),
            (CanisterReject, "Snapshot 01 is not currently loadable", Reaction::GiveUp),
            (CanisterReject, "IC0408: globals do not match", Reaction::GiveUp),
            (CanisterError, "IC0512: Only controllers of x can call it", Reaction::GiveUp),
            (RejectCode::SysUnknown, "no answer", Reaction::Look),
        ] {
            let error = IcError::CallRejected { code, message: message.to_owned() };
            assert_eq!(reaction(&error), expected, "{message}");
        }
    }

    #[test]
    fn what_was_not_answered_may_be_read_again_and_what_was_refused_may_not() {
        let rejected = |code, message: &str| {
            may_be_read_again(&IcError::CallRejected { code, message: message.to_string() })
        };
        assert!(rejected(RejectCode::SysTransient, "IC0210: later"));
        assert!(rejected(RejectCode::SysTransient, "Ingress queue is full"));
        assert!(rejected(RejectCode::SysUnknown, ""));
        assert!(!rejected(RejectCode::SysTransient, "IC0207: too poor"));
        assert!(!rejected(RejectCode::DestinationInvalid, "IC0305: no such snapshot"));
        assert!(!rejected(RejectCode::CanisterError, "IC0512: not a controller"));
        assert!(!may_be_read_again(&IcError::CandidDecodeFailed { message: String::new() }));
    }

    #[test]
    fn every_error_has_a_label_of_the_list() {
        let rejected = |code, message: &str| {
            error_label(&IcError::CallRejected { code, message: message.to_string() })
        };
        let transient = RejectCode::SysTransient;
        assert_eq!(rejected(transient, "Canister x is out of cycles"), "IC0207");
        assert_eq!(rejected(transient, "IC0999: new"), "SYS_TRANSIENT");
        assert_eq!(error_label(&IcError::CallPerformFailed), "OTHER");
        let unreadable = IcError::CandidDecodeFailed { message: String::new() };
        assert_eq!(error_label(&unreadable), "OTHER");
        let codes = [
            RejectCode::SysFatal,
            transient,
            RejectCode::SysUnknown,
            RejectCode::DestinationInvalid,
            RejectCode::CanisterReject,
            RejectCode::CanisterError,
        ];
        let mut labels: Vec<&str> = FAILURES.iter().map(|(code, _, _)| *code).collect();
        labels.extend(codes.map(|code| rejected(code, "")));
        labels.push("OTHER");
        assert_eq!(labels, ERROR_LABELS);
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
