//! The lists of operations that were begun and are not over, as they are stored.

use crate::{
    Timestamp,
    fixtures::{accepted, journal, operator, receipt, seconds},
    journal::{Change, Journal, Queue, ReceiptOutcome, claim_operations, record_operation_receipt},
};

/// The numbers are what an upgraded canister relies on: they must not change.
#[test]
fn the_numbers_of_the_lists_stay_what_they_are() {
    let numbers = [
        (Queue::Ready, 0),
        (Queue::Claimed, 1),
        (Queue::Failed, 2),
        (Queue::StartOwed, 3),
        (Queue::StartReady, 4),
        (Queue::StartClaimed, 5),
        (Queue::StartFailed, 6),
        (Queue::StartFailedAfterAbort, 7),
        (Queue::RollBackOwed, 8),
    ];
    assert_eq!(numbers.map(|(queue, _)| queue), Queue::ALL);
    for (queue, number) in numbers {
        assert_eq!((queue.number(), Queue::numbered(number)), (number, Some(queue)));
    }
    assert_eq!(Queue::numbered(9), None);
}

/// Enters, the list, the operation, and when it was claimed.
fn moves(change: &Change) -> Vec<(bool, Queue, u32, Option<Timestamp>)> {
    let moves = change.queues.iter();
    moves.map(|it| (it.enters, it.queue, it.sequence.0, it.claimed_at)).collect()
}

fn reported(journal: &Journal, outcome: ReceiptOutcome) -> Change {
    record_operation_receipt(journal, receipt(journal, 4, outcome), operator(), seconds(5))
        .expect("it is claimed")
}

/// The index of claims over all runs is found by the time of the claim, when it begins and when it ends.
#[test]
fn a_claim_is_listed_with_its_time_until_its_receipt() {
    let mut journal = accepted(journal());
    let claim = claim_operations(&journal, &(), 1, seconds(2)).expect("a stop is next");
    let (claimed, at) = (Queue::Claimed, Some(seconds(2)));
    assert_eq!(moves(&claim), [(true, Queue::StartOwed, 9, None), (true, claimed, 4, at)]);

    journal.claim_operations(&(), 1, seconds(2)).expect("a stop is next");
    let failed = reported(&journal, ReceiptOutcome::Failed);
    assert_eq!(moves(&failed), [(false, claimed, 4, at), (true, Queue::Failed, 4, None)]);
    let completed = reported(&journal, ReceiptOutcome::Completed);
    assert_eq!(moves(&completed), [(false, claimed, 4, at)]);
}
