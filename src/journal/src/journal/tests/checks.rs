//! A stored journal that was damaged is found out; a sound one is not accused.

use crate::{
    Attempt, ReceiptIndex, Sequence,
    fixtures::{complete_until, journal, report, seconds},
    journal::{
        Artifact, AuthoritySet, Header, Journal, JournalView, OperationSpec, OperationState,
        OwedStart, Progress, ReceiptOutcome, ReceiptRecord, RowState, Violation, check_header,
        check_rows,
    },
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
}

impl JournalView for Damaged {
    fn header(&self) -> Header {
        self.header.clone()
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
        self.journal.receipt(index).filter(|_| !self.lost_receipts)
    }

    fn artifact(&self, target: &Principal) -> Option<Artifact> {
        self.journal.artifact(target)
    }

    fn owed_start(&self, target: &Principal) -> Option<OwedStart> {
        self.journal.owed_start(target)
    }

    fn proven(&self, set: AuthoritySet, target: &Principal) -> Option<ProvenAuthority> {
        self.journal.proven(set, target)
    }
}

/// A sound journal: both targets are stopped, and the first snapshot has failed.
fn sound() -> Damaged {
    let mut journal = journal();
    journal.accept_preflight_bundle(&"preflight-1".into(), seconds(1)).expect("the first one");
    complete_until(&mut journal, 6, seconds(2));
    journal.mark_next_operation_pending(seconds(3)).expect("row 6");
    report(&mut journal, 6, ReceiptOutcome::Failed, seconds(4)).expect("it is claimed");
    let header = journal.header();
    Damaged { journal, header, row: None, lost_row: None, lost_receipts: false }
}

/// What is found in the header and in every row.
fn violations(damaged: &Damaged) -> Vec<Violation> {
    let rows = check_rows(damaged, &damaged.header, Sequence(0), u32::MAX);
    check_header(damaged, &damaged.header).into_iter().chain(rows.violations).collect()
}

#[test]
fn a_sound_journal_is_not_accused() {
    let sound = sound();
    assert_eq!(violations(&sound), []);
    let rows = check_rows(&sound, &sound.header, Sequence(0), u32::MAX);
    assert_eq!(rows.tally, sound.header.tally);
    assert_eq!((rows.stops_completed, rows.starts_open), (2, 2));
}

#[test]
fn pages_add_up_to_the_whole() {
    let sound = sound();
    let whole = check_rows(&sound, &sound.header, Sequence(0), 100);
    let (mut checked, mut completed, mut next) = (0, 0, Some(Sequence(0)));
    while let Some(start) = next {
        let page = check_rows(&sound, &sound.header, start, 4);
        (checked, completed) = (checked + page.checked, completed + page.tally.completed);
        next = page.next;
    }
    assert_eq!((checked, completed), (whole.checked, whole.tally.completed));
    let past_the_end = check_rows(&sound, &sound.header, Sequence(u32::MAX), u32::MAX);
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
    assert_eq!(violations(&damaged), [Violation::BehindCursor { sequence: Sequence(5) }]);
}

#[test]
fn lost_receipts_are_found_also_that_of_the_next_operation() {
    let damaged = Damaged { lost_receipts: true, ..sound() };
    let of = |sequence| Violation::Receipt { sequence: Sequence(sequence) };
    assert_eq!(violations(&damaged), [of(4), of(5), of(6)]);
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
