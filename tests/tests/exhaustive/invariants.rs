//! What every call must leave intact.

use crate::REASON;
use backup_journal::{
    Sequence, Timestamp,
    journal::{
        Journal, JournalView, Operation, OperationState, OwedStart, PREFLIGHT_NOT_ACCEPTED, Queue,
        ReceiptOutcome, StopOutcome, Tally, check_header, check_records,
    },
    plan::BackupOperationKind,
};
use candid::Principal;
use std::collections::BTreeMap;

/// What holds of every journal.
pub fn check(journal: &Journal) {
    let header = journal.header();
    let rows = journal.operations();
    check_rows_agree(journal, &rows);
    for row in &rows {
        match row.state {
            OperationState::Blocked => {
                assert_eq!(row.reason.as_deref(), Some(PREFLIGHT_NOT_ACCEPTED));
            }
            OperationState::Failed => assert_eq!(row.reason.as_deref(), Some("reason")),
            OperationState::Skipped if header.abort.is_some() => {
                assert!(row.reason.as_deref().is_none_or(|reason| reason == REASON), "{row:?}");
            }
            _ => assert_eq!(row.reason, None, "{row:?}"),
        }
        let awaiting = !header.preflight_accepted() && header.abort.is_none();
        let blocked = !row.kind.is_preflight() && awaiting;
        assert_eq!(row.state == OperationState::Blocked, blocked, "{row:?}");
    }
    let claimed = rows.iter().filter(|row| row.state == OperationState::Pending);
    let mut waves: Vec<_> = claimed.map(|row| wave(row.sequence)).collect();
    waves.dedup();
    assert!(waves.len() <= 1 || header.abort.is_some(), "two waves are claimed at once");
    assert_eq!(check_header(journal, header), []);
    let checked = check_records(journal, header, 0, u32::MAX);
    assert_eq!(checked.violations, []);
    assert_eq!(checked.tally, header.tally);
    assert_eq!(checked.stops_completed, header.stops_completed);
    assert_eq!(checked.starts_open, header.starts_open);
}

/// Everything that the header counts, counted again.
fn check_rows_agree(journal: &Journal, rows: &[Operation]) {
    let header = journal.header();
    let mut tally = Tally::default();
    for row in rows {
        *tally.of(row.state) += 1;
    }
    assert_eq!(header.tally, tally);
    let claimed = rows.iter().find(|row| row.state == OperationState::Pending);
    let listed = [Queue::Claimed, Queue::StartClaimed]
        .into_iter()
        .find_map(|queue| journal.queued(queue, Sequence(0)));
    assert_eq!(listed, claimed.map(|row| row.sequence));
    let next = rows.iter().find(|row| {
        use OperationState as State;
        let counts = header.abort.is_none() || row.kind == BackupOperationKind::Start;
        counts && matches!(row.state, State::Ready | State::Pending | State::Failed)
    });
    assert_eq!(header.cursor, next.map(|row| row.sequence));
    assert_eq!(journal.resume_summary().next_operation.as_ref(), next);

    let of = |kind| rows.iter().filter(move |row| row.kind == kind);
    let stopped = of(BackupOperationKind::Stop).any(|row| row.state == OperationState::Completed);
    let unstarted = of(BackupOperationKind::Start)
        .any(|row| !matches!(row.state, OperationState::Completed | OperationState::Skipped));
    assert_eq!(header.restart_required(), stopped && unstarted);

    assert_eq!(header.starts_owed as usize, journal.starts_owed().len());
}

