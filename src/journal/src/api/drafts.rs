//! Plans that are too large for one message arrive as drafts: a header, then targets in batches.

use crate::{PlanId, RunId, Timestamp, journal::ResumeSummary};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What may be done with a draft.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum DraftPhase {
    /// Targets are being appended.
    #[n(0)]
    Collecting,
    /// Its operations are being derived; sealing goes on with each call.
    #[n(1)]
    Sealing {
        /// How many are written.
        #[n(0)]
        operations_written: u32,
    },
    /// Its records are being removed; discarding goes on with each call.
    #[n(2)]
    Discarding {
        /// How many derived operations are still stored.
        #[n(0)]
        operations_written: u32,
    },
}

/// A draft as a caller sees it.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DraftStatus {
    /// The plan.
    pub plan_id: PlanId,
    /// The run it will be.
    pub run_id: RunId,
    /// How many targets were appended; the next batch starts there.
    pub targets: u32,
    /// How many operations the journal will have with these targets.
    pub operations: u32,
    /// What may be done with it.
    pub phase: DraftPhase,
    /// When it was begun.
    pub created_at: Timestamp,
    /// The digest of the plan so far; see [`crate::plan::PlanDigest`].
    pub digest: Vec<u8>,
}

/// Where sealing stands.
#[allow(clippy::large_enum_variant, reason = "one is answered for each call, and none is kept")]
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum SealProgress {
    /// Call again.
    Sealing(DraftStatus),
    /// The journal is open.
    Sealed(ResumeSummary),
}

/// Where discarding stands.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum DiscardProgress {
    /// Call again.
    Discarding(DraftStatus),
    /// Nothing is left of it; the run id is free.
    Discarded,
}
