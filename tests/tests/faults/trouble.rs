//! What can go wrong with a call, or while it is under way.

use candid::Principal;
use canister_sandbox::{Fault, FaultAction, RejectCode};
use std::time::Duration;

/// How long a late call is under way after its caller was told that the outcome is unknown.
const LATE: Duration = Duration::from_secs(50);
/// How long the network refuses snapshots.
pub const REFUSED: Duration = Duration::from_mins(2);

/// A trouble at the call with this number, counted from 0.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Planned {
    pub at: usize,
    pub trouble: Trouble,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Trouble {
    Transient,
    Final,
    ReplyLost,
    CallLost,
    Late,
    CallbackTraps,
    OutOfCycles,
    HeapDelta,
    Upgrade,
    Restarted,
    ForeignSnapshot,
    SlotsFull,
}

impl Trouble {
    pub const ALL: [Self; 12] = [
        Self::Transient,
        Self::Final,
        Self::ReplyLost,
        Self::CallLost,
        Self::Late,
        Self::CallbackTraps,
        Self::OutOfCycles,
        Self::HeapDelta,
        Self::Upgrade,
        Self::Restarted,
        Self::ForeignSnapshot,
        Self::SlotsFull,
    ];

    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Transient => "the call is rejected for now (SYS_TRANSIENT)",
            Self::Final => "the call is rejected for good (SYS_FATAL)",
            Self::ReplyLost => "the call is executed and its reply is lost (SYS_UNKNOWN)",
            Self::CallLost => "the call is lost (SYS_UNKNOWN)",
            Self::Late => "the call is executed 50 seconds after SYS_UNKNOWN",
            Self::CallbackTraps => "the callback of the coordinator traps",
            Self::OutOfCycles => "the target is out of cycles (IC0207)",
            Self::HeapDelta => "the network refuses snapshots for two minutes (IC0210)",
            Self::Upgrade => "the coordinator is stopped, upgraded and started",
            Self::Restarted => "somebody starts the target after the call",
            Self::ForeignSnapshot => "somebody takes a snapshot of the target after the call",
            Self::SlotsFull => "somebody fills the ten snapshots of the target after the call",
        }
    }

    /// Whether it can befall a call of this method.
    pub fn fits(self, method: &str) -> bool {
        match self {
            Self::HeapDelta => method == "take_canister_snapshot",
            _ => true,
        }
    }

    /// Whether it comes after the call.
    pub const fn comes_after(self) -> bool {
        matches!(self, Self::Upgrade | Self::Restarted | Self::ForeignSnapshot | Self::SlotsFull)
    }

    /// The fault of the call of `sender` itself; none if the trouble comes after the call.
    pub fn fault(self, at: usize, sender: Principal) -> Option<Fault> {
        let rejected = |code, message: &str| FaultAction::Reject { code, message: message.into() };
        let action = match self {
            Self::Transient => rejected(RejectCode::SysTransient, "the subnet is busy"),
            Self::Final => rejected(RejectCode::SysFatal, "the subnet is full"),
            Self::CallLost => rejected(RejectCode::SysUnknown, "the call is lost"),
            Self::OutOfCycles => {
                rejected(RejectCode::SysTransient, "the canister is out of cycles")
            }
            Self::HeapDelta => heap_delta(),
            Self::ReplyLost => FaultAction::DropReply,
            Self::Late => FaultAction::Late { by: LATE },
            Self::CallbackTraps => FaultAction::TrapCallback,
            Self::Upgrade | Self::Restarted | Self::ForeignSnapshot | Self::SlotsFull => {
                return None;
            }
        };
        let skip = u32::try_from(at).expect("a run makes fewer calls");
        let (callee, sender) = (Some(Principal::management_canister()), Some(sender));
        Some(Fault { callee, method: None, sender, skip, action })
    }
}

/// The refusal of a snapshot while too much was written.
pub fn heap_delta() -> FaultAction {
    let message = "the canister is heap delta rate limited".to_string();
    FaultAction::Reject { code: RejectCode::SysTransient, message }
}
