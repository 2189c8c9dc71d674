//! What the coordinator's queries answer.

use crate::{
    journal::{Artifact, OwedStart, ResumeSummary},
    plan::{BackupTarget, PlanHeader},
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// Some consecutive records of a list.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<T>,
    /// Where the next page starts; none when this is the last one.
    pub next: Option<u64>,
    /// How many records the list has.
    pub total: u64,
}

/// A journal without its rows.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct JournalDetails {
    /// Where the run stands.
    pub summary: ResumeSummary,
    /// What the plan says apart from its targets and operations.
    pub plan: PlanHeader,
    /// SHA-256 over the plan as it was sent.
    pub plan_digest: Vec<u8>,
    /// Who created the journal.
    pub created_by: Principal,
}

/// A plan with some of its targets; its operations are those of the journal.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlanPage {
    /// What the plan says apart from its targets and operations.
    pub header: PlanHeader,
    /// Targets, with the authorities that preflight has proven.
    pub targets: Page<BackupTarget>,
}

/// What a run has of one target.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TargetStatus {
    /// The target, with the authorities that preflight has proven.
    pub target: BackupTarget,
    /// Its snapshot, download and checksum, as far as they were reported.
    pub artifact: Option<Artifact>,
    /// The start that is owed to it.
    pub owed_start: Option<OwedStart>,
}

impl TargetStatus {
    /// Whether a snapshot of the target was reported.
    pub fn has_snapshot(&self) -> bool {
        self.artifact.as_ref().is_some_and(|artifact| artifact.snapshot_id.is_some())
    }
}

/// A canister that is owed a start.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StartOwed {
    /// The canister.
    pub canister_id: Principal,
    /// What is known about its stop, and since when.
    pub owed: OwedStart,
}
