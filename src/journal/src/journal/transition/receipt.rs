//! The transition that records a receipt.

use super::{
    effects::effects_of,
    row::{Row, row},
};
use crate::{
    Attempt, ReceiptIndex, Timestamp,
    journal::{
        Change, JournalError, JournalView, OperationReceipt, OperationState, ReceiptRecord,
        receipt_rules,
    },
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

/// Records what `caller` reports about a claimed operation, which is then Completed, Failed or Skipped.
///
/// Departures from the reference: a receipt that names its attempt must name the current one, and
/// a receipt that was recorded before is answered with [`JournalError::Duplicate`].
///
/// # Errors
/// The variants of [`JournalError`] that begin with `Receipt`, [`JournalError::MissingField`] for what
/// the kind and the outcome demand, [`JournalError::ReasonWithoutFailure`],
/// [`JournalError::StaleAttempt`], [`JournalError::UnknownAttempt`], [`JournalError::Duplicate`],
/// [`JournalError::PerformedAtOutOfRange`] and [`JournalError::OtherSnapshot`].
pub fn record_operation_receipt(
    view: &impl JournalView,
    receipt: OperationReceipt,
    caller: Principal,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    receipt_rules::check_journal(header, &receipt)?;
    let sequence = receipt.sequence;
    let row =
        row(view, header, sequence).ok_or(JournalError::ReceiptOperationNotFound { sequence })?;
    receipt_rules::check_operation(header, &row.spec, &receipt)?;
    let attempt = check_attempt(view, &row, &receipt)?;
    receipt_rules::check_reason(&receipt)?;
    check_performed_at(&row, &receipt, now)?;
    check_loaded(view, &receipt)?;
    let record = ReceiptRecord {
        index: ReceiptIndex(header.receipts),
        receipt: OperationReceipt { attempt: Some(attempt), ..receipt },
        recorded_at: now,
        recorded_by: caller,
    };
    Ok(effects_of(view, row, record))
}

/// What was loaded is what the run has uploaded, and what was rolled back to is the safety snapshot.
fn check_loaded(view: &impl JournalView, receipt: &OperationReceipt) -> Result<(), JournalError> {
    if !matches!(receipt.kind, Kind::LoadSnapshot | Kind::RollBack) {
        return Ok(());
    }
    let artifact = receipt.target_canister_id.and_then(|target| view.artifact(&target));
    let expected = artifact.and_then(|artifact| match receipt.kind {
        Kind::LoadSnapshot => artifact.uploaded_snapshot_id,
        _ => artifact.snapshot_id,
    });
    match (expected, &receipt.snapshot_id) {
        (Some(expected), Some(loaded)) if expected != *loaded => {
            Err(JournalError::OtherSnapshot { sequence: receipt.sequence, expected })
        }
        _ => Ok(()),
    }
}

/// Who acted did so between the claim and the report.
fn check_performed_at(
    row: &Row,
    receipt: &OperationReceipt,
    now: Timestamp,
) -> Result<(), JournalError> {
    let (Some(performed_at), Some(progress)) = (receipt.performed_at, row.progress) else {
        return Ok(());
    };
    let claimed_at = progress.updated_at;
    if performed_at < claimed_at || performed_at > now {
        let sequence = receipt.sequence;
        return Err(JournalError::PerformedAtOutOfRange {
            sequence,
            performed_at,
            claimed_at,
            now,
        });
    }
    Ok(())
}

/// The attempt that the receipt is about, which must be the one whose receipt is awaited.
fn check_attempt(
    view: &impl JournalView,
    row: &Row,
    receipt: &OperationReceipt,
) -> Result<Attempt, JournalError> {
    let sequence = receipt.sequence;
    let current = row.progress.map(|progress| progress.attempt).unwrap_or_default();
    let awaited = row.state == OperationState::Pending;
    let named = receipt.attempt.unwrap_or(current);
    if awaited && named == current {
        return Ok(current);
    }
    let last = row.progress.and_then(|p| p.last_receipt).and_then(|index| view.receipt(index));
    match last {
        Some(last) if (receipt.attempt.is_some() || !awaited) && last.repeats(receipt) => {
            Err(JournalError::Duplicate {
                receipt_index: last.index,
                recorded_at: last.recorded_at,
            })
        }
        _ if named > current => {
            Err(JournalError::UnknownAttempt { sequence, attempt: named, current })
        }
        _ if named < current => {
            Err(JournalError::StaleAttempt { sequence, attempt: named, current })
        }
        _ => Err(JournalError::ReceiptWithoutPendingOperation { sequence, state: row.state }),
    }
}
