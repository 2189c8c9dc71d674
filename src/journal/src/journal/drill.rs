//! That a backup was restored somewhere else, to prove that it can be.

use crate::Timestamp;
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What somebody reports about a drill: a backup was restored into another network, and compared there.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DrillReport {
    /// Of how many targets it was proven that they can be restored.
    pub proven_targets: u32,
    /// What was done, or what went wrong.
    pub note: Option<String>,
}

/// The last drill of a run.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Drill {
    /// When it was reported.
    #[n(0)]
    pub recorded_at: Timestamp,
    /// By whom.
    #[cbor(n(1), with = "crate::cbor::principal")]
    pub recorded_by: Principal,
    /// Of how many targets it was proven that they can be restored.
    #[n(2)]
    pub proven_targets: u32,
    /// What was done, or what went wrong.
    #[n(3)]
    pub note: Option<String>,
}
