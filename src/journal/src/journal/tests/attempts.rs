//! Departure 4 from the reference: receipts may name their attempt, and can safely be sent again.

use crate::{
    Attempt, ReceiptIndex, Sequence,
    fixtures::{accepted, journal, operator, receipt, seconds},
    journal::{
        Journal, JournalError, OperationReceipt, OperationState, ReceiptOutcome,
        retry_failed_operation,
    },
};

const ROW: Sequence = Sequence(4);

fn record(
    journal: &mut Journal,
    receipt: &OperationReceipt,
    attempt: Option<u32>,
    at: u64,
) -> Result<(), JournalError> {
    let receipt = OperationReceipt { attempt: attempt.map(Attempt), ..receipt.clone() };
    journal.record_operation_receipt(receipt, operator(), seconds(at))
}

/// A journal in which row 4 was claimed in second 2, failed in second 3, and what reported that.
fn failed_once() -> (Journal, OperationReceipt) {
    let mut journal = accepted(journal());
    journal.mark_next_operation_pending(seconds(2)).expect("row 4");
    let failure = receipt(&journal, ROW.0, ReceiptOutcome::Failed);
    record(&mut journal, &failure, Some(1), 3).expect("attempt 1 is awaited");
    (journal, failure)
}

const DUPLICATE: Result<(), JournalError> =
    Err(JournalError::Duplicate { receipt_index: ReceiptIndex(0), recorded_at: seconds_3() });

const fn seconds_3() -> crate::Timestamp {
    crate::Timestamp(3_000_000_000)
}

#[test]
fn the_same_receipt_again_counts_once() {
    let (mut journal, failure) = failed_once();
    assert_eq!(record(&mut journal, &failure, Some(1), 4), DUPLICATE);
    assert_eq!(record(&mut journal, &failure, None, 5), DUPLICATE);
    journal.change(|it| retry_failed_operation(it, ROW, seconds(6))).expect("it failed");
    assert_eq!(journal.operations()[ROW.index()].state_updated_at, Some(seconds(6)));
    assert_eq!(record(&mut journal, &failure, None, 7), DUPLICATE);
    assert_eq!(journal.receipts().len(), 1);
}

#[test]
fn another_receipt_for_the_same_attempt_is_refused() {
    let (mut journal, mut other) = failed_once();
    other.failure_reason = Some("another reason".to_string());
    let refusal = JournalError::ReceiptWithoutPendingOperation {
        sequence: ROW,
        state: OperationState::Failed,
    };
    assert_eq!(record(&mut journal, &other, Some(1), 4), Err(refusal));
}

#[test]
fn once_the_next_attempt_has_begun_only_a_named_attempt_tells_old_from_new() {
    let (mut journal, failure) = failed_once();
    journal.mark_next_operation_pending(seconds(4)).expect("row 4");
    assert_eq!(record(&mut journal, &failure, Some(1), 5), DUPLICATE);
    let mut late = failure.clone();
    late.failure_reason = Some("a late report".to_string());
    assert_eq!(
        record(&mut journal, &late, Some(1), 5),
        Err(JournalError::StaleAttempt { sequence: ROW, attempt: Attempt(1), current: Attempt(2) })
    );
    assert_eq!(record(&mut journal, &failure, None, 5), Ok(()), "it speaks of the current one");
    assert_eq!(journal.receipts()[1].receipt.attempt, Some(Attempt(2)));
}

#[test]
fn an_attempt_that_has_not_begun_is_unknown() {
    let (mut journal, failure) = failed_once();
    assert_eq!(
        record(&mut journal, &failure, Some(2), 4),
        Err(JournalError::UnknownAttempt {
            sequence: ROW,
            attempt: Attempt(2),
            current: Attempt(1)
        })
    );
}
