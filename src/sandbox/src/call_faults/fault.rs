//! What can befall a call, or come right after it.

use crate::model::fault::FaultAction;
use ic_error_types::RejectCode;
use std::{fmt, time::Duration};

/// How long a late call is under way after its caller was told that the outcome is unknown.
const LATE: Duration = Duration::from_secs(50);
/// The method whose calls the network refuses while too much was written lately.
pub(super) const TAKE: &str = "take_canister_snapshot";

/// What can befall a call of the management canister, or come right after it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CallFault {
    /// The call is rejected, and may succeed another time.
    RejectedForNow,
    /// The call is rejected, and would be again.
    RejectedForGood,
    /// The call is executed, and its caller does not learn that.
    ReplyLost,
    /// The call is not executed, and its caller does not learn that.
    CallLost,
    /// The caller is told that the outcome is unknown, and the call is executed later.
    Late,
    /// The caller traps when it gets the answer.
    CallbackTraps,
    /// The canister that the call is about has no cycles left.
    OutOfCycles,
    /// The network refuses all snapshots for a while, from this call on.
    SnapshotsRefused,
    /// The caller is stopped, upgraded and started.
    Upgrade,
    /// Somebody starts the canister that the call is about.
    Restarted,
    /// Somebody takes a snapshot of it.
    ForeignSnapshot,
    /// Somebody takes snapshots of it, until there are ten.
    SlotsFull,
}

impl CallFault {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::RejectedForNow,
        Self::RejectedForGood,
        Self::ReplyLost,
        Self::CallLost,
        Self::Late,
        Self::CallbackTraps,
        Self::OutOfCycles,
        Self::SnapshotsRefused,
        Self::Upgrade,
        Self::Restarted,
        Self::ForeignSnapshot,
        Self::SlotsFull,
    ];

    /// Its name, as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RejectedForNow => "rejected-for-now",
            Self::RejectedForGood => "rejected-for-good",
            Self::ReplyLost => "reply-lost",
            Self::CallLost => "call-lost",
            Self::Late => "late",
            Self::CallbackTraps => "callback-traps",
            Self::OutOfCycles => "out-of-cycles",
            Self::SnapshotsRefused => "snapshots-refused",
            Self::Upgrade => "upgrade",
            Self::Restarted => "restarted",
            Self::ForeignSnapshot => "foreign-snapshot",
            Self::SlotsFull => "slots-full",
        }
    }

    /// What happens, for a person: the coordinator makes the call, and the call is about the target.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::RejectedForNow => "the call is rejected for now (SYS_TRANSIENT)",
            Self::RejectedForGood => "the call is rejected for good (SYS_FATAL)",
            Self::ReplyLost => "the call is executed and its reply is lost (SYS_UNKNOWN)",
            Self::CallLost => "the call is lost (SYS_UNKNOWN)",
            Self::Late => "the call is executed 50 seconds after SYS_UNKNOWN",
            Self::CallbackTraps => "the callback of the coordinator traps",
            Self::OutOfCycles => "the target is out of cycles (IC0207)",
            Self::SnapshotsRefused => "the network refuses snapshots for two minutes (IC0210)",
            Self::Upgrade => "the coordinator is stopped, upgraded and started",
            Self::Restarted => "somebody starts the target after the call",
            Self::ForeignSnapshot => "somebody takes a snapshot of the target after the call",
            Self::SlotsFull => "somebody fills the ten snapshots of the target after the call",
        }
    }

    /// Whether it can befall a call of this method.
    pub fn fits(self, method: &str) -> bool {
        self != Self::SnapshotsRefused || method == TAKE
    }

    /// What happens to the call itself; none if the fault comes right after the call.
    pub(super) fn action(self) -> Option<FaultAction> {
        let rejected =
            |code, message: &str| Some(FaultAction::Reject { code, message: message.to_owned() });
        match self {
            Self::RejectedForNow => rejected(RejectCode::SysTransient, "the subnet is busy"),
            Self::RejectedForGood => rejected(RejectCode::SysFatal, "the subnet is full"),
            Self::CallLost => rejected(RejectCode::SysUnknown, "the call is lost"),
            Self::OutOfCycles => {
                rejected(RejectCode::SysTransient, "the canister is out of cycles")
            }
            Self::SnapshotsRefused => {
                rejected(RejectCode::SysTransient, "the canister is heap delta rate limited")
            }
            Self::ReplyLost => Some(FaultAction::DropReply),
            Self::Late => Some(FaultAction::Late { by: LATE }),
            Self::CallbackTraps => Some(FaultAction::TrapCallback),
            Self::Upgrade | Self::Restarted | Self::ForeignSnapshot | Self::SlotsFull => None,
        }
    }
}

impl fmt::Display for CallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A fault of one call.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PlannedFault {
    /// What happens.
    pub fault: CallFault,
    /// Only calls of this method are counted; any if there is none.
    pub method: Option<String>,
    /// Which of these calls it is, counted from 0.
    pub at: u32,
}

impl PlannedFault {
    /// Whether a call of this method is counted.
    pub(super) fn counts(&self, method: &str) -> bool {
        self.method.as_ref().is_none_or(|counted| counted == method)
    }
}

/// As it is typed: the calls are counted from 1.
impl fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u64::from(self.at) + 1;
        match &self.method {
            Some(method) => write!(f, "{}:{method}:{number}", self.fault),
            None => write!(f, "{}:{number}", self.fault),
        }
    }
}
