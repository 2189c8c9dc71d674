//! Operations are claimed one after the other, reported on, and retried.

use crate::{
    Attempt, Sequence,
    fixtures::{accepted, complete_until, journal, orders, report, seconds, users},
    journal::{
        Journal, JournalError, JournalView, OperationState, ReceiptOutcome, RunState, Stage, Tally,
        retry_failed_operation,
    },
};

/// A journal whose preflight was accepted by its id.
fn open() -> Journal {
    accepted(journal())
}

#[test]
fn a_new_journal_waits_for_preflight() {
    let journal = journal();
    let rows = journal.operations();
    assert!(rows[..4].iter().all(|row| row.state == OperationState::Ready && row.reason.is_none()));
    assert!(rows[4..].iter().all(|row| {
        row.state == OperationState::Blocked
            && row.reason.as_deref() == Some("preflight-not-accepted")
    }));
    let summary = journal.resume_summary();
    assert_eq!(summary.state, RunState::AwaitingPreflight);
    assert_eq!(summary.operations, Tally { ready: 4, blocked: 11, ..Tally::default() });
    assert_eq!(summary.next_operation.map(|next| next.sequence), Some(Sequence(0)));
}

#[test]
fn operations_are_claimed_in_their_order() {
    let mut journal = open();
    assert_eq!(
        journal.mark_operation_pending(Sequence(5), seconds(2)),
        Err(JournalError::OutOfOrderOperationTransition {
            requested: Sequence(5),
            next: Sequence(4)
        })
    );
    assert_eq!(journal.mark_operation_pending(Sequence(4), seconds(2)), Ok(()));
    let row = &journal.operations()[4];
    assert_eq!((row.state, row.attempt), (OperationState::Pending, Attempt(1)));
    assert_eq!(row.state_updated_at, Some(seconds(2)));
}

#[test]
fn what_is_claimed_cannot_be_claimed_again() {
    let mut journal = open();
    journal.mark_next_operation_pending(seconds(2)).expect("row 4");
    assert_eq!(
        journal.mark_next_operation_pending(seconds(3)),
        Err(JournalError::InvalidOperationTransition {
            sequence: Sequence(4),
            from: OperationState::Pending,
            to: OperationState::Pending
        })
    );
}

#[test]
fn a_failed_operation_is_next_until_it_succeeds() {
    let mut journal = open();
    journal.mark_next_operation_pending(seconds(2)).expect("row 4");
    report(&mut journal, 4, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    let summary = journal.resume_summary();
    assert_eq!(summary.state, RunState::Failed);
    let next = summary.next_operation.expect("row 4");
    assert_eq!((next.sequence, next.state), (Sequence(4), OperationState::Failed));
    assert_eq!(next.reason.as_deref(), Some("out of cycles"));

    assert_eq!(journal.change(|it| retry_failed_operation(it, Sequence(4), seconds(4))), Ok(()));
    let row = &journal.operations()[4];
    assert_eq!((row.state, &row.reason), (OperationState::Ready, &None));
    journal.mark_next_operation_pending(seconds(5)).expect("row 4");
    assert_eq!(journal.operations()[4].attempt, Attempt(2));
}

#[test]
fn a_failed_operation_can_be_claimed_without_a_retry() {
    let mut journal = open();
    journal.mark_next_operation_pending(seconds(2)).expect("row 4");
    report(&mut journal, 4, ReceiptOutcome::Failed, seconds(3)).expect("it is claimed");
    assert_eq!(journal.mark_next_operation_pending(seconds(4)), Ok(()));
    assert_eq!(journal.operations()[4].state, OperationState::Pending);
}

#[test]
fn only_what_failed_is_retried() {
    let mut journal = open();
    assert_eq!(
        journal.change(|it| retry_failed_operation(it, Sequence(4), seconds(2))),
        Err(JournalError::OperationNotFailed {
            sequence: Sequence(4),
            state: OperationState::Ready
        })
    );
    assert_eq!(
        journal.change(|it| retry_failed_operation(it, Sequence(15), seconds(2))),
        Err(JournalError::OperationNotFound { sequence: Sequence(15) })
    );
}

#[test]
fn a_run_ends_with_every_operation_completed_or_skipped() {
    use Stage::{Finalize, Snapshot, Start, Stop, Transfer};
    let mut journal = open();
    let stages: Vec<Option<Stage>> = (4..=15)
        .map(|end| {
            complete_until(&mut journal, end, seconds(2));
            journal.resume_summary().stage
        })
        .collect();
    let expected = [
        Stop, Stop, Snapshot, Snapshot, Start, Start, Transfer, Transfer, Transfer, Transfer,
        Finalize,
    ];
    assert_eq!(stages[..11], expected.map(Some));
    assert_eq!(stages[11], None);
    assert_eq!(journal.resume_summary().state, RunState::Completed);
    assert_eq!(
        journal.mark_next_operation_pending(seconds(3)),
        Err(JournalError::NoTransitionableOperation)
    );
}

#[test]
fn the_run_knows_what_it_has_of_each_target() {
    let mut journal = open();
    complete_until(&mut journal, 12, seconds(2));
    let of_orders = journal.artifact(&orders()).expect("it was downloaded and verified");
    assert_eq!(of_orders.snapshot_id.as_deref(), Some("snapshot"));
    assert_eq!(of_orders.snapshot_recorded_at, Some(seconds(2)));
    assert_eq!(of_orders.artifact_path.as_deref(), Some("/backups/snapshot"));
    assert_eq!(of_orders.checksum.as_deref(), Some("c0ffee"));
    let of_users = journal.artifact(&users()).expect("it has a snapshot");
    assert_eq!((of_users.artifact_path, of_users.checksum), (None, None));
}

/// Metrics and programs compare these names.
#[test]
fn the_states_of_runs_have_the_names_of_the_interface_in_snake_case() {
    for state in RunState::ALL {
        let name = format!("{state:?}");
        let snake = name.chars().fold(String::new(), |mut text, character| {
            if character.is_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.extend(character.to_lowercase());
            text
        });
        assert_eq!(state.name(), snake);
    }
}
