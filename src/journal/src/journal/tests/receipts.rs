//! What a receipt must say.

use crate::{
    Sequence,
    fixtures::{backup_until, canister, operator, receipt, seconds},
    journal::{
        Journal, JournalError, JournalView, OperationReceipt, OperationState, ReceiptOutcome,
    },
};

/// A journal in which the operation at `sequence` is claimed.
fn claimed(sequence: u32) -> Journal {
    let mut journal = backup_until(sequence);
    journal.mark_next_operation_pending(seconds(3)).expect("it is the next one");
    journal
}

/// The answer to a receipt for the operation at `sequence` after a change, which must leave no trace if
/// it is a refusal.
fn after(
    sequence: u32,
    outcome: ReceiptOutcome,
    change: impl FnOnce(&mut OperationReceipt),
) -> Result<(), JournalError> {
    let mut journal = claimed(sequence);
    let mut receipt = receipt(&journal, sequence, outcome);
    change(&mut receipt);
    let before = journal.clone();
    let answer = journal.record_operation_receipt(receipt, operator(), seconds(4));
    assert_eq!(answer.is_err(), journal == before);
    answer
}

fn missing(field: &str) -> Result<(), JournalError> {
    Err(JournalError::MissingField { field: format!("operation_receipts[].{field}") })
}

#[test]
fn a_receipt_moves_its_operation_and_is_kept() {
    for (outcome, state) in [
        (ReceiptOutcome::Completed, OperationState::Completed),
        (ReceiptOutcome::Failed, OperationState::Failed),
        (ReceiptOutcome::Skipped, OperationState::Skipped),
    ] {
        let mut journal = claimed(4);
        let receipt = receipt(&journal, 4, outcome);
        journal.record_operation_receipt(receipt, operator(), seconds(4)).expect("it is claimed");
        let row = &journal.operations()[4];
        assert_eq!((row.state, row.state_updated_at), (state, Some(seconds(4))));
        let kept = journal.receipts().last().expect("it is kept");
        assert_eq!(Some(kept.index), row.last_receipt);
        assert_eq!((kept.recorded_by, kept.recorded_at), (operator(), seconds(4)));
        assert_eq!(kept.receipt.attempt, Some(row.attempt), "its attempt is filled in");
    }
}

#[test]
fn it_names_the_plan_the_run_and_the_operation() {
    let sequence = Sequence(4);
    let say = |change: fn(&mut OperationReceipt)| after(4, ReceiptOutcome::Completed, change);
    let elsewhere = Err(JournalError::ReceiptJournalMismatch { sequence });
    assert_eq!(say(|receipt| receipt.plan_id = "plan-2".into()), elsewhere);
    assert_eq!(say(|receipt| receipt.run_id = "run-2".into()), elsewhere);
    assert_eq!(say(|receipt| receipt.plan_id = " ".into()), missing("plan_id"));

    let other = Err(JournalError::ReceiptOperationMismatch { sequence });
    assert_eq!(say(|receipt| receipt.operation_id.push('x')), other);
    assert_eq!(say(|receipt| receipt.kind = crate::plan::BackupOperationKind::Start), other);
    assert_eq!(say(|receipt| receipt.target_canister_id = Some(canister(9))), other);
    assert_eq!(say(|receipt| receipt.target_canister_id = None), other);
    assert_eq!(
        say(|receipt| receipt.sequence = Sequence(15)),
        Err(JournalError::ReceiptOperationNotFound { sequence: Sequence(15) })
    );
}

#[test]
fn a_mutating_one_names_the_accepted_preflight() {
    let mismatch = Err(JournalError::ReceiptPreflightMismatch { sequence: Sequence(4) });
    let say = |preflight_id| {
        after(4, ReceiptOutcome::Completed, |receipt| receipt.preflight_id = preflight_id)
    };
    assert_eq!(say(None), mismatch);
    assert_eq!(say(Some("preflight-2".into())), mismatch);
    assert_eq!(say(Some("preflight-1".into())), Ok(()));
}

#[test]
fn a_completed_one_carries_what_its_kind_demands() {
    let done = ReceiptOutcome::Completed;
    assert_eq!(after(6, done, |receipt| receipt.snapshot_id = None), missing("snapshot_id"));
    assert_eq!(after(10, done, |receipt| receipt.artifact_path = None), missing("artifact_path"));
    assert_eq!(after(11, done, |receipt| receipt.checksum = None), missing("checksum"));
    assert_eq!(after(6, ReceiptOutcome::Skipped, |receipt| receipt.snapshot_id = None), Ok(()));
    let blank = || Some(" ".to_string());
    assert_eq!(after(4, done, |receipt| receipt.checksum = blank()), missing("checksum"));
}

#[test]
fn a_failed_one_gives_a_reason_and_no_other_does() {
    let failed = ReceiptOutcome::Failed;
    assert_eq!(
        after(4, failed, |receipt| receipt.failure_reason = None),
        missing("failure_reason")
    );
    let reason = || Some("just so".to_string());
    for outcome in [ReceiptOutcome::Completed, ReceiptOutcome::Skipped] {
        assert_eq!(
            after(4, outcome, |receipt| receipt.failure_reason = reason()),
            Err(JournalError::ReasonWithoutFailure { sequence: Sequence(4) })
        );
    }
}

#[test]
fn nobody_waits_for_a_receipt_of_what_was_not_claimed() {
    let mut journal = claimed(4);
    let early = receipt(&journal, 5, ReceiptOutcome::Completed);
    assert_eq!(
        journal.record_operation_receipt(early, operator(), seconds(4)),
        Err(JournalError::ReceiptWithoutPendingOperation {
            sequence: Sequence(5),
            state: OperationState::Ready
        })
    );
    assert_eq!(journal.header().receipts, 0);
}
