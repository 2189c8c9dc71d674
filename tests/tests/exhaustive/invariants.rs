//! What every call must leave intact.

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
            _ => assert_eq!(row.reason, None, "{row:?}"),
        }
        let blocked = !row.kind.is_preflight() && !header.preflight_accepted();
        assert_eq!(row.state == OperationState::Blocked, blocked, "{row:?}");
    }
    assert!(header.tally.pending <= 1, "two operations are claimed at once");
    assert_eq!(check_header(journal, &header), []);
    let checked = check_records(journal, &header, 0, u32::MAX);
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
        matches!(row.state, State::Ready | State::Pending | State::Failed)
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

/// What holds between a journal and the one that a call makes of it.
pub fn check_step(before: &Journal, after: &Journal) {
    let (kept, now_kept) = (before.receipts(), after.receipts());
    assert!(now_kept.starts_with(kept), "a receipt was lost or changed");
    assert!(now_kept.len() <= kept.len() + 1, "one call left two receipts");
    for (before, after) in before.operations().iter().zip(after.operations()) {
        assert!(before.attempt <= after.attempt, "an attempt went down");
        assert!(after.attempt.0 <= before.attempt.0 + 1, "one call made two attempts");
        let over = matches!(before.state, OperationState::Completed | OperationState::Skipped);
        let replaced_by_preflight =
            before.kind.is_preflight() && after.state == OperationState::Completed;
        assert!(!over || before.state == after.state || replaced_by_preflight, "{after:?}");
    }
}
