//! A stored journal that was damaged is found out; a sound one is not accused.

mod rows;

use crate::{
    Attempt, ReceiptIndex, Sequence, Timestamp,
    fixtures::{accepted, complete_until, journal, orders, report, seconds, users},
    journal::{
        Artifact, AuthoritySet, Header, Journal, JournalView, OperationSpec, OperationState,
        OwedStart, Progress, Queue, ReceiptOutcome, ReceiptRecord, RowState, StoredCounts,
        Violation, check_counts, check_header, check_records, records,
    },
    plan::BackupOperationKind,
    preflight::ProvenAuthority,
};
use candid::Principal;

/// A journal of which some records are not what they should be.
struct Damaged {
    journal: Journal,
    header: Header,
    row: Option<(Sequence, Progress)>,
    lost_row: Option<Sequence>,
    lost_receipts: bool,
    receipt: Option<ReceiptRecord>,
    artifact: Option<Artifact>,
    owed: Option<OwedStart>,
    lost_target: bool,
    lost_lists: bool,
}

impl JournalView for Damaged {
    fn header(&self) -> &Header {
        &self.header
    }

    fn spec(&self, sequence: Sequence) -> Option<OperationSpec> {
        self.journal.spec(sequence).filter(|_| self.lost_row != Some(sequence))
    }

    fn progress(&self, sequence: Sequence) -> Option<Progress> {
        match self.row {
            Some((damaged, progress)) if damaged == sequence => Some(progress),
            _ => self.journal.progress(sequence),
        }
    }

    fn receipt(&self, index: ReceiptIndex) -> Option<ReceiptRecord> {
        let damaged = self.receipt.clone().filter(|damaged| damaged.index == index);
        damaged.or_else(|| self.journal.receipt(index)).filter(|_| !self.lost_receipts)
    }

    fn target(&self, position: u32) -> Option<Principal> {
        self.journal.target(position).filter(|_| !self.lost_target)
    }

    fn artifact(&self, target: &Principal) -> Option<Artifact> {
        self.artifact.clone().or_else(|| self.journal.artifact(target))
    }

    fn owed_start(&self, target: &Principal) -> Option<OwedStart> {
        self.owed.or_else(|| self.journal.owed_start(target))
    }

    fn proven(&self, set: AuthoritySet, target: &Principal) -> Option<ProvenAuthority> {
        self.journal.proven(set, target)
    }

    fn queued(&self, queue: Queue, from: Sequence) -> Option<Sequence> {
        self.journal.queued(queue, from).filter(|_| !self.lost_lists)
    }
}

/// A sound journal: both targets are stopped, and the first snapshot has failed.
fn sound() -> Damaged {
    let mut journal = accepted(journal());
    complete_until(&mut journal, 6, seconds(2));
    journal.mark_next_operation_pending(seconds(3)).expect("row 6");
    report(&mut journal, 6, ReceiptOutcome::Failed, seconds(4)).expect("it is claimed");
    of(journal)
}

/// A journal of which nothing is damaged yet.
fn of(journal: Journal) -> Damaged {
    let header = journal.header().clone();
    Damaged {
        journal,
        header,
        row: None,
        lost_row: None,
        lost_receipts: false,
        receipt: None,
        artifact: None,
        owed: None,
        lost_target: false,
        lost_lists: false,
    }
}

/// What is found in the header and in every row.
fn violations(damaged: &Damaged) -> Vec<Violation> {
    let rows = check_records(damaged, &damaged.header, 0, u32::MAX);
    check_header(damaged, &damaged.header).into_iter().chain(rows.violations).collect()
}

#[test]
fn a_sound_journal_is_not_accused() {
    let sound = sound();
    assert_eq!(violations(&sound), []);
    let rows = check_records(&sound, &sound.header, 0, u32::MAX);
    assert_eq!(rows.tally, sound.header.tally);
    assert_eq!((rows.stops_completed, rows.starts_open), (2, 2));
    assert_eq!((rows.starts_owed, rows.targets_with_snapshot, rows.targets_verified), (2, 0, 0));
    assert_eq!(u64::from(rows.checked), records(&sound.header));
}

