//! What the coordinator knows about the course of a run.

use crate::{agent::connect::Connection, exit::Exit, network::Network};
use backup_coordinator_client::{Answer, ClientError};
use backup_journal::{
    RunId, Timestamp,
    api::CoordinatorError,
    execution::{DeadlineStatus, ExecutionError, ExecutionPhase, ExecutionStatus},
    journal::{Operation, OperationState, ResumeSummary, StopOutcome, WaveStatus},
};
use candid::Principal;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many operations are asked for; the summary has the counts.
const MAX_OPEN: u32 = 50;

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Course {
    /// The summary.
    pub summary: ResumeSummary,
    /// How far the current wave has come.
    pub wave: Option<WaveStatus>,
    /// Canisters that are stopped, or may be, the first to be stopped first.
    pub stopped: Vec<Stopped>,
    /// Operations that are claimed or have failed, at most 50 of them.
    pub open: Vec<OpenOperation>,
    /// What the coordinator does by itself; none if a driver outside executes the run.
    pub execution: Option<ExecutionStatus>,
    /// By when what is stopped must run again.
    pub deadline: Option<DeadlineStatus>,
    /// When this was asked, in network time.
    pub at: Timestamp,
}

/// A canister that is stopped, or may be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stopped {
    /// The canister.
    pub canister_id: Principal,
    /// Its role in the fleet.
    pub role: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Whether it is known to be stopped.
    pub stop: StopOutcome,
    /// Whether the run will not start it any more.
    pub start_skipped: bool,
}

/// An operation that is claimed or has failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenOperation {
    /// The operation.
    pub operation: Operation,
    /// The role of its target.
    pub role: Option<String>,
}

impl Course {
    /// Asks the coordinator.
    pub async fn gather(connection: &Connection, run_id: &RunId) -> Answer<Self> {
        let Connection { coordinator, network, .. } = connection;
        let summary = coordinator.resume_summary(run_id).await?;
        let mut owed = coordinator.all_starts_owed(run_id).await?;
        owed.sort_by_key(|start| start.owed.since);
        let open = coordinator.list_open_operations(run_id, 0, MAX_OPEN).await?;
        let roles: BTreeMap<Principal, Option<String>> = if owed.is_empty() && open.items.is_empty()
        {
            BTreeMap::new()
        } else {
            let targets = coordinator.all_targets(run_id).await?.into_iter();
            targets.map(|status| (status.target.canister_id, status.target.role)).collect()
        };
        let role = |canister: Principal| roles.get(&canister).cloned().flatten();
        let stopped = owed
            .into_iter()
            .map(|start| Stopped {
                canister_id: start.canister_id,
                role: role(start.canister_id),
                since: start.owed.since,
                stop: start.owed.stop,
                start_skipped: start.owed.start_skipped,
            })
            .collect();
        let open = open
            .items
            .into_iter()
            .map(|operation| OpenOperation {
                role: operation.target_canister_id.and_then(role),
                operation,
            })
            .collect();
        Ok(Self {
            wave: coordinator.current_wave(run_id).await?,
            execution: executed(coordinator.execution_status(run_id).await)?,
            deadline: coordinator.restart_deadline(run_id).await?,
            summary,
            stopped,
            open,
            at: network.now(),
        })
    }

    /// Whether nothing will happen in the run any more.
    pub const fn is_over(&self) -> bool {
        self.summary.outcome.is_some()
    }

    /// Whether the coordinator goes on with the run by itself.
    pub fn is_executed(&self) -> bool {
        self.execution.as_ref().is_some_and(|execution| {
            execution.phase != ExecutionPhase::Over && !execution.starts_only
        })
    }

    /// The operations in this state.
    pub fn operations(&self, state: OperationState) -> impl Iterator<Item = &OpenOperation> {
        self.open.iter().filter(move |open| open.operation.state == state)
    }

    /// What the run is worth, once it is over.
    pub fn exit(&self) -> Exit {
        self.summary.outcome.map_or(Exit::Complete, Exit::of)
    }
}

/// None if a driver outside executes the run.
fn executed(answer: Answer<ExecutionStatus>) -> Answer<Option<ExecutionStatus>> {
    match answer {
        Err(ClientError::Refused(CoordinatorError::Execution(ExecutionError::NotExecuted {
            ..
        }))) => Ok(None),
        answer => answer.map(Some),
    }
}
