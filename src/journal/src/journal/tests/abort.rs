//! Aborted runs: nothing but starts is done any more, and every target whose stop was claimed is started.

use crate::{
    Sequence, Timestamp,
    fixtures::{accepted, complete_until, journal, receipt, report, seconds},
    journal::{
        Journal, JournalError, JournalView, OperationReceipt, OperationState as State,
        ReceiptOutcome, RunOutcome, RunState, abort_run, accept_preflight_bundle, check_header,
        check_records, retry_failed_operation, settle_start,
    },
};

const REASON: &str = "the driver died";

const NOTHING: [u32; 0] = [];

/// Rows 4 and 5 stop, 6 and 7 snapshot, 8 and 9 start, 10 to 13 download and verify, and 14 finalizes.
fn open() -> Journal {
    accepted(journal())
}

fn abort(journal: &mut Journal) {
    journal.change(|it| abort_run(it, REASON, seconds(5))).expect("it is not over");
}

fn states(journal: &Journal) -> Vec<State> {
    journal.operations()[4..].iter().map(|operation| operation.state).collect()
}

/// A second after the journal last changed.
fn later(journal: &Journal) -> Timestamp {
    Timestamp(journal.header().updated_at.0 + seconds(1).0)
}

fn claim(journal: &mut Journal) -> Vec<u32> {
    let now = later(journal);
    let claimed = journal.claim_operations(&(), 100, now).expect("a start is owed");
    claimed.iter().map(|operation| operation.sequence.0).collect()
}

fn complete(journal: &mut Journal, sequence: u32) {
    let now = later(journal);
    report(journal, sequence, ReceiptOutcome::Completed, now).expect("it is claimed");
}

pub(super) fn assert_sound(journal: &Journal) {
    let header = journal.header();
    let check = check_records(journal, header, 0, 100);
    assert_eq!((check_header(journal, header), check.violations), (vec![], vec![]));
    assert_eq!((check.tally, check.starts_open), (header.tally, header.starts_open));
}

#[test]
fn before_anything_was_stopped_an_aborted_run_is_over_at_once() {
    for begin in [journal, open] {
        let mut journal = begin();
        abort(&mut journal);
        let summary = journal.resume_summary();
        assert_eq!(summary.state, RunState::Aborted);
        assert_eq!(summary.outcome, Some(RunOutcome::Nothing));
        assert_eq!(summary.next_operation, None);
        assert!(states(&journal).iter().all(|state| *state == State::Skipped));
        assert_eq!(journal.operations()[4].reason.as_deref(), Some(REASON));
        assert_sound(&journal);
    }
}

#[test]
fn a_start_is_ready_for_every_target_whose_stop_was_claimed() {
    use State::{Completed, Pending, Ready, Skipped};
    let mut journal = open();
    complete_until(&mut journal, 5, seconds(2));
    journal.mark_next_operation_pending(seconds(3)).expect("row 5");
    abort(&mut journal);
    let expected = [
        Completed, Pending, Skipped, Skipped, Ready, Ready, Skipped, Skipped, Skipped, Skipped,
        Skipped,
    ];
    assert_eq!(states(&journal), expected);
    assert_sound(&journal);
    assert_eq!(journal.resume_summary().state, RunState::Aborting);
    assert_eq!(claim(&mut journal), [8], "the child first");
    complete(&mut journal, 8);
    assert_eq!(claim(&mut journal), [9]);
    complete(&mut journal, 9);
    assert_eq!(journal.resume_summary().state, RunState::Aborted);
    assert_eq!(journal.header().starts_owed, 0);
    assert_sound(&journal);
}