#[test]
fn pages_add_up_to_the_whole() {
    let sound = sound();
    let whole = check_records(&sound, &sound.header, 0, 100);
    let (mut checked, mut completed, mut next) = (0, 0, Some(0));
    while let Some(start) = next {
        let page = check_records(&sound, &sound.header, start, 4);
        (checked, completed) = (checked + page.checked, completed + page.tally.completed);
        next = page.next;
    }
    assert_eq!((checked, completed), (whole.checked, whole.tally.completed));
    let past_the_end = check_records(&sound, &sound.header, u64::MAX, u32::MAX);
    assert_eq!((past_the_end.checked, past_the_end.next), (0, None));
}

#[test]
fn an_absurd_tally_is_found_and_does_not_overflow() {
    let mut damaged = sound();
    *damaged.header.tally.of(OperationState::Completed) = u32::MAX;
    assert_eq!(violations(&damaged), [Violation::TallyTotal]);
}

#[test]
fn a_cursor_that_was_moved_is_found() {
    let mut damaged = sound();
    damaged.header.cursor = Some(Sequence(7));
    assert_eq!(violations(&damaged), [Violation::BehindCursor { sequence: Sequence(6) }]);
    for wrong in [Some(Sequence(4)), Some(Sequence(15)), None] {
        damaged.header.cursor = wrong;
        assert!(violations(&damaged).contains(&Violation::Cursor), "{wrong:?}");
    }
}

#[test]
fn a_claimed_row_behind_the_cursor_is_found() {
    let mut damaged = sound();
    let claimed = Progress {
        state: RowState::Pending,
        attempt: Attempt(2),
        ..damaged.journal.progress(Sequence(5)).expect("it was completed")
    };
    damaged.row = Some((Sequence(5), claimed));
    let sequence = Sequence(5);
    let expected = [Violation::BehindCursor { sequence }, Violation::NotListed { sequence }];
    assert_eq!(violations(&damaged), expected);
}

#[test]
fn rows_that_are_missing_in_the_lists_are_found() {
    let damaged = Damaged { lost_lists: true, ..sound() };
    let missing = |sequence| Violation::NotListed { sequence: Sequence(sequence) };
    // The failed snapshot, and the starts of the two targets that are stopped.
    assert_eq!(violations(&damaged), [6, 8, 9].map(missing));
}

#[test]
fn a_claimed_row_behind_the_frontier_is_found() {
    let mut damaged = sound();
    damaged.header.frontier = Some(Sequence(5));
    let beyond = |sequence| Violation::BeyondFrontier { sequence: Sequence(sequence) };
    assert_eq!(violations(&damaged), [5, 6].map(beyond));
}

#[test]
fn lost_receipts_are_found_also_that_of_the_next_operation() {
    let damaged = Damaged { lost_receipts: true, ..sound() };
    let of = |sequence| Violation::Receipt { sequence: Sequence(sequence) };
    let missing =
        [0, 1, 2].map(|index| Violation::MissingReceipt { receipt_index: ReceiptIndex(index) });
    let rows = [of(4), of(5), of(6)];
    assert_eq!(violations(&damaged), [rows, missing].concat());
}

#[test]
fn a_receipt_that_does_not_fit_its_row_is_found() {
    let mut damaged = sound();
    let skipped = Progress {
        state: RowState::Skipped,
        ..damaged.journal.progress(Sequence(5)).expect("it was completed")
    };
    damaged.row = Some((Sequence(5), skipped));
    assert_eq!(violations(&damaged), [Violation::Receipt { sequence: Sequence(5) }]);
}

#[test]
fn a_lost_row_is_found() {
    let damaged = Damaged { lost_row: Some(Sequence(9)), ..sound() };
    assert_eq!(violations(&damaged), [Violation::MissingSequence { sequence: Sequence(9) }]);
}

#[test]
fn a_row_that_moved_before_preflight_is_found() {
    let mut damaged = sound();
    damaged.header.preflight = None;
    let early = Violation::MutationBeforePreflight { sequence: Sequence(4) };
    assert!(violations(&damaged).contains(&early));
}

