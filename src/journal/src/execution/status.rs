//! What callers see of an execution.

use super::{DeadlineStatus, ExecutionPhase, Pause};
use crate::{
    Attempt, FleetName, RunId, Sequence, Timestamp,
    fleet::FleetPolicy,
    journal::{RestoreProgress, RunState},
    plan::BackupOperationKind,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// What the coordinator does with a run that it executes.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ExecutionStatus {
    /// The run.
    pub run_id: RunId,
    /// The registered fleet.
    pub fleet: FleetName,
    /// Where the run stands.
    pub state: RunState,
    /// How far the execution has come.
    pub phase: ExecutionPhase,
    /// How the run is executed.
    pub policy: FleetPolicy,
    /// How far the restore has come; none when the run is a backup.
    pub restore: Option<RestoreProgress>,
    /// Whether the coordinator only starts what a driver outside has left stopped.
    pub starts_only: bool,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// Who requested it.
    pub requested_by: Principal,
    /// Whether it is paused.
    pub pause: Option<Pause>,
    /// The last thing that went wrong with the run as a whole.
    pub problem: Option<String>,
    /// How far the preflight has come.
    pub preflight: PreflightStatus,
    /// The calls that are under way, at most 50.
    pub under_way: Vec<ActiveCall>,
    /// Operations that wait for another try, at most 50.
    pub waiting: Vec<WaitingOperation>,
    /// By when what was stopped must run again; none when nothing is stopped any more, or ever was.
    pub deadline: Option<DeadlineStatus>,
}

/// How far a preflight has come.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreflightStatus {
    /// How many targets were checked, without gap from the first.
    pub checked: u32,
    /// How many there are.
    pub targets: u32,
}

/// Something that is under way.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ActiveCall {
    /// The operation; none for a check of the preflight.
    pub sequence: Option<Sequence>,
    /// Its kind.
    pub kind: Option<BackupOperationKind>,
    /// The canister.
    pub canister_id: Principal,
    /// Since when.
    pub since: Timestamp,
}

/// An operation that waits for another try.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WaitingOperation {
    /// The operation.
    pub sequence: Sequence,
    /// Its kind.
    pub kind: BackupOperationKind,
    /// Its target.
    pub canister_id: Principal,
    /// Which attempt it is.
    pub attempt: Attempt,
    /// Why it waits.
    pub reason: String,
    /// The next try comes not before this time.
    pub not_before: Timestamp,
}
