//! What a receipt must say: asked before it is recorded, and of every one that is stored.

use super::{Header, JournalError, OperationReceipt, OperationSpec, ReceiptOutcome};
use crate::plan::BackupOperationKind;

/// Every rule about what a receipt of the row `spec` says.
pub(super) fn check(
    header: &Header,
    spec: &OperationSpec,
    receipt: &OperationReceipt,
) -> Result<(), JournalError> {
    check_journal(header, receipt)?;
    check_operation(header, spec, receipt)?;
    check_reason(receipt)
}

/// The receipt says what every one must, and belongs to this run.
pub(super) fn check_journal(
    header: &Header,
    receipt: &OperationReceipt,
) -> Result<(), JournalError> {
    check_fields(receipt)?;
    if receipt.plan_id != header.plan_id || receipt.run_id != header.run_id {
        return Err(JournalError::ReceiptJournalMismatch { sequence: receipt.sequence });
    }
    Ok(())
}

/// Only a failure has a reason.
pub(super) fn check_reason(receipt: &OperationReceipt) -> Result<(), JournalError> {
    if receipt.outcome != ReceiptOutcome::Failed && receipt.failure_reason.is_some() {
        return Err(JournalError::ReasonWithoutFailure { sequence: receipt.sequence });
    }
    Ok(())
}

/// The fields that every receipt must have.
fn check_fields(receipt: &OperationReceipt) -> Result<(), JournalError> {
    JournalError::require("operation_receipts[].plan_id", receipt.plan_id.as_str())?;
    JournalError::require("operation_receipts[].run_id", receipt.run_id.as_str())?;
    JournalError::require("operation_receipts[].operation_id", &receipt.operation_id)?;
    let optional = [
        ("operation_receipts[].snapshot_id", &receipt.snapshot_id),
        ("operation_receipts[].artifact_path", &receipt.artifact_path),
        ("operation_receipts[].checksum", &receipt.checksum),
    ];
    optional
        .into_iter()
        .try_for_each(|(field, text)| JournalError::require_if_present(field, text.as_deref()))
}

/// Operation id, kind and target are those of the row, the preflight is the accepted one, and the receipt carries
/// what its outcome and kind demand.
pub(super) fn check_operation(
    header: &Header,
    spec: &OperationSpec,
    receipt: &OperationReceipt,
) -> Result<(), JournalError> {
    let sequence = receipt.sequence;
    if spec.operation_id != receipt.operation_id
        || spec.kind != receipt.kind
        || spec.target != receipt.target_canister_id
    {
        return Err(JournalError::ReceiptOperationMismatch { sequence });
    }
    if !spec.kind.is_preflight() && receipt.preflight_id.as_ref() != header.preflight_id() {
        return Err(JournalError::ReceiptPreflightMismatch { sequence });
    }
    check_demands(receipt)
}

/// What the outcome and the kind demand.
fn check_demands(receipt: &OperationReceipt) -> Result<(), JournalError> {
    use BackupOperationKind as Kind;
    let (field, text) = match (receipt.outcome, receipt.kind) {
        (ReceiptOutcome::Failed, _) => {
            ("operation_receipts[].failure_reason", &receipt.failure_reason)
        }
        (
            ReceiptOutcome::Completed,
            Kind::CreateSnapshot | Kind::UploadSnapshot | Kind::LoadSnapshot | Kind::RollBack,
        ) => ("operation_receipts[].snapshot_id", &receipt.snapshot_id),
        (ReceiptOutcome::Completed, Kind::DownloadSnapshot) => {
            ("operation_receipts[].artifact_path", &receipt.artifact_path)
        }
        (ReceiptOutcome::Completed, Kind::VerifyArtifact) => {
            ("operation_receipts[].checksum", &receipt.checksum)
        }
        (ReceiptOutcome::Completed | ReceiptOutcome::Skipped, _) => return Ok(()),
    };
    JournalError::require(field, text.as_deref().unwrap_or_default())
}