#[test]
fn more_starts_owed_than_targets_are_found() {
    let mut damaged = sound();
    damaged.header.starts_owed = 3;
    assert_eq!(violations(&damaged), [Violation::RestartCounters]);
}

#[test]
fn more_verified_downloads_than_snapshots_are_found() {
    let mut damaged = sound();
    damaged.header.verified_targets = damaged.header.snapshot_targets + 1;
    assert_eq!(violations(&damaged), [Violation::ArtifactCounters]);
    damaged.header.snapshot_targets = damaged.header.targets + 1;
    assert_eq!(violations(&damaged), [Violation::ArtifactCounters]);
}

/// Every receipt is checked, not only the latest of a row.
#[test]
fn a_stored_receipt_that_would_be_refused_is_found() {
    let index = ReceiptIndex(0);
    let record = sound().journal.receipt(index).expect("the first stop was reported");
    let damage = |change: &dyn Fn(&mut ReceiptRecord)| {
        let mut receipt = record.clone();
        change(&mut receipt);
        let found = violations(&Damaged { receipt: Some(receipt), ..sound() });
        found.contains(&Violation::StoredReceipt { receipt_index: index })
    };
    assert!(!damage(&|_| {}), "it is as it was");
    let now = sound().header.updated_at;
    let changes: [&dyn Fn(&mut ReceiptRecord); 12] = [
        &|record| record.receipt.plan_id = "other".into(),
        &|record| record.receipt.run_id = "other".into(),
        &|record| record.receipt.preflight_id = None,
        &|record| record.receipt.operation_id.clear(),
        &|record| record.receipt.kind = BackupOperationKind::Start,
        &|record| record.receipt.target_canister_id = None,
        &|record| record.receipt.sequence = Sequence(99),
        &|record| record.receipt.attempt = Some(Attempt(0)),
        &|record| record.receipt.attempt = Some(Attempt(2)),
        &|record| record.receipt.failure_reason = Some("and yet".to_string()),
        &|record| record.recorded_at = Timestamp(now.0 + 1),
        &|record| record.receipt.performed_at = Some(Timestamp(record.recorded_at.0 + 1)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(damage(change), "change {number}");
    }
}

#[test]
fn what_a_target_cannot_have_is_found() {
    let late = Timestamp(sound().header.updated_at.0 + 1);
    let damaged = [
        Damaged { artifact: Some(Artifact::default()), ..sound() },
        Damaged { owed: Some(OwedStart::after_claim(None, late)), ..sound() },
    ];
    for damaged in damaged {
        let wrong = |canister_id| Violation::Target { canister_id };
        assert_eq!(violations(&damaged), [wrong(orders()), wrong(users())]);
    }
    let lost = violations(&Damaged { lost_target: true, ..sound() });
    assert_eq!(lost, [0, 1].map(|position| Violation::MissingTarget { position }));
}

#[test]
fn records_that_belong_to_nothing_are_found_by_their_number() {
    let header = sound().header;
    let stored = StoredCounts {
        progress: 3,
        receipts: 3,
        listed: 3,
        artifacts: 0,
        owed_starts: 2,
        downtimes: 0,
    };
    assert_eq!(check_counts(&header, stored), []);
    let full = StoredCounts { progress: 15, artifacts: 2, ..stored };
    assert_eq!(check_counts(&header, full), []);
    for (of, expected, stored) in [
        ("receipts", 3, StoredCounts { receipts: 4, ..stored }),
        ("receipts", 3, StoredCounts { receipts: 2, ..stored }),
        ("owed starts", 2, StoredCounts { owed_starts: 3, ..stored }),
        ("owed starts", 2, StoredCounts { owed_starts: 1, ..stored }),
        ("downtimes", 0, StoredCounts { downtimes: 1, ..stored }),
        ("touched operations", 15, StoredCounts { progress: 16, ..stored }),
        ("artifacts", 2, StoredCounts { artifacts: 3, ..stored }),
    ] {
        let found = check_counts(&header, stored);
        assert!(
            matches!(
                found.as_slice(),
                [Violation::StoredCount { of: kind, expected: must, .. }]
                    if kind == of && *must == expected
            ),
            "{found:?}"
        );
    }
}
