//! Who is owed a start: everybody whose stop was claimed, until a start is completed or an administrator says so.

use crate::{
    Rules, RunId, Sequence, Timestamp,
    fixtures::{
        accepted, canister, complete_until, journal, operator, orders, plan, receipt, report,
        seconds, users,
    },
    journal::{
        Journal, JournalError, JournalView, OtherRuns, OwedStart, ReceiptOutcome, StopOutcome,
        settle_start,
    },
};
use candid::Principal;

const FIRST_STOP: Sequence = Sequence(4);

fn open() -> Journal {
    accepted(journal())
}

/// A journal whose first stop, that of the target at the top, was claimed at second 2.
fn claimed() -> (Journal, Principal) {
    let mut journal = open();
    journal.mark_operation_pending(FIRST_STOP, seconds(2)).expect("it is next");
    let target =
        journal.spec(FIRST_STOP).and_then(|spec| spec.target).expect("a stop has a target");
    (journal, target)
}

fn unknown_since(since: Timestamp) -> OwedStart {
    OwedStart { since, stop: StopOutcome::Unknown, start_skipped: false }
}

fn stopped_since(since: Timestamp) -> OwedStart {
    OwedStart { since, stop: StopOutcome::Stopped, start_skipped: false }
}

#[test]
fn a_start_is_owed_from_the_claim_of_the_stop_on() {
    let (journal, target) = claimed();
    assert_eq!(journal.owed_start(&target), Some(unknown_since(seconds(2))));
    assert_eq!(journal.header().starts_owed, 1);
    assert!(!journal.header().restart_required(), "as in the reference");
}

#[test]
fn a_stop_that_failed_or_was_skipped_may_have_happened() {
    for outcome in [ReceiptOutcome::Failed, ReceiptOutcome::Skipped] {
        let (mut journal, target) = claimed();
        report(&mut journal, FIRST_STOP.0, outcome, seconds(3)).expect("it is claimed");
        assert_eq!(journal.owed_start(&target), Some(unknown_since(seconds(2))), "{outcome:?}");
        assert_eq!(journal.header().starts_owed, 1);
    }
}

