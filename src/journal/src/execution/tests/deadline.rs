//! When a restart deadline is due, and when it protects nothing any more.

use super::world::SECOND;
use crate::{
    Timestamp,
    execution::{
        DeadlineStatus, ExecutionError, MAX_DEADLINE_SECONDS, MIN_DEADLINE_SECONDS, RestartDeadline,
    },
    fixtures::{complete_until, journal, operator, report, seconds},
    journal::{JournalView, ReceiptOutcome, abort_run, accept_preflight_bundle, settle_start},
};

fn deadline(seconds: u64) -> RestartDeadline {
    RestartDeadline::new(seconds, operator()).expect("it is in range")
}

#[test]
fn a_deadline_is_a_minute_to_a_day() {
    for seconds in [MIN_DEADLINE_SECONDS, MAX_DEADLINE_SECONDS] {
        assert_eq!(deadline(seconds).seconds, seconds);
    }
    assert_eq!((MIN_DEADLINE_SECONDS, MAX_DEADLINE_SECONDS), (60, 24 * 60 * 60));
    for seconds in [0, MIN_DEADLINE_SECONDS - 1, MAX_DEADLINE_SECONDS + 1, u64::MAX] {
        let (minimum, maximum) = (MIN_DEADLINE_SECONDS, MAX_DEADLINE_SECONDS);
        let out_of_range = ExecutionError::DeadlineOutOfRange { seconds, minimum, maximum };
        assert_eq!(RestartDeadline::new(seconds, operator()), Err(out_of_range));
    }
}

#[test]
fn it_begins_with_the_claim_of_the_first_stop() {
    let mut journal = journal();
    let preflight = "preflight-1".into();
    journal
        .change(|it| accept_preflight_bundle(it, &preflight, seconds(1)))
        .expect("nothing is accepted yet");
    let deadline = deadline(60);
    assert_eq!(deadline.at(journal.header()), None);
    assert!(!deadline.is_due(journal.header(), seconds(10_000)), "nothing is stopped");

    let stop = journal.header().cursor.expect("a stop is next");
    journal.mark_operation_pending(stop, seconds(5)).expect("it is next");
    let header = journal.header();
    assert_eq!(deadline.at(header), Some(seconds(65)));
    assert!(!deadline.is_due(header, Timestamp(65 * SECOND - 1)));
    assert!(deadline.is_due(header, seconds(65)) && deadline.is_due(header, seconds(66)));
    let passed = RestartDeadline { passed_at: Some(seconds(65)), ..deadline };
    assert!(!passed.is_due(header, seconds(66)), "it passes once");
    let (at, passed_at) = (Some(seconds(65)), Some(seconds(65)));
    assert_eq!(passed.status(header), DeadlineStatus { seconds: 60, at, passed_at });
}

#[test]
fn it_is_kept_when_no_start_is_owed_and_none_will_be() {
    let mut journal = journal();
    assert!(!RestartDeadline::is_kept(journal.header()), "stops may come");
    let preflight = "preflight-1".into();
    journal
        .change(|it| accept_preflight_bundle(it, &preflight, seconds(1)))
        .expect("nothing is accepted yet");
    let starts = |journal: &crate::journal::Journal| journal.header().starts_open;
    while starts(&journal) > 0 {
        assert!(!RestartDeadline::is_kept(journal.header()));
        let next = journal.header().cursor.expect("something is next");
        complete_until(&mut journal, next.0 + 1, seconds(2));
    }
    assert!(!journal.header().is_over(), "the downloads are left");
    assert!(RestartDeadline::is_kept(journal.header()));
}

#[test]
fn an_aborted_run_keeps_it_when_all_is_started() {
    let mut journal = journal();
    let preflight = "preflight-1".into();
    journal
        .change(|it| accept_preflight_bundle(it, &preflight, seconds(1)))
        .expect("nothing is accepted yet");
    let stop = journal.header().cursor.expect("a stop is next");
    journal.mark_operation_pending(stop, seconds(2)).expect("it is next");
    journal.change(|it| abort_run(it, "enough", seconds(3))).expect("it is not over");
    assert!(!RestartDeadline::is_kept(journal.header()), "its stop was claimed");
    let start = journal.header().cursor.expect("its start is next");
    journal.mark_operation_pending(start, seconds(4)).expect("it is next");
    report(&mut journal, start.0, ReceiptOutcome::Skipped, seconds(5)).expect("it is claimed");
    assert!(journal.header().is_over());
    assert!(!RestartDeadline::is_kept(journal.header()), "a skipped start is still owed");
    let target = journal.spec(start).and_then(|spec| spec.target).expect("it has a target");
    journal.change(|it| settle_start(it, target, "it runs", seconds(6))).expect("it is owed");
    assert!(RestartDeadline::is_kept(journal.header()));
}
