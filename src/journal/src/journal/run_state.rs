//! Where a run stands, in one word.

use candid::CandidType;
use serde::{Deserialize, Serialize};

/// Where a run stands, in one word.
#[derive(
    CandidType, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum RunState {
    /// Nothing may be touched yet.
    AwaitingPreflight,
    /// Operations are being done.
    InProgress,
    /// An operation failed and waits for a retry.
    Failed,
    /// Every operation is completed or skipped.
    Completed,
    /// The run was aborted, and not every target whose stop was claimed was started again.
    Aborting,
    /// The run was aborted, and every target whose stop was claimed was started again.
    Aborted,
    /// A restore has begun to load snapshots and not loaded all of them, or is being rolled back. No target is started.
    Contained,
}

impl RunState {
    /// Every state, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::AwaitingPreflight,
        Self::InProgress,
        Self::Failed,
        Self::Completed,
        Self::Aborting,
        Self::Aborted,
        Self::Contained,
    ];

    /// The state's name in snake case, for instance `awaiting_preflight`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingPreflight => "awaiting_preflight",
            Self::InProgress => "in_progress",
            Self::Failed => "failed",
            Self::Completed => "completed",
            Self::Aborting => "aborting",
            Self::Aborted => "aborted",
            Self::Contained => "contained",
        }
    }
}
