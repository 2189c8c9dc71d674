//! What each update does: check, ask the state machine, record.

use crate::{
    Call,
    queries::check_not_target,
    record::{NewJournal, Write, record},
    storage::{self, PlanRecord, RunKey, Storage, StoredJournal},
};
use backup_journal::{
    RunId, Sequence,
    api::{AuditEventKind, CoordinatorError, Duplicate, RoleAssignment, Settings, SettingsUpdate},
    block::Payload,
    journal::{
        self, Change, Header, JournalError, JournalView, Moved, Operation, OperationReceipt,
        OperationSpec, ReceiptRecord, ResumeSummary, Shape,
    },
    limits::{CheckLimits, MAX_ROLE_HOLDERS, MAX_TEXT_BYTES, check_count},
    plan::{BackupPlan, PlanDigest, ValidPlan},
};
use candid::Principal;
use std::collections::BTreeSet;

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
    plan.check_limits()?;
    let plan = plan.validate()?;
    check_not_target(&plan, coordinator)?;
    let digest = PlanDigest::of(&plan);
    storage::write(|storage| {
        storage.check_new(&plan.header.run_id, &digest)?;
        let run_id = plan.header.run_id.clone();
        record(storage, call, new_journal(plan, &digest, call))?;
        storage.summary(&run_id)
    })
}

fn new_journal(plan: ValidPlan, digest: &PlanDigest, call: &Call) -> Write {
    let rules = plan.rules();
    let plan = plan.into_inner();
    let shape = Shape::of(&OperationSpec::rows(&plan.phases));
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
    let Moved { sequence, progress, .. } = change.moved.as_ref().expect("BUG: a claim moves a row");
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
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::record_operation_receipt(journal, receipt, call.caller, call.now)?;
        let kind = recorded(change.receipt.as_ref().expect("BUG: a receipt was recorded"));
        Ok((change, kind, None))
    };
    let answer = |change: &Change| change.receipt.clone().expect("BUG: a receipt was recorded");
    transition(run_id, call, step, answer)
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

/// Makes a failed operation Ready again.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or as the state machine says.
pub fn retry_failed_operation(
    run_id: &RunId,
    sequence: Sequence,
    call: &Call,
) -> Result<Operation, CoordinatorError> {
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::retry_failed_operation(journal, sequence, call.now)?;
        Ok((change, AuditEventKind::OperationRetried { sequence }, None))
    };
    transition(run_id, call, step, moved_operation)
}

/// Notes that no start is owed to a canister any more.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], a limit, or as the state machine says.
pub fn settle_start(
    run_id: &RunId,
    canister_id: Principal,
    reason: String,
    call: &Call,
) -> Result<ResumeSummary, CoordinatorError> {
    check_count("reason", reason.len(), MAX_TEXT_BYTES)?;
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::settle_start(journal, canister_id, &reason, call.now)?;
        Ok((change, AuditEventKind::StartSettled { canister_id, reason }, None))
    };
    transition(run_id, call, step, |_| ())?;
    storage::read(|storage| storage.summary(run_id))
}

/// Grants a role.
///
/// # Errors
/// [`CoordinatorError::AnonymousRole`], [`CoordinatorError::Duplicate`], or a limit.
pub fn grant_role(assignment: RoleAssignment, call: &Call) -> Result<(), CoordinatorError> {
    let RoleAssignment { principal, role } = assignment;
    if principal == Principal::anonymous() {
        return Err(CoordinatorError::AnonymousRole);
    }
    storage::write(|storage| {
        if storage.holds(assignment) {
            return Err(CoordinatorError::Duplicate(Duplicate::Role { principal, role }));
        }
        let holders = storage.holders_with(&BTreeSet::from([principal]));
        check_count("roles", holders, MAX_ROLE_HOLDERS)?;
        record(storage, call, Write::RoleGranted(assignment))?;
        Ok(())
    })
}

/// Revokes a role.
///
/// # Errors
/// [`CoordinatorError::RoleNotHeld`].
pub fn revoke_role(assignment: RoleAssignment, call: &Call) -> Result<(), CoordinatorError> {
    let RoleAssignment { principal, role } = assignment;
    storage::write(|storage| {
        if !storage.holds(assignment) {
            return Err(CoordinatorError::RoleNotHeld { principal, role });
        }
        record(storage, call, Write::RoleRevoked(assignment))?;
        Ok(())
    })
}

/// Sets what is said anew, and answers with all that is set. Where that is what holds already, nothing is recorded.
///
/// # Errors
/// None at present: what an administrator may set has no wrong value.
pub fn update_settings(update: SettingsUpdate, call: &Call) -> Result<Settings, CoordinatorError> {
    let SettingsUpdate { visibility, restart_overdue_after_seconds } = update;
    storage::write(|storage| {
        let before = storage.settings();
        if before.with(visibility, restart_overdue_after_seconds) != before {
            record(storage, call, Write::SettingsUpdated(update))?;
        }
        Ok(storage.settings())
    })
}

/// What the state machine wants written, and what the audit trail needs to tell of it.
pub(crate) type Step = (Change, AuditEventKind, Option<Payload>);

/// Asks the state machine for a step and records it; a refusal has written nothing.
pub(crate) fn transition<T>(
    run_id: &RunId,
    call: &Call,
    step: impl FnOnce(&StoredJournal<'_>) -> Result<Step, JournalError>,
    answer: impl FnOnce(&Change) -> T,
) -> Result<T, CoordinatorError> {
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        let journal = StoredJournal::new(storage, run);
        let (change, kind, payload) = step(&journal)?;
        let before = Box::new(journal.into_header());
        let answer = answer(&change);
        record(
            storage,
            call,
            Write::Moved { run, before, change: Box::new(change), kind, payload },
        )?;
        Ok(answer)
    })
}

/// The row that a claim or a retry has moved.
fn moved_operation(change: &Change) -> Operation {
    change.moved.as_ref().expect("BUG: the transition moves a row").operation(&change.header)
}

impl Storage {
    /// Refuses a run id that is taken, and says by what.
    pub(crate) fn check_new(
        &self,
        run_id: &RunId,
        digest: &PlanDigest,
    ) -> Result<(), CoordinatorError> {
        let key = RunKey::from(run_id);
        let run_id = run_id.clone();
        if self.drafts.contains_key(&key) {
            return Err(CoordinatorError::RunExists { run_id });
        }
        let Some(run) = self.run_numbers.get(&key) else { return Ok(()) };
        if self.plan(run).digest != digest.as_bytes() {
            return Err(CoordinatorError::RunExists { run_id });
        }
        let created_at = StoredJournal::new(self, run).header().created_at;
        Err(CoordinatorError::Duplicate(Duplicate::Journal { run_id, created_at }))
    }
}
