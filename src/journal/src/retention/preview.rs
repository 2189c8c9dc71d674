//! What a caller is told of the retention of a fleet.

use super::Verdict;
use crate::{FleetName, RunId, Timestamp, journal::RunOutcome};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// What the retention of a fleet would do now.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RetentionPreview {
    /// The fleet.
    pub fleet: FleetName,
    /// How many backups stay on the network; none if the fleet has no schedule, so that nothing is deleted by itself.
    pub keep_on_network: Option<u32>,
    /// The snapshots of the fleet by run, the newest run first, at most 100 runs.
    pub sets: Vec<SetStatus>,
    /// Deletions that went wrong and are tried again, at most 10.
    pub failed: Vec<FailedDeletion>,
}

/// The snapshots that a run has left on the network, as far as the journals know.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SetStatus {
    /// The run.
    pub run_id: RunId,
    /// When it was created.
    pub created_at: Timestamp,
    /// What it has saved; none while it is not over.
    pub outcome: Option<RunOutcome>,
    /// How many targets it took a snapshot of.
    pub snapshots: u32,
    /// How many of its snapshots are gone.
    pub deleted: u32,
    /// How many are being deleted now.
    pub deleting: u32,
    /// What becomes of the others.
    pub verdict: Verdict,
}

/// A deletion that went wrong and is tried again.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FailedDeletion {
    /// The run that took the snapshot.
    pub run_id: RunId,
    /// The canister.
    pub canister_id: Principal,
    /// The snapshot, in hexadecimal.
    pub snapshot_id: String,
    /// What went wrong.
    pub error: String,
    /// When it is tried again.
    pub next_at: Timestamp,
}
