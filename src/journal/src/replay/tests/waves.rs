//! Logs of runs that were claimed in waves and aborted: honest ones replay, forged ones do not.
//!
//! Both targets are at different depths: rows 4 and 5 are a wave each, 6 and 7 are one, 10 to 13 are one.

use super::{Log, Reason};
use crate::{
    Sequence,
    fixtures::{self, operator},
    journal::{
        Journal, JournalError, JournalView, ReceiptOutcome as Outcome, RunOutcome, RunState,
        abort_run,
    },
};

/// A run of which the snapshots are to be taken.
fn stopped() -> Log {
    Log::accepted().claim_wave(&[(4, 1)]).report(4, 1, 0, Outcome::Completed).claim(5, 1).report(
        5,
        1,
        1,
        Outcome::Completed,
    )
}

fn is_forged(log: &Log) -> bool {
    matches!(log.refusal(), Reason::Outcome { field: "operations", .. })
}

#[test]
fn a_log_of_a_run_in_waves_replays() {
    let log = stopped()
        .claim_wave(&[(6, 1), (7, 1)])
        .report(7, 1, 2, Outcome::Failed)
        .report(6, 1, 3, Outcome::Completed)
        .run(crate::api::AuditEventKind::OperationRetried { sequence: Sequence(7) }, None)
        .claim_wave(&[(7, 2)])
        .report(7, 2, 4, Outcome::Completed);
    let log = [8, 9].iter().zip(5..).fold(log, |log, (sequence, index)| {
        log.claim_wave(&[(*sequence, 1)]).report(*sequence, 1, index, Outcome::Completed)
    });
    let log = log
        .claim_wave(&[(10, 1), (12, 1)])
        .report(12, 1, 7, Outcome::Completed)
        .claim_wave(&[(13, 1)])
        .report(10, 1, 8, Outcome::Completed)
        .claim_wave(&[(11, 1)])
        .report(13, 1, 9, Outcome::Completed)
        .report(11, 1, 10, Outcome::Completed)
        .claim_wave(&[(14, 1)])
        .report(14, 1, 11, Outcome::Completed);
    let replay = log.replay();
    let summary = replay.runs().next().expect("the run").details().summary;
    assert_eq!(summary.state, RunState::Completed);
    assert_eq!(summary.outcome, Some(RunOutcome::Complete));
}

#[test]
fn a_log_of_a_run_that_was_aborted_replays() {
    let log = stopped().claim_wave(&[(6, 1), (7, 1)]).abort();
    let aborted_at = log.0.last().expect("an entry").event.time;
    let mut expected = Log::accepted().replay().runs().next().expect("the run").journal().clone();
    for (sequence, entry) in [(4, 2), (5, 4)] {
        let (claimed, reported) = (log.0[entry].event.time, log.0[entry + 1].event.time);
        expected.mark_operation_pending(Sequence(sequence), claimed).expect("it is next");
        record(&mut expected, sequence, reported);
    }
    expected.claim_operations(&(), 100, log.0[6].event.time).expect("the snapshots");
    expected.change(|it| abort_run(it, "the driver died", aborted_at)).expect("it is not over");
    let replayed = |log: &Log| log.replay().runs().next().expect("the run").journal().clone();
    assert_eq!(replayed(&log), expected);

    let log = log
        .claim_wave(&[(8, 1)])
        .report(6, 1, 2, Outcome::Completed)
        .report(8, 1, 3, Outcome::Completed)
        .claim(9, 1)
        .report(9, 1, 4, Outcome::Completed)
        .report(7, 1, 5, Outcome::Completed);
    let summary = replayed(&log).resume_summary();
    assert_eq!((summary.state, summary.starts_owed), (RunState::Aborted, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::Partial), "the last snapshot came too late");
}

fn record(journal: &mut Journal, sequence: u32, now: crate::Timestamp) {
    let header = journal.header();
    let attempt = journal.progress(Sequence(sequence)).expect("it is claimed").attempt;
    let receipt = crate::journal::OperationReceipt {
        attempt: Some(attempt),
        ..fixtures::receipt(journal, sequence, Outcome::Completed)
    };
    assert!(header.preflight_accepted());
    journal.record_operation_receipt(receipt, operator(), now).expect("it is claimed");
}

#[test]
fn what_is_listed_is_what_was_claimed() {
    assert!(is_forged(&stopped().claim_wave(&[(7, 1), (6, 1)])), "another order");
    assert!(is_forged(&stopped().claim_wave(&[(7, 1)])), "the first one is left out");
    assert!(is_forged(&stopped().claim_wave(&[(6, 1), (6, 1)])), "one of them twice");
    assert!(is_forged(&stopped().claim_wave(&[(6, 1), (7, 2)])), "another attempt");
    assert!(is_forged(&stopped().claim_wave(&[(6, 0), (7, 0)])), "no attempt");
    assert_eq!(stopped().claim_wave(&[]).refusal(), Reason::NoOperation);
}

#[test]
fn nothing_is_claimed_beyond_a_barrier() {
    assert!(is_forged(&Log::accepted().claim_wave(&[(4, 1), (5, 1)])), "a child with its parent");
    assert!(is_forged(&stopped().claim_wave(&[(6, 1), (7, 1), (8, 1)])), "a start");
    let claimed = stopped().claim_wave(&[(6, 1), (7, 1)]);
    assert!(is_forged(&claimed.clone().claim_wave(&[(8, 1)])), "a start while snapshots are taken");
    assert!(is_forged(&claimed.claim_wave(&[(6, 2)])), "what is claimed already");
    let aborted = stopped().abort();
    assert!(is_forged(&aborted.clone().claim_wave(&[(6, 1)])), "a snapshot after the abort");
    assert!(is_forged(&aborted.claim_wave(&[(8, 1), (9, 1)])), "a parent with its child");
}

#[test]
fn a_run_is_aborted_once_and_only_while_it_is_not_over() {
    let again = stopped().abort().abort().refusal();
    assert!(matches!(again, Reason::Journal(JournalError::RunAborted { .. })), "{again}");
    let claimed = Log::accepted().abort().claim_wave(&[(4, 1)]).refusal();
    assert!(matches!(claimed, Reason::Journal(JournalError::RunAborted { .. })), "{claimed}");
    let accepted = Log::created().abort().run(
        crate::api::AuditEventKind::PreflightAccepted { preflight_id: "preflight-1".into() },
        None,
    );
    let accepted = accepted.refusal();
    assert!(matches!(accepted, Reason::Journal(JournalError::RunAborted { .. })), "{accepted}");
    let blank = crate::api::AuditEventKind::RunAborted { reason: " ".to_string() };
    let blank = stopped().run(blank, None).refusal();
    assert!(matches!(blank, Reason::Journal(JournalError::MissingField { .. })), "{blank}");
}
