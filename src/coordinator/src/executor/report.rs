//! How the executor reports to the journal, as any driver does.

use crate::{
    actions::{journals, transition::perform_only},
    call::Call,
    gate::{log, notes, record_all},
    storage::{self, RunNumber, StoredJournal},
};
use backup_journal::{
    RunId, Sequence,
    api::{AuditEventKind as Event, CoordinatorError},
    execution::Execution,
    journal::{JournalError, JournalView, OperationReceipt, ReceiptOutcome},
    limits::MAX_TEXT_BYTES,
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

/// Changes what is stored of an execution.
pub fn change(run: RunNumber, change: impl FnOnce(Execution) -> Execution) {
    storage::write(|storage| {
        if let Some(execution) = storage.execution(run) {
            notes::execution(storage, run, change(execution));
        }
    });
}

/// Aborts a run that may be aborted or over already. Answers with the reason as it is recorded.
pub fn abort(run_id: &RunId, reason: &str, call: &Call) -> String {
    let reason = short(reason);
    log::trouble(format_args!("run {run_id} is aborted: {reason}"));
    let event = Event::RunAborted { reason: reason.clone() };
    match perform_only(run_id, event, call) {
        Ok(())
        | Err(CoordinatorError::Journal(JournalError::RunAborted { .. } | JournalError::RunOver)) =>
            {}
        Err(error) => log::trouble(format_args!("run {run_id}: {error}")),
    }
    reason
}

/// Notes that no start is owed to a target.
pub fn settle(run_id: &RunId, target: Principal, reason: &str, call: &Call) {
    let event = Event::StartSettled { canister_id: target, reason: short(reason) };
    if let Err(error) = perform_only(run_id, event, call) {
        log::trouble(format_args!("run {run_id}: {target}: {error}"));
    }
}

/// Records the receipt of an operation that is claimed, and forgets its calls. Answers with its kind and target.
///
/// Somebody else may have reported it meanwhile: then that stays.
pub fn report(
    run: RunNumber,
    sequence: Sequence,
    call: &Call,
    outcome: ReceiptOutcome,
    complete: impl FnOnce(OperationReceipt) -> OperationReceipt,
) -> Option<(Kind, Principal)> {
    storage::write(|storage| {
        let journal = StoredJournal::new(storage, run);
        let header = journal.header();
        let operation = journal.operation(header, sequence)?;
        let preflight = header.preflight_id().cloned();
        let (plan, id) = (header.plan_id.clone(), header.run_id.clone());
        let receipt = OperationReceipt::new(plan, id.clone(), preflight, &operation, outcome);
        let receipt = complete(receipt);
        let recorded = record_all(storage, call, |changes| {
            journals::record_among(changes, run, receipt, call)
        });
        if let Err(error) = recorded {
            log::trouble(format_args!("run {id}: operation {sequence}: {error}"));
        }
        if outcome != ReceiptOutcome::Failed {
            notes::forget_call(storage, run, sequence);
        }
        Some((operation.kind, operation.target_canister_id?))
    })
}

/// What is recorded of a snapshot that the coordinator has not deleted, or whose deletion was not answered.
pub const GONE: &str = "it is not among the snapshots of its canister any more";

/// Records that a snapshot is not on the network any more, unless the journal knows it.
pub fn deletion(run_id: &RunId, target: Principal, snapshot_id: &str, reason: &str, call: &Call) {
    let event = Event::SnapshotDeleted {
        canister_id: target,
        snapshot_id: snapshot_id.to_string(),
        reason: reason.to_string(),
    };
    match perform_only(run_id, event, call) {
        Ok(()) => log::executed(format_args!(
            "run {run_id}: snapshot {snapshot_id} of {target} is gone: {reason}"
        )),
        Err(error) => log::trouble(format_args!("run {run_id}: {error}")),
    }
}

/// A text that is not longer than the journal takes.
pub fn short(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT_BYTES)].to_string()
}