/// A start is owed from the first claim of the stop, at `claimed`, until a start is completed, whatever else is
/// reported.
pub fn check_starts_owed(journal: &Journal, claimed: &BTreeMap<Principal, Timestamp>) {
    let rows = journal.operations();
    let row = |kind, target| {
        let found = rows.iter().find(|row| row.kind == kind && row.target_canister_id == target);
        found.expect("each target is stopped and started").state
    };
    let mut owed = BTreeMap::new();
    for (target, claimed_at) in claimed {
        let start = row(BackupOperationKind::Start, Some(*target));
        let stopped_at = journal.receipts().iter().find(|kept| {
            kept.receipt.kind == BackupOperationKind::Stop
                && kept.receipt.target_canister_id == Some(*target)
                && kept.receipt.outcome == ReceiptOutcome::Completed
        });
        if start != OperationState::Completed {
            let expected = OwedStart {
                since: stopped_at.map_or(*claimed_at, |kept| kept.recorded_at),
                stop: stopped_at.map_or(StopOutcome::Unknown, |_| StopOutcome::Stopped),
                start_skipped: start == OperationState::Skipped,
            };
            owed.insert(*target, expected);
        }
    }
    assert_eq!(journal.starts_owed(), &owed);
}

/// What holds of operations that were claimed in one call: they belong to one wave, and all in front of it is over. In
/// an aborted run only starts are claimed. An empty answer says that the wave is all claimed.
pub fn check_claim(before: &Journal, claimed: &[Operation], limit: u32) {
    let (header, rows) = (before.header(), before.operations());
    let next = header.cursor.expect("there is a next operation");
    let at_hand =
        |row: &&Operation| wave(row.sequence) == wave(next) && row.state == OperationState::Ready;
    let expected = rows.iter().filter(at_hand).take(limit as usize);
    let sequences = |rows: &[&Operation]| rows.iter().map(|row| row.sequence).collect::<Vec<_>>();
    let expected = sequences(&expected.collect::<Vec<_>>());
    assert_eq!(sequences(&claimed.iter().collect::<Vec<_>>()), expected);
    let start = |row: &Operation| row.kind == BackupOperationKind::Start;
    assert!(header.abort.is_none() || claimed.iter().all(start));
    let in_front = rows.iter().filter(|row| wave(row.sequence) < wave(next));
    let mut open = in_front.filter(|row| !is_over(row) && (header.abort.is_none() || start(row)));
    assert_eq!(open.next(), None, "an operation was claimed before its barrier was over");
}

/// Preflight rows are done one by one. Both stops are a wave, the snapshot is one, and both starts are.
const fn wave(sequence: Sequence) -> u32 {
    match sequence.0 {
        0..4 => sequence.0,
        4..6 => 4,
        6 => 5,
        _ => 6,
    }
}

const fn is_over(row: &Operation) -> bool {
    matches!(row.state, OperationState::Completed | OperationState::Skipped)
}

/// What holds between a journal and the one that a call makes of it, which may leave so many receipts.
pub fn check_step(before: &Journal, after: &Journal, receipts: usize) {
    let (kept, now_kept) = (before.receipts(), after.receipts());
    assert!(now_kept.starts_with(kept), "a receipt was lost or changed");
    assert!(now_kept.len() <= kept.len() + receipts, "one call left too many receipts");
    let (was, is) = (before.header(), after.header());
    if let (Some(_), Some(outcome), Some(now)) = (&was.abort, was.outcome(), is.outcome()) {
        assert_eq!(now, outcome, "a late receipt has changed the outcome of an aborted run");
    }
    for (before, after) in before.operations().iter().zip(after.operations()) {
        assert!(before.attempt <= after.attempt, "an attempt went down");
        assert!(after.attempt.0 <= before.attempt.0 + 1, "one call made two attempts");
        let replaced_by_preflight =
            before.kind.is_preflight() && after.state == OperationState::Completed;
        // In an aborted run a stop may turn out to be later than a start that was done or skipped.
        let started_again = is.abort.is_some()
            && before.kind == BackupOperationKind::Start
            && before.attempt.0 > 0
            && after.state == OperationState::Ready;
        let same = before.state == after.state;
        assert!(!is_over(before) || same || replaced_by_preflight || started_again, "{after:?}");
    }
}
