//! Why a call about an execution is refused.

use crate::{FleetName, RunId, Timestamp};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a call about an execution is refused.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum ExecutionError {
    /// The coordinator executes another run of the fleet, or one of its runs is planned.
    #[error("fleet {fleet} has run {run_id}, which is not over; wait for it, or abort it")]
    FleetBusy {
        /// The fleet.
        fleet: FleetName,
        /// The run.
        run_id: RunId,
    },
    /// The coordinator does not execute the run: a driver outside does.
    #[error("run {run_id} is not executed by the coordinator")]
    NotExecuted {
        /// The run.
        run_id: RunId,
    },
    /// The execution was started before.
    #[error("run {run_id} was started before")]
    AlreadyStarted {
        /// The run.
        run_id: RunId,
    },
    /// The coordinator has done all that it does for the run.
    #[error("the execution of run {run_id} is over")]
    Over {
        /// The run.
        run_id: RunId,
    },
    /// A pause has no reason.
    #[error("say why the execution is paused")]
    NoReason,
    /// The execution is paused already.
    #[error("the execution is paused since {since}")]
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// The execution is not paused.
    #[error("the execution of run {run_id} is not paused")]
    NotPaused {
        /// The run.
        run_id: RunId,
    },
    /// The selected canister is no member of the fleet.
    #[error("{canister_id} is not a member of the fleet")]
    NotAMember {
        /// The canister.
        canister_id: Principal,
    },
    /// The fleet has more members than the coordinator backs up by itself.
    #[error(
        "{members} members; the coordinator backs up at most {maximum} by itself: use a driver for the others"
    )]
    TooManyMembers {
        /// How many there are.
        members: u32,
        /// The most.
        maximum: u32,
    },
    /// Another preview is being made; each asks every member of a fleet.
    #[error("another preview is being made; try again in a minute")]
    PreviewBusy,
    /// The last backup of the fleet has no verified download, so that it would be gone with its snapshots.
    #[error(
        "the last backup of fleet {fleet} has no verified download, and would be gone with its snapshots; download it, or say force"
    )]
    NotDownloaded {
        /// The fleet.
        fleet: FleetName,
    },
    /// The snapshots of the run are being deleted, so nothing can be restored from them.
    #[error("the snapshots of run {run_id} are being deleted")]
    SnapshotsDeleted {
        /// The run.
        run_id: RunId,
    },
    /// A restart deadline is too short or too long.
    #[error("a restart deadline is {minimum} to {maximum} seconds, not {seconds}")]
    DeadlineOutOfRange {
        /// The seconds.
        seconds: u64,
        /// The least.
        minimum: u64,
        /// The most.
        maximum: u64,
    },
    /// The run is over and owes no start.
    #[error("run {run_id} is over and owes no start")]
    NothingToStart {
        /// The run.
        run_id: RunId,
    },
    /// The coordinator itself has too few cycles for the run.
    #[error(
        "the coordinator has {available} cycles beyond its freezing limit, and the run needs {needed}; top it up, or lower max_parallel of the policy"
    )]
    TooFewCycles {
        /// What it has beyond its freezing limit.
        available: u64,
        /// What the run needs.
        needed: u64,
    },
}
