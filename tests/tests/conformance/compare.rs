//! Whether our journal shows what the reference shows.

use crate::{
    convert,
    errors::{state, time},
    pair::Theirs,
};
use backup_journal::{
    ReceiptIndex, Sequence,
    journal::{
        Journal, JournalView, Operation, OperationState, ResumeSummary, RunState, Stage, Tally,
        check_header, check_records,
    },
};
use canic_backup::execution::BackupExecutionResumeSummary;
use proptest::{prelude::*, test_runner::TestCaseResult};
use std::collections::BTreeMap;

/// Compares everything that a caller can see after a call that was accepted.
pub fn same(ours: &Journal, theirs: &Theirs) -> TestCaseResult {
    let operations = operations(ours, theirs);
    prop_assert_eq!(ours.resume_summary(), summary(ours, theirs, &operations));
    prop_assert_eq!(ours.operations(), operations);
    prop_assert_eq!(ours.receipts().len(), theirs.records.len());
    prop_assert_eq!(ours.receipts().last(), theirs.records.last());
    prop_assert_eq!(ours.starts_owed(), &theirs.owed);
    Ok(())
}

/// Compares what only grows, once at the end, and lets our journal check itself.
pub fn same_in_the_end(ours: &Journal, theirs: &Theirs) -> TestCaseResult {
    prop_assert_eq!(ours.receipts(), &theirs.records);
    for (ours, theirs) in ours.receipts().iter().zip(&theirs.journal.operation_receipts) {
        prop_assert_eq!(&convert::receipt(&ours.receipt, ours.recorded_at), theirs);
    }
    prop_assert_eq!(convert::plan(ours.plan()), theirs.plan.clone());
    let header = ours.header();
    prop_assert_eq!(check_header(ours, header), []);
    let rows = check_records(ours, header, 0, u32::MAX);
    prop_assert_eq!(rows.violations, []);
    prop_assert_eq!(rows.tally, header.tally);
    prop_assert_eq!(rows.starts_owed, header.starts_owed);
    prop_assert_eq!(rows.targets_with_snapshot, header.snapshot_targets);
    prop_assert_eq!(rows.targets_verified, header.verified_targets);
    Ok(())
}

/// The rows as the reference has them. What never changes about a row is taken from the plan.
fn operations(ours: &Journal, theirs: &Theirs) -> Vec<Operation> {
    let mut last: BTreeMap<Sequence, ReceiptIndex> = BTreeMap::new();
    last.extend(theirs.records.iter().map(|record| (record.receipt.sequence, record.index)));
    let rows = theirs.journal.operations.iter().zip(&ours.plan().phases).zip(&theirs.claims);
    rows.map(|((theirs, planned), attempt)| {
        let sequence = Sequence(planned.order);
        assert_eq!(theirs.sequence, sequence.index());
        assert_eq!(theirs.operation_id, planned.operation_id);
        assert!(theirs.blocking_reasons.len() <= 1, "one reason is all that we can keep");
        Operation {
            sequence,
            operation_id: planned.operation_id.clone(),
            kind: planned.kind,
            target_canister_id: planned.target_canister_id,
            state: state(&theirs.state),
            state_updated_at: theirs.state_updated_at.as_deref().map(time),
            attempt: *attempt,
            reason: theirs.blocking_reasons.first().cloned(),
            last_receipt: last.get(&sequence).copied(),
        }
    })
    .collect()
}

fn summary(ours: &Journal, theirs: &Theirs, operations: &[Operation]) -> ResumeSummary {
    let reference = theirs.journal.resume_summary();
    let next_operation =
        reference.next_operation.as_ref().map(|next| operations[next.sequence].clone());
    let saved = theirs.saved();
    ResumeSummary {
        plan_id: reference.plan_id.as_str().into(),
        run_id: reference.run_id.as_str().into(),
        fleet: ours.plan().header.fleet.clone(),
        state: run_state(&reference),
        abort: None,
        restore: None,
        drill: None,
        preflight: theirs.preflight.clone(),
        preflight_accepted: reference.preflight_accepted,
        restart_required: reference.restart_required,
        outcome: is_over(theirs).then(|| saved.outcome()),
        starts_owed: count(theirs.owed.len()),
        total_targets: count(theirs.plan.targets.len()),
        targets_with_snapshot: count(saved.snapshots),
        targets_verified: count(saved.verified),
        total_operations: count(reference.total_operations),
        operations: Tally {
            ready: count(reference.ready_operations),
            pending: count(reference.pending_operations),
            blocked: count(reference.blocked_operations),
            completed: count(reference.completed_operations),
            failed: count(reference.failed_operations),
            skipped: count(reference.skipped_operations),
        },
        total_receipts: count(theirs.journal.operation_receipts.len()),
        stage: next_operation.as_ref().map(|next| Stage::from(next.kind)),
        next_operation,
        created_at: theirs.created_at,
        updated_at: theirs.updated_at,
    }
}

fn run_state(reference: &BackupExecutionResumeSummary) -> RunState {
    let over = reference.completed_operations + reference.skipped_operations;
    if reference.failed_operations > 0 {
        RunState::Failed
    } else if !reference.preflight_accepted {
        RunState::AwaitingPreflight
    } else if over < reference.total_operations {
        RunState::InProgress
    } else {
        RunState::Completed
    }
}

/// Whether the run has nothing left to do.
pub fn is_over(theirs: &Theirs) -> bool {
    theirs.journal.operations.iter().all(|operation| {
        matches!(state(&operation.state), OperationState::Completed | OperationState::Skipped)
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("generated runs are small")
}
