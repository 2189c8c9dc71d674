//! What a driver needs to go on with a run it has never seen.

use super::{
    AcceptedPreflight, Drill, Header, JournalView, Operation, RestoreProgress, RunAbort,
    RunOutcome, RunState, Stage, Tally,
};
use crate::{PlanId, RunId, Timestamp};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// Where a run stands and what is next. Its cost does not depend on the size of the run.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ResumeSummary {
    /// The plan.
    pub plan_id: PlanId,
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// Where the run stands, in one word.
    pub state: RunState,
    /// What the run has saved; none while it is not over.
    pub outcome: Option<RunOutcome>,
    /// Why and when the run was aborted; none when it was not.
    pub abort: Option<RunAbort>,
    /// How far the restore has come; none when the run is a backup.
    pub restore: Option<RestoreProgress>,
    /// The last drill of the backup: whether it was proven that it can be restored.
    pub drill: Option<Drill>,
    /// The preflight that was accepted.
    pub preflight: Option<AcceptedPreflight>,
    /// Whether one was.
    pub preflight_accepted: bool,
    /// Whether some Stop is Completed while some Start is neither Completed nor Skipped.
    pub restart_required: bool,
    /// How many targets are owed a start: their stop was claimed, and no start was completed since.
    pub starts_owed: u32,
    /// How many targets the plan has.
    pub total_targets: u32,
    /// How many of them have a snapshot.
    pub targets_with_snapshot: u32,
    /// How many of them have a verified download.
    pub targets_verified: u32,
    /// How many operations there are.
    pub total_operations: u32,
    /// Operations by state.
    pub operations: Tally,
    /// How many receipts were recorded.
    pub total_receipts: u32,
    /// The stage of the next operation; none when there is no next one.
    pub stage: Option<Stage>,
    /// The lowest sequence in Ready, Pending or Failed; once the run is aborted, the lowest such start.
    pub next_operation: Option<Operation>,
    /// When the journal was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl ResumeSummary {
    /// The summary of the journal behind `view`, whose header is `header`.
    pub fn of(view: &impl JournalView, header: &Header) -> Self {
        let next_operation = view.next_ready_operation(header);
        Self {
            plan_id: header.plan_id.clone(),
            run_id: header.run_id.clone(),
            fleet: header.fleet.to_string(),
            state: header.state(),
            outcome: header.outcome(),
            abort: header.abort.as_ref().map(|abort| abort.aborted.clone()),
            restore: header.restore,
            drill: header.drill.clone(),
            preflight: header.preflight.clone(),
            preflight_accepted: header.preflight_accepted(),
            restart_required: header.restart_required(),
            starts_owed: header.starts_owed,
            total_targets: header.targets,
            targets_with_snapshot: header.snapshot_targets,
            targets_verified: header.verified_targets,
            total_operations: header.operations,
            operations: header.tally,
            total_receipts: header.receipts,
            stage: next_operation.as_ref().map(|operation| operation.kind.into()),
            next_operation,
            created_at: header.created_at,
            updated_at: header.updated_at,
        }
    }
}
