//! What callers are told of a fleet.

use super::{FleetCondition, FleetProblem};
use crate::{
    FleetName, RunId, Timestamp,
    fleet::SlotsUsed,
    journal::{Header, RunOutcome, RunState},
    schedule::ScheduleStatus,
};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// Whether everything is well with a fleet, and what is not.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FleetStatus {
    /// The fleet.
    pub fleet: FleetName,
    /// The condition of its worst problem.
    pub condition: FleetCondition,
    /// What is wrong, the worst first.
    pub problems: Vec<FleetProblem>,
    /// How many members are registered; none if the fleet is not registered, and only has runs.
    pub members: Option<u32>,
    /// Its schedule, with the time of the next run; none if it has none.
    pub schedule: Option<ScheduleStatus>,
    /// The run that was created last, over or not; none if it has none.
    pub last_run: Option<FleetRun>,
    /// The run that the coordinator executes now, or that is planned.
    pub executing: Option<RunId>,
    /// The last backup with a snapshot of every target.
    pub on_network: Option<FleetBackup>,
    /// The last backup with a verified download of every target.
    pub complete: Option<FleetBackup>,
    /// The last complete backup of which a drill has proven that every target can be restored.
    pub proven: Option<FleetBackup>,
    /// How many snapshots its fullest member had when the coordinator last looked; none if it has never looked.
    pub slots: Option<SlotsUsed>,
}

/// A run of a fleet.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FleetRun {
    /// Its id.
    pub run_id: RunId,
    /// Where it stands.
    pub state: RunState,
    /// What it is worth; none while it is not over.
    pub outcome: Option<RunOutcome>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A backup of a fleet.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FleetBackup {
    /// Its run.
    pub run_id: RunId,
    /// Since when it counts: when the last snapshot was reported, or the last download.
    pub completed_at: Timestamp,
    /// How many seconds ago that was.
    pub age_seconds: u64,
}

impl FleetRun {
    /// The run with this header.
    pub fn of(header: &Header) -> Self {
        Self {
            run_id: header.run_id.clone(),
            state: header.state(),
            outcome: header.outcome(),
            created_at: header.created_at,
            updated_at: header.updated_at,
        }
    }
}

impl FleetBackup {
    /// A backup, at `now`.
    pub const fn at(run_id: RunId, completed_at: Timestamp, now: Timestamp) -> Self {
        let age_seconds = now.nanos_since(completed_at) / 1_000_000_000;
        Self { run_id, completed_at, age_seconds }
    }
}
