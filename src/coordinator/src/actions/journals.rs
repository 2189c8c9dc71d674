//! Journals: opened, and moved by claims and receipts.

use super::{
    plans::check_not_target,
    transition::{Step, moved_operation, transition, transition_among},
};
use crate::{
    call::Call,
    gate::{Changes, NewJournal, Write, record, record_all},
    storage::{self, PlanRecord, RunKey, RunNumber, Storage, StoredJournal},
};
use backup_journal::{
    RunId, Sequence,
    api::{AuditEventKind, CoordinatorError, Duplicate},
    execution::ExecutionError,
    journal::{
        self, Change, Header, JournalView, Moved, Operation, OperationReceipt, ReceiptRecord,
        ResumeSummary, Shape, rows_of,
    },
    limits::CheckLimits,
    plan::{BackupPlan, PlanDigest, RestoreOrigin, SnapshotPlace, ValidPlan},
};
use candid::Principal;

/// Opens a journal for `plan`. `coordinator` is this canister, which cannot be a target of its own.
///
/// # Errors
/// Limits, rules of the plan, [`CoordinatorError::CoordinatorIsTarget`],
/// [`CoordinatorError::Duplicate`] or [`CoordinatorError::RunExists`].
pub fn create_journal(
    plan: BackupPlan,
    coordinator: Principal,
    call: &Call,
) -> Result<ResumeSummary, CoordinatorError> {
    storage::write(|storage| {
        let run_id = plan.header.run_id.clone();
        create(storage, plan, coordinator, call)?;
        storage.summary(&run_id)
    })
}

/// The same in a storage that is open.
pub(crate) fn create(
    storage: &mut Storage,
    plan: BackupPlan,
    coordinator: Principal,
    call: &Call,
) -> Result<(), CoordinatorError> {
    plan.check_limits()?;
    let plan = plan.validate()?;
    check_not_deleted(storage, &plan)?;
    check_not_target(plan.targets.iter().map(|target| target.canister_id), coordinator)?;
    let digest = PlanDigest::of(&plan);
    check_new(storage, &plan.header.run_id, &digest)?;
    record(storage, call, new_journal(plan, &digest, call))
}

/// Refuses a restore from snapshots on the network that are being deleted.
fn check_not_deleted(storage: &Storage, plan: &ValidPlan) -> Result<(), CoordinatorError> {
    let origin = plan.header.restore.as_ref().filter(|it| it.place == SnapshotPlace::Network);
    let Some(RestoreOrigin { run_id, .. }) = origin else { return Ok(()) };
    match storage.run(run_id) {
        Ok(run) if storage.deleting(run) > 0 => {
            Err(ExecutionError::SnapshotsDeleted { run_id: run_id.clone() }.into())
        }
        _ => Ok(()),
    }
}

fn new_journal(plan: ValidPlan, digest: &PlanDigest, call: &Call) -> Write {
    let rules = plan.rules();
    let plan = plan.into_inner();
    let shape = Shape::of(&rows_of(&plan));
    let targets = u32::try_from(plan.targets.len()).expect("BUG: the number of targets is limited");
    Write::Created(Box::new(NewJournal {
        header: Header::new(&plan.header, rules, targets, shape, call.now),
        record: PlanRecord {
            header: plan.header.clone(),
            digest: digest.as_bytes().to_vec(),
            created_by: call.caller,
        },
        plan,
    }))
}

/// Claims an operation.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or as the state machine says.
pub fn mark_operation_pending(
    run_id: &RunId,
    sequence: Sequence,
    call: &Call,
) -> Result<Operation, CoordinatorError> {
    let step = |journal: &StoredJournal<'_>| {
        Ok(claimed(journal::mark_operation_pending(journal, journal, sequence, call.now)?))
    };
    transition(run_id, call, step, moved_operation)
}

/// Claims the next operation.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or as the state machine says.
pub fn mark_next_operation_pending(
    run_id: &RunId,
    call: &Call,
) -> Result<Operation, CoordinatorError> {
    let step = |journal: &StoredJournal<'_>| {
        Ok(claimed(journal::mark_next_operation_pending(journal, journal, call.now)?))
    };
    transition(run_id, call, step, moved_operation)
}

fn claimed(change: Change) -> Step {
    let Moved { sequence, progress, .. } = change.moved.first().expect("BUG: a claim moves a row");
    let kind = AuditEventKind::OperationClaimed { sequence: *sequence, attempt: progress.attempt };
    (change, kind, None)
}

/// Records a receipt.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], a limit, [`CoordinatorError::Duplicate`], or as the state machine
/// says.
pub fn record_operation_receipt(
    run_id: &RunId,
    receipt: OperationReceipt,
    call: &Call,
) -> Result<ReceiptRecord, CoordinatorError> {
    receipt.check_limits()?;
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        record_all(storage, call, |changes| record_among(changes, run, receipt, call))
    })
}

/// The same as one of several changes, of a receipt within its limits.
pub(crate) fn record_among(
    changes: &mut Changes<'_>,
    run: RunNumber,
    receipt: OperationReceipt,
    call: &Call,
) -> Result<ReceiptRecord, CoordinatorError> {
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::record_operation_receipt(journal, receipt, call.caller, call.now)?;
        let kind = recorded(change.receipt.as_ref().expect("BUG: a receipt was recorded"));
        Ok((change, kind, None))
    };
    let answer = |change: &Change| change.receipt.clone().expect("BUG: a receipt was recorded");
    transition_among(changes, run, step, answer)
}

/// The whole of a receipt that cannot be found in the journal already.
fn recorded(record: &ReceiptRecord) -> AuditEventKind {
    let receipt = record.receipt.clone();
    AuditEventKind::ReceiptRecorded {
        sequence: receipt.sequence,
        attempt: receipt.attempt.unwrap_or_default(),
        outcome: receipt.outcome,
        receipt_index: record.index,
        preflight_id: receipt.preflight_id,
        snapshot_id: receipt.snapshot_id,
        artifact_path: receipt.artifact_path,
        checksum: receipt.checksum,
        failure_reason: receipt.failure_reason,
        performed_at: receipt.performed_at,
    }
}

/// Refuses a run id that is taken, and says by what.
fn check_new(
    storage: &Storage,
    run_id: &RunId,
    digest: &PlanDigest,
) -> Result<(), CoordinatorError> {
    let key = RunKey::from(run_id);
    let run_id = run_id.clone();
    if storage.drafts.contains_key(&key) {
        return Err(CoordinatorError::RunExists { run_id });
    }
    let Some(run) = storage.run_numbers.get(&key) else { return Ok(()) };
    if storage.plan(run).digest != digest.as_bytes() {
        return Err(CoordinatorError::RunExists { run_id });
    }
    let created_at = StoredJournal::new(storage, run).header().created_at;
    Err(CoordinatorError::Duplicate(Duplicate::Journal { run_id, created_at }))
}