#[test]
fn starts_that_failed_before_the_abort_are_ready_and_those_after_it_are_retried() {
    let mut journal = open();
    complete_until(&mut journal, 8, seconds(2));
    journal.mark_next_operation_pending(seconds(3)).expect("row 8");
    report(&mut journal, 8, ReceiptOutcome::Failed, seconds(4)).expect("it is claimed");
    abort(&mut journal);
    assert_eq!(states(&journal)[4..6], [State::Ready, State::Ready]);
    assert_sound(&journal);
    assert_eq!(claim(&mut journal), [8]);
    report(&mut journal, 8, ReceiptOutcome::Failed, seconds(7)).expect("it is claimed");
    assert_eq!(states(&journal)[4..6], [State::Failed, State::Ready]);
    assert_sound(&journal);
    assert_eq!(claim(&mut journal), NOTHING);
    journal.change(|it| retry_failed_operation(it, Sequence(8), seconds(8))).expect("it failed");
    assert_eq!(claim(&mut journal), [8]);
    assert_sound(&journal);
}

#[test]
fn what_was_claimed_is_still_reported_and_changes_no_outcome() {
    let mut journal = open();
    complete_until(&mut journal, 10, seconds(2));
    journal.claim_operations(&(), 100, seconds(3)).expect("the downloads");
    abort(&mut journal);
    assert_eq!(journal.resume_summary().outcome, Some(RunOutcome::OnNetwork));
    assert_sound(&journal);
    for sequence in [10, 12] {
        complete(&mut journal, sequence);
        assert_eq!(states(&journal)[sequence as usize - 4], State::Completed);
    }
    assert_eq!(journal.resume_summary().outcome, Some(RunOutcome::OnNetwork));
    assert_eq!(journal.receipts().len(), 8);
    assert_sound(&journal);
}

#[test]
fn a_driver_that_comes_back_is_told_that_the_run_was_aborted() {
    let mut journal = open();
    complete_until(&mut journal, 6, seconds(2));
    abort(&mut journal);
    let refused = JournalError::RunAborted { reason: REASON.to_string(), aborted_at: seconds(5) };
    assert_eq!(journal.mark_operation_pending(Sequence(6), seconds(6)), Err(refused.clone()));
    assert_eq!(journal.change(|it| abort_run(it, REASON, seconds(6))), Err(refused.clone()));
    let preflight =
        journal.change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(6)));
    assert_eq!(preflight, Err(refused.clone()));
    complete_until(&mut journal, 9, seconds(7));
    let made = journal.mark_operation_pending(Sequence(8), seconds(7));
    assert_eq!(made, Err(refused.clone()), "that start is made, and another is owed");
    complete_until(&mut journal, 10, seconds(7));
    assert_eq!(journal.resume_summary().state, RunState::Aborted);
    assert_eq!(journal.mark_next_operation_pending(seconds(8)), Err(refused.clone()));
    assert_eq!(journal.claim_operations(&(), 1, seconds(8)), Err(refused));
}

#[test]
fn a_start_that_is_owed_and_not_next_is_out_of_order() {
    let mut journal = open();
    complete_until(&mut journal, 6, seconds(2));
    abort(&mut journal);
    let (requested, next) = (Sequence(9), Sequence(8));
    let refused = JournalError::OutOfOrderOperationTransition { requested, next };
    assert_eq!(journal.mark_operation_pending(requested, seconds(6)), Err(refused));
}

#[test]
fn a_run_that_is_over_cannot_be_aborted() {
    let mut journal = open();
    complete_until(&mut journal, 15, seconds(2));
    assert_eq!(journal.change(|it| abort_run(it, REASON, seconds(6))), Err(JournalError::RunOver));
    let blank = journal.change(|it| abort_run(it, " ", seconds(6)));
    assert_eq!(blank, Err(JournalError::MissingField { field: "reason".to_string() }));
}

/// A receipt of a stop or start that was done at this second.
fn done(journal: &Journal, sequence: u32, second: u64) -> OperationReceipt {
    let receipt = receipt(journal, sequence, ReceiptOutcome::Completed);
    OperationReceipt { performed_at: Some(seconds(second)), ..receipt }
}

/// The stop of row 4 is claimed and not reported, the run is aborted, and the start of its target is claimed.
fn starting() -> Journal {
    let mut journal = open();
    journal.mark_next_operation_pending(seconds(2)).expect("row 4");
    abort(&mut journal);
    assert_eq!(claim(&mut journal), [9]);
    journal
}

