//! What a run is worth: only what was saved counts.

use super::restore;
use crate::{
    fixtures::{accepted, backup_until, complete_until, journal, report, seconds},
    journal::{Journal, JournalView, OperationState, ReceiptOutcome, RunOutcome, RunState},
};

/// A run of two targets that is over, whose operations at `skipped` were skipped.
fn over(skipped: &[u32]) -> Journal {
    let mut journal = accepted(journal());
    for sequence in skipped {
        complete_until(&mut journal, *sequence, seconds(2));
        journal.mark_next_operation_pending(seconds(3)).expect("it is next");
        report(&mut journal, *sequence, ReceiptOutcome::Skipped, seconds(4)).expect("claimed");
    }
    complete_until(&mut journal, 15, seconds(5));
    assert_eq!(journal.header().state(), RunState::Completed);
    journal
}

#[test]
fn a_run_is_worth_what_it_has_saved() {
    let all: Vec<u32> = (4..15).collect();
    let cases = [
        (vec![], RunOutcome::Complete),
        (vec![14], RunOutcome::Complete),
        (vec![4, 5, 8, 9], RunOutcome::Complete),
        (vec![11], RunOutcome::OnNetwork),
        (vec![12], RunOutcome::OnNetwork),
        (vec![10, 11, 12, 13], RunOutcome::OnNetwork),
        (vec![6], RunOutcome::Partial),
        (vec![7, 12, 13], RunOutcome::Partial),
        (vec![6, 7], RunOutcome::Nothing),
        (all, RunOutcome::Nothing),
    ];
    for (skipped, outcome) in cases {
        let summary = over(&skipped).resume_summary();
        assert_eq!(summary.outcome, Some(outcome), "without {skipped:?}");
    }
}

#[test]
fn a_run_that_is_not_over_has_no_outcome_and_tells_how_far_it_is() {
    let mut journal = accepted(journal());
    let counts: Vec<(u32, u32)> = (4..15)
        .map(|end| {
            complete_until(&mut journal, end, seconds(2));
            let summary = journal.resume_summary();
            assert_eq!(summary.outcome, None);
            (summary.targets_with_snapshot, summary.targets_verified)
        })
        .collect();
    let snapshots: Vec<u32> = counts.iter().map(|(snapshots, _)| *snapshots).collect();
    let verified: Vec<u32> = counts.iter().map(|(_, verified)| *verified).collect();
    assert_eq!(snapshots, [0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(verified, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2]);
}

#[test]
fn outcomes_are_ordered_by_what_they_are_worth() {
    use RunOutcome::{Complete, Nothing, OnNetwork, Partial};
    assert!(Nothing < Partial && Partial < OnNetwork && OnNetwork < Complete);
}

#[test]
fn a_backup_is_on_the_network_once_its_canisters_run_again() {
    assert!(!journal().header().is_on_network());
    for end in 4..15 {
        let expected = end >= 10;
        assert_eq!(backup_until(end).header().is_on_network(), expected, "in front of row {end}");
    }
    assert!(!over(&[6]).header().is_on_network());
    let mut restore = restore::open();
    restore::complete_until(&mut restore, 21);
    assert!(!restore.header().is_on_network());
}

#[test]
fn a_state_is_called_as_it_is_written() {
    for state in OperationState::ALL {
        assert_eq!(state.name(), format!("{state:?}").to_lowercase());
    }
}
