//! Operations that are claimed and reported side by side.

use super::{journals::record_among, transition::transition};
use crate::{
    call::Call,
    gate::record_all,
    storage::{self, StoredJournal},
};
use backup_journal::{
    RunId,
    api::{AuditEventKind, ClaimedOperation, CoordinatorError},
    journal::{self, Moved, Operation, OperationReceipt, ReceiptRecord},
    limits::{CheckLimits, MAX_WAVE_BATCH, check_count, check_receipt_batch},
};

/// Claims up to `limit` operations of the wave of the next operation.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], a limit, or as the state machine says.
pub fn claim_operations(
    run_id: &RunId,
    limit: u32,
    call: &Call,
) -> Result<Vec<Operation>, CoordinatorError> {
    check_count("limit", limit as usize, MAX_WAVE_BATCH)?;
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::claim_operations(journal, journal, limit, call.now)?;
        let claimed = |moved: &Moved| ClaimedOperation {
            sequence: moved.sequence,
            attempt: moved.progress.attempt,
        };
        let operations = change.moved.iter().map(claimed).collect();
        Ok((change, AuditEventKind::OperationsClaimed { operations }, None))
    };
    transition(run_id, call, step, |change| {
        change.moved.iter().map(|moved| moved.operation(&change.header)).collect()
    })
}

/// Records receipts in order, each by itself: one that is refused does not hold up those behind it.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or a limit; the answer has the errors of single receipts.
pub fn record_operation_receipts(
    run_id: &RunId,
    receipts: Vec<OperationReceipt>,
    call: &Call,
) -> Result<Vec<Result<ReceiptRecord, CoordinatorError>>, CoordinatorError> {
    check_receipt_batch(&receipts)?;
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        let answers = record_all(storage, call, |changes| {
            let record = |receipt: OperationReceipt| {
                receipt.check_limits()?;
                record_among(changes, run, receipt, call)
            };
            receipts.into_iter().map(record).collect()
        });
        Ok(answers)
    })
}