#[test]
fn a_stop_that_was_done_after_the_start_makes_the_start_ready_again() {
    for stop_is_reported_first in [false, true] {
        let mut journal = starting();
        let receipts = [done(&journal, 9, 6), done(&journal, 4, 7)];
        let mut receipts = receipts.to_vec();
        if stop_is_reported_first {
            receipts.reverse();
        }
        for (receipt, second) in receipts.into_iter().zip(8..) {
            journal
                .record_operation_receipt(receipt, candid::Principal::anonymous(), seconds(second))
                .expect("it is claimed");
            assert_sound(&journal);
        }
        assert_eq!(journal.operations()[9].state, State::Ready);
        assert_eq!(journal.operations()[9].state_updated_at, Some(seconds(9)));
        assert_eq!(journal.header().starts_owed, 1);
        assert_eq!(journal.resume_summary().state, RunState::Aborting);
        assert_eq!(claim(&mut journal), [9]);
        complete(&mut journal, 9);
        assert_eq!(journal.resume_summary().state, RunState::Aborted);
        assert_sound(&journal);
    }
}

#[test]
fn a_stop_that_was_done_before_the_start_changes_nothing() {
    let mut journal = starting();
    for receipt in [done(&journal, 9, 7), done(&journal, 4, 6)] {
        journal
            .record_operation_receipt(receipt, candid::Principal::anonymous(), seconds(8))
            .expect("it is claimed");
    }
    assert_eq!(journal.header().starts_owed, 0);
    assert_eq!(journal.resume_summary().state, RunState::Aborted);
    assert_sound(&journal);
}

#[test]
fn a_stop_that_is_claimed_again_after_its_start_was_settled_owes_one_start() {
    let mut journal = open();
    journal.mark_next_operation_pending(seconds(2)).expect("row 4");
    report(&mut journal, 4, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    let target = journal.spec(Sequence(4)).and_then(|row| row.target).expect("a stop has a target");
    journal.change(|it| settle_start(it, target, "it runs", seconds(4))).expect("a start is owed");
    journal.mark_next_operation_pending(seconds(4)).expect("row 4 again");
    assert_eq!(journal.header().starts_unclaimed, 1);
    abort(&mut journal);
    assert_sound(&journal);
    assert_eq!(claim(&mut journal), [9]);
    complete(&mut journal, 9);
    assert_eq!(journal.resume_summary().state, RunState::Aborted);
}

#[test]
fn a_start_that_nobody_owes_is_not_next_in_an_aborted_run() {
    use crate::{fixtures::canister, plan::BackupOperationKind as Kind};
    let on = |number| Some(canister(number));
    let rows = vec![
        (Kind::CreateSnapshot, on(1)),
        (Kind::Stop, on(2)),
        (Kind::Start, on(1)),
        (Kind::Start, on(2)),
    ];
    let plan = super::model::plans::plan_of(&[0, 0], rows);
    let mut journal = accepted(Journal::new(plan.validate().expect("valid"), seconds(0)));
    complete_until(&mut journal, 6, seconds(2));
    abort(&mut journal);
    let expected = [State::Completed, State::Completed, State::Skipped, State::Ready];
    assert_eq!(states(&journal), expected);
    assert_sound(&journal);
    assert_eq!(claim(&mut journal), [7]);
}

#[test]
fn a_start_that_was_skipped_is_ready_again_when_its_stop_is_reported_late() {
    for settles in [false, true] {
        let mut journal = starting();
        let target = journal.spec(Sequence(4)).and_then(|it| it.target).expect("a stop has one");
        report(&mut journal, 9, ReceiptOutcome::Skipped, seconds(7)).expect("it is claimed");
        if settles {
            journal
                .change(|it| settle_start(it, target, "it runs", seconds(8)))
                .expect("it is owed");
        }
        complete(&mut journal, 4);
        let owed = journal.owed_start(&target).expect("the target may be stopped");
        assert!(owed.holds_target(), "the run starts it: {owed:?}");
        assert_sound(&journal);
        assert_eq!(claim(&mut journal), [9]);
        complete(&mut journal, 9);
        assert_eq!(journal.owed_start(&target), None);
        assert_eq!(journal.resume_summary().state, RunState::Aborted);
    }
}
