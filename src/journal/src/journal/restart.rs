//! Which targets a run owes a start, and which canisters it holds.
//!
//! A start is owed from the claim of the stop on, even if the stop failed: a stop that timed out may still happen. It is owed until a start is completed, or until an administrator settles it.

use super::{Header, ReceiptOutcome};
use crate::{RunId, Timestamp, plan::BackupOperationKind};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What is known about the stop of a target that is owed a start.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum StopOutcome {
    /// The stop was claimed, and no receipt says that it was done: the target may be running, stopping or stopped.
    #[n(0)]
    Unknown,
    /// The stop was reported as completed.
    #[n(1)]
    Stopped,
}

/// A start that a run owes to a target.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct OwedStart {
    /// When the stop was done; while that is unknown, when it was first claimed.
    #[n(0)]
    pub since: Timestamp,
    /// What is known about the stop.
    #[n(1)]
    pub stop: StopOutcome,
    /// Whether the start was reported as skipped, so that this run will not start the target any more.
    #[n(2)]
    pub start_skipped: bool,
}

impl OwedStart {
    /// What is owed once the stop of the target is claimed at `now`, after `before`.
    ///
    /// After its first claim a stop may have happened, even if a receipt says that it failed.
    pub fn after_claim(before: Option<Self>, now: Timestamp) -> Self {
        before.unwrap_or(Self { since: now, stop: StopOutcome::Unknown, start_skipped: false })
    }

    /// What is owed once an operation of this kind on the target has ended at `at`, after `before`.
    ///
    /// A stop that failed or was skipped may still happen, and a start that was skipped was not made: only a
    /// completed start says that the target runs.
    pub fn after_end(
        before: Option<Self>,
        kind: BackupOperationKind,
        outcome: ReceiptOutcome,
        at: Timestamp,
    ) -> Option<Self> {
        match (kind, outcome) {
            (BackupOperationKind::Stop, ReceiptOutcome::Completed) => {
                let known = before.filter(|owed| owed.stop == StopOutcome::Stopped);
                let stop = StopOutcome::Stopped;
                Some(known.unwrap_or(Self { since: at, stop, start_skipped: false }))
            }
            (BackupOperationKind::Start, ReceiptOutcome::Completed) => None,
            (BackupOperationKind::Start, ReceiptOutcome::Skipped) => {
                before.map(|owed| Self { start_skipped: true, ..owed })
            }
            _ => before,
        }
    }

    /// Whether the run still holds the target: its start is yet to come.
    pub const fn holds_target(&self) -> bool {
        !self.start_skipped
    }
}

/// What changes about the start that is owed to a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Restart {
    /// A start is owed, as this says.
    Owed {
        /// The target.
        target: Principal,
        /// What is known from now on.
        owed: OwedStart,
    },
    /// No start is owed any more.
    Settled {
        /// The target.
        target: Principal,
    },
}

impl Restart {
    /// The target.
    pub const fn target(&self) -> Principal {
        match self {
            Self::Owed { target, .. } | Self::Settled { target } => *target,
        }
    }

    /// What changes for `target` from `before` to `after`; the header counts it.
    pub(super) fn between(
        header: &mut Header,
        target: Principal,
        before: Option<OwedStart>,
        after: Option<OwedStart>,
    ) -> Option<Self> {
        if before == after {
            return None;
        }
        header.starts_owed =
            header.starts_owed - u32::from(before.is_some()) + u32::from(after.is_some());
        Some(after.map_or(Self::Settled { target }, |owed| Self::Owed { target, owed }))
    }
}

/// What the other runs of a coordinator hold: a canister is between its stop and its start in one run at a time.
pub trait OtherRuns {
    /// A run other than the one at hand that has claimed the stop of `target` and whose start of it is not over.
    fn holder(&self, target: &Principal) -> Option<RunId>;
}

/// There are no other runs.
impl OtherRuns for () {
    fn holder(&self, _: &Principal) -> Option<RunId> {
        None
    }
}
