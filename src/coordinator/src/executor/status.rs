//! Where the executor stands with a run.

use super::under_way;
use crate::storage::{self, RunNumber, Storage, StoredJournal};
use backup_journal::{
    RunId, Sequence, Timestamp,
    api::CoordinatorError,
    execution::{
        ActiveCall, DeadlineStatus, ExecutionError, ExecutionStatus, MAX_CALLS, PreflightStatus,
        Task, WaitingOperation,
    },
    journal::{Header, JournalView, OperationState},
};

/// Where the executor stands with a run.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or [`ExecutionError::NotExecuted`].
pub fn status(run_id: &RunId) -> Result<ExecutionStatus, CoordinatorError> {
    storage::read(|storage| {
        let run = storage.run(run_id)?;
        let not_executed = || ExecutionError::NotExecuted { run_id: run_id.clone() };
        Ok(status_of(storage, run).ok_or_else(not_executed)?)
    })
}

/// By when what a run has stopped must run again; none if nobody has set that, or nothing is stopped any more.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`].
pub fn deadline(run_id: &RunId) -> Result<Option<DeadlineStatus>, CoordinatorError> {
    storage::read(|storage| {
        let run = storage.run(run_id)?;
        let deadline = storage.deadline(run);
        Ok(deadline.map(|deadline| deadline.status(&storage.header_of(run))))
    })
}

/// Where the executor stands with a run; none if a driver outside executes it.
pub fn status_of(storage: &Storage, run: RunNumber) -> Option<ExecutionStatus> {
    let execution = storage.execution(run)?;
    let journal = StoredJournal::new(storage, run);
    let header = journal.header();
    Some(ExecutionStatus {
        run_id: header.run_id.clone(),
        fleet: execution.fleet,
        state: header.state(),
        phase: execution.phase,
        policy: execution.policy,
        restore: header.restore,
        starts_only: execution.starts_only,
        requested_at: execution.requested_at,
        requested_by: execution.requested_by,
        pause: execution.pause,
        problem: execution.problem,
        preflight: PreflightStatus { checked: execution.checked_before, targets: header.targets },
        under_way: under_way(&journal),
        waiting: waiting(&journal, header),
        deadline: storage.deadline(run).map(|deadline| deadline.status(header)),
    })
}

fn under_way(journal: &StoredJournal<'_>) -> Vec<ActiveCall> {
    let call = |(task, since): (Task, Timestamp)| match task {
        Task::Check(position) => {
            let canister_id = journal.target(position)?;
            Some(ActiveCall { sequence: None, kind: None, canister_id, since })
        }
        Task::Discover => {
            let execution = journal.storage().execution(journal.run_number())?;
            let canister_id = execution.discovery?.canister_id;
            Some(ActiveCall { sequence: None, kind: None, canister_id, since })
        }
        Task::Watch(canister_id) | Task::Delete(canister_id) => {
            Some(ActiveCall { sequence: None, kind: None, canister_id, since })
        }
        Task::Perform(sequence) => {
            let spec = journal.spec(sequence)?;
            let (sequence, kind) = (Some(sequence), Some(spec.kind));
            Some(ActiveCall { sequence, kind, canister_id: spec.target?, since })
        }
    };
    let tasks = under_way::of_run(journal.run_number()).into_iter();
    tasks.filter_map(call).take(MAX_CALLS).collect()
}

/// The operations that were begun and are not over, and wait for a time.
fn waiting(journal: &StoredJournal<'_>, header: &Header) -> Vec<WaitingOperation> {
    let storage = journal.storage();
    let open = storage.open_operations(journal.run_number(), header, Sequence(0), 2 * MAX_CALLS);
    let wait = |sequence| {
        let note = storage.call_note(journal.run_number(), sequence);
        let operation = journal.operation(header, sequence)?;
        let begun = [OperationState::Pending, OperationState::Failed].contains(&operation.state);
        let not_before = note.not_before.filter(|_| begun)?;
        Some(WaitingOperation {
            sequence,
            kind: operation.kind,
            canister_id: operation.target_canister_id?,
            attempt: operation.attempt,
            reason: note.last_error.or(operation.reason).unwrap_or_default(),
            not_before,
        })
    };
    open.into_iter().filter_map(wait).take(MAX_CALLS).collect()
}
