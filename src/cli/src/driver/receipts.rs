//! The receipts that a driver reports.

use crate::driver::{agenda::Performed, executor::Evidence};
use anyhow::Error;
use backup_fleet::FleetError;
use backup_journal::{
    journal::{OperationReceipt, ReceiptOutcome, ResumeSummary},
    limits::MAX_TEXT_BYTES,
};

/// The receipt for an attempt.
pub fn receipt(summary: &ResumeSummary, performed: &Performed) -> OperationReceipt {
    let outcome = match performed.result {
        Ok(_) => ReceiptOutcome::Completed,
        Err(_) => ReceiptOutcome::Failed,
    };
    // A preflight row is over before there is a preflight to be named.
    let preflight = summary.preflight.as_ref();
    let receipt = OperationReceipt {
        performed_at: Some(performed.at),
        ..OperationReceipt::new(
            summary.plan_id.clone(),
            summary.run_id.clone(),
            preflight.map(|accepted| accepted.preflight_id.clone()),
            &performed.operation,
            outcome,
        )
    };
    match &performed.result {
        Ok(Evidence { snapshot_id, artifact_path, checksum }) => OperationReceipt {
            snapshot_id: snapshot_id.clone(),
            artifact_path: artifact_path.clone(),
            checksum: checksum.clone(),
            ..receipt
        },
        Err(error) => OperationReceipt { failure_reason: Some(reason(error)), ..receipt },
    }
}

/// An error as a receipt gives it: not longer than the coordinator takes.
pub fn reason(error: &Error) -> String {
    let mut reason = format!("{error:#}");
    reason.truncate(reason.floor_char_boundary(MAX_TEXT_BYTES));
    reason
}

/// Whether an operator must decide something before another attempt.
pub fn needs_a_person(error: &Error) -> bool {
    error.downcast_ref().is_some_and(FleetError::needs_a_person)
}
