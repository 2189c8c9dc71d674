//! Rows that contradict their receipts and their lists.

use super::{super::restore, Damaged, of, sound, violations};
use crate::{
    Attempt, Sequence, Timestamp,
    journal::{JournalView, Progress, RowState, Violation},
};

#[test]
fn a_roll_back_that_is_missing_in_the_lists_is_found() {
    let mut journal = restore::open();
    restore::complete_until(&mut journal, 12);
    let load = Sequence(12);
    journal.mark_operation_pending(load, restore::later(&journal)).expect("it is the next one");
    let damaged = Damaged { lost_lists: true, ..of(journal) };
    let missing = |sequence| Violation::NotListed { sequence: Sequence(sequence) };
    // The load, the roll back of its target, and the starts of the two targets that are stopped.
    assert_eq!(violations(&damaged), [12, 14, 16, 17].map(missing));
}

/// What a row says of its last receipt, and what cannot be so.
#[test]
fn a_row_that_its_last_receipt_contradicts_is_found() {
    let sound = sound();
    let progress = |sequence| sound.journal.progress(Sequence(sequence)).expect("it was reported");
    let of_another = Progress { last_receipt: progress(4).last_receipt, ..progress(5) };
    let done_and_ready = Progress { state: RowState::Ready, ..progress(5) };
    // A claim after a failure is another attempt.
    let claimed_again = Progress { state: RowState::Pending, ..progress(6) };
    for (sequence, row) in [(5, of_another), (5, done_and_ready), (6, claimed_again)] {
        let mut damaged = self::sound();
        damaged.row = Some((Sequence(sequence), row));
        let wrong = Violation::Receipt { sequence: Sequence(sequence) };
        assert!(violations(&damaged).contains(&wrong), "{row:?}");
    }
}

#[test]
fn a_row_that_cannot_have_moved_so_is_found() {
    let sound = sound();
    let row = sound.journal.progress(Sequence(6)).expect("it failed");
    let late = Timestamp(sound.header.updated_at.0 + 1);
    for progress in [
        Progress { updated_at: late, ..row },
        Progress { attempt: Attempt(0), state: RowState::Pending, last_receipt: None, ..row },
    ] {
        let mut damaged = self::sound();
        damaged.row = Some((Sequence(6), progress));
        let wrong = Violation::Row { sequence: Sequence(6) };
        assert!(violations(&damaged).contains(&wrong), "{progress:?}");
    }
}
