//! The receipts that a driver reports.

use crate::driver::{agenda::Performed, evidence::Evidence};
use anyhow::Error;
use backup_journal::{
    journal::{Operation, OperationReceipt, ReceiptOutcome, ResumeSummary},
    limits::MAX_TEXT_BYTES,
};

/// The receipt for an attempt.
pub fn receipt(summary: &ResumeSummary, performed: &Performed) -> OperationReceipt {
    let Performed { operation, result, at } = performed;
    let receipt = match result {
        Ok(Some(evidence)) => completed(summary, operation, evidence),
        Ok(None) => about(summary, operation, ReceiptOutcome::Skipped),
        Err(error) => failed(summary, operation, error),
    };
    OperationReceipt { performed_at: Some(*at), ..receipt }
}

/// The receipt for an operation that is not performed any more, and of which this was found to be done.
pub fn left(
    summary: &ResumeSummary,
    operation: &Operation,
    found: &Result<Option<Evidence>, Error>,
) -> OperationReceipt {
    match found {
        Ok(Some(evidence)) => completed(summary, operation, evidence),
        Ok(None) => about(summary, operation, ReceiptOutcome::Skipped),
        Err(error) => failed(summary, operation, error),
    }
}

fn completed(
    summary: &ResumeSummary,
    operation: &Operation,
    evidence: &Evidence,
) -> OperationReceipt {
    let Evidence { snapshot_id, artifact_path, checksum } = evidence.clone();
    OperationReceipt {
        snapshot_id,
        artifact_path,
        checksum,
        ..about(summary, operation, ReceiptOutcome::Completed)
    }
}

fn failed(summary: &ResumeSummary, operation: &Operation, error: &Error) -> OperationReceipt {
    OperationReceipt {
        failure_reason: Some(reason(error)),
        ..about(summary, operation, ReceiptOutcome::Failed)
    }
}

/// A receipt that says nothing but how the attempt ended.
fn about(
    summary: &ResumeSummary,
    operation: &Operation,
    outcome: ReceiptOutcome,
) -> OperationReceipt {
    // A preflight row is over before there is a preflight to be named.
    let preflight = summary.preflight.as_ref();
    OperationReceipt::new(
        summary.plan_id.clone(),
        summary.run_id.clone(),
        preflight.map(|accepted| accepted.preflight_id.clone()),
        operation,
        outcome,
    )
}

/// An error as a receipt gives it: not longer than the coordinator takes.
pub fn reason(error: &Error) -> String {
    let mut reason = format!("{error:#}");
    reason.truncate(reason.floor_char_boundary(MAX_TEXT_BYTES));
    reason
}