#[test]
fn a_stop_that_is_claimed_again_is_unknown_since_its_first_claim() {
    let (mut journal, target) = claimed();
    report(&mut journal, FIRST_STOP.0, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    journal.mark_operation_pending(FIRST_STOP, seconds(4)).expect("it failed");
    assert_eq!(journal.owed_start(&target), Some(unknown_since(seconds(2))));
    assert_eq!(journal.header().starts_owed, 1);
    report(&mut journal, FIRST_STOP.0, ReceiptOutcome::Completed, seconds(5)).expect("claimed");
    assert_eq!(journal.owed_start(&target), Some(stopped_since(seconds(5))));
    assert_eq!(journal.header().starts_owed, 1);
}

#[test]
fn a_completed_start_settles_what_is_owed() {
    let mut journal = open();
    complete_until(&mut journal, 6, seconds(2));
    assert!(journal.header().restart_required());
    let owed: Vec<_> = journal.starts_owed().keys().copied().collect();
    assert_eq!(owed, [orders(), users()]);
    assert_eq!(journal.header().starts_owed, 2);

    complete_until(&mut journal, 9, seconds(3));
    assert_eq!(journal.owed_start(&users()), None);
    assert_eq!(journal.owed_start(&orders()), Some(stopped_since(seconds(2))));

    journal.mark_next_operation_pending(seconds(4)).expect("row 9");
    report(&mut journal, 9, ReceiptOutcome::Failed, seconds(5)).expect("it is claimed");
    assert_eq!(journal.header().starts_owed, 1, "a start that failed is still owed");
    journal.mark_next_operation_pending(seconds(6)).expect("row 9");
    report(&mut journal, 9, ReceiptOutcome::Completed, seconds(7)).expect("it is claimed");
    assert_eq!((journal.starts_owed().len(), journal.header().starts_owed), (0, 0));
}

#[test]
fn a_skipped_start_was_not_made() {
    let mut journal = open();
    complete_until(&mut journal, 8, seconds(2));
    let target = journal.spec(Sequence(8)).and_then(|spec| spec.target).expect("a start has one");
    journal.mark_next_operation_pending(seconds(4)).expect("row 8");
    report(&mut journal, 8, ReceiptOutcome::Skipped, seconds(5)).expect("it is claimed");
    let owed = journal.owed_start(&target).expect("it is stopped all the same");
    assert_eq!(owed, OwedStart { start_skipped: true, ..stopped_since(seconds(2)) });
    assert!(!owed.holds_target(), "another run may stop it");
    complete_until(&mut journal, 15, seconds(6));
    assert!(journal.header().is_over());
    assert!(!journal.header().restart_required(), "as in the reference");
    assert_eq!(journal.header().starts_owed, 1);
}

#[test]
fn an_administrator_settles_a_start() {
    let (mut journal, target) = claimed();
    let before = journal.clone();
    assert_eq!(
        journal.change(|it| settle_start(it, canister(99), "it runs", seconds(3))),
        Err(JournalError::StartNotOwed { canister_id: canister(99) })
    );
    assert_eq!(
        journal.change(|it| settle_start(it, target, " \t", seconds(3))),
        Err(JournalError::MissingField { field: "reason".to_string() })
    );
    assert_eq!(journal, before);
    journal.change(|it| settle_start(it, target, "it runs", seconds(3))).expect("it is owed");
    assert_eq!((journal.owed_start(&target), journal.header().starts_owed), (None, 0));
    assert_eq!(journal.operations(), before.operations());

    // The stop was reported late: the target is stopped, whatever was settled before.
    report(&mut journal, FIRST_STOP.0, ReceiptOutcome::Completed, seconds(4)).expect("claimed");
    assert_eq!(journal.owed_start(&target), Some(stopped_since(seconds(4))));
    assert_eq!(journal.header().starts_owed, 1);
}

#[test]
fn a_receipt_says_when_it_was_done() {
    let (journal, target) = claimed();
    let report_at = |performed_at| {
        let mut journal = journal.clone();
        let mut receipt = receipt(&journal, FIRST_STOP.0, ReceiptOutcome::Completed);
        receipt.performed_at = Some(performed_at);
        let answer = journal.record_operation_receipt(receipt, operator(), seconds(9));
        answer.map(|()| journal.owed_start(&target))
    };
    for performed_at in [seconds(2), seconds(3), seconds(9)] {
        assert_eq!(report_at(performed_at), Ok(Some(stopped_since(performed_at))));
    }
    for performed_at in [Timestamp(seconds(2).0 - 1), Timestamp(seconds(9).0 + 1)] {
        assert_eq!(
            report_at(performed_at),
            Err(JournalError::PerformedAtOutOfRange {
                sequence: FIRST_STOP,
                performed_at,
                claimed_at: seconds(2),
                now: seconds(9),
            })
        );
    }
}

/// Another run that holds one canister.
struct Held(Principal);

impl OtherRuns for Held {
    fn holder(&self, target: &Principal) -> Option<RunId> {
        (*target == self.0).then(|| "other".into())
    }
}

#[test]
fn a_canister_is_stopped_by_one_run_at_a_time() {
    let (_, target) = claimed();
    let mut journal = open();
    let before = journal.clone();
    assert_eq!(
        journal.mark_operation_pending_beside(&Held(target), FIRST_STOP, seconds(2)),
        Err(JournalError::TargetHeld {
            sequence: FIRST_STOP,
            canister_id: target,
            run_id: "other".into()
        })
    );
    assert_eq!(journal, before);
    journal
        .mark_operation_pending_beside(&Held(canister(99)), FIRST_STOP, seconds(2))
        .expect("nobody holds it");
    report(&mut journal, 4, ReceiptOutcome::Completed, seconds(3)).expect("it is claimed");
    // Only stops are refused: this run holds the others already, or does without stopping them.
    complete_until(&mut journal, 6, seconds(4));
    journal
        .mark_operation_pending_beside(&Held(orders()), Sequence(6), seconds(5))
        .expect("a snapshot stops nothing");
}

#[test]
fn runs_of_the_first_rules_may_overlap() {
    let (_, target) = claimed();
    let plan = plan().validate_under(Rules::V1).expect("valid");
    let mut journal = accepted(Journal::new(plan, seconds(0)));
    journal
        .mark_operation_pending_beside(&Held(target), FIRST_STOP, seconds(2))
        .expect("nobody asked then");
}
