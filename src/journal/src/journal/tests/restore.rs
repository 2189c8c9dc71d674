//! Restores: no target is started while some have their old state and others the restored one.

use super::abort::assert_sound;
use crate::{
    Sequence, Timestamp,
    fixtures::{accepted, operator, receipt, restore_plan, seconds},
    journal::{
        Artifact, Journal, JournalError, JournalView, OperationReceipt, OperationState as State,
        ReceiptOutcome, RestoreProgress, RunOutcome, RunState, abort_run, record_deletion,
        retry_failed_operation, roll_back_run,
    },
    plan::{BackupOperationKind as Kind, Saved, SnapshotPlace},
};

const REASON: &str = "a member cannot be restored";

/// Rows 4 and 5 verify artifacts, 6 and 7 upload, 8 and 9 stop, 10 and 11 take the safety snapshots, 12 and 13 load, 14
/// and 15 roll back, 16 and 17 start, 18 and 19 verify the members, and 20 finalizes.
pub(super) fn open() -> Journal {
    let plan = restore_plan(SnapshotPlace::Folder).validate().expect("it is valid");
    accepted(Journal::new(plan, seconds(0)))
}

pub(super) fn later(journal: &Journal) -> Timestamp {
    Timestamp(journal.header().updated_at.0 + 1)
}

/// A receipt that names the snapshot that belongs to the operation.
pub(super) fn fitting(
    journal: &Journal,
    sequence: u32,
    outcome: ReceiptOutcome,
) -> OperationReceipt {
    let receipt = receipt(journal, sequence, outcome);
    let snapshot = match receipt.kind {
        Kind::CreateSnapshot | Kind::RollBack => "safety",
        _ => "restored",
    };
    OperationReceipt { snapshot_id: Some(snapshot.to_string()), ..receipt }
}

pub(super) fn report(journal: &mut Journal, sequence: u32, outcome: ReceiptOutcome) {
    let (receipt, now) = (fitting(journal, sequence, outcome), later(journal));
    journal.record_operation_receipt(receipt, operator(), now).expect("it is claimed");
}

fn claim(journal: &mut Journal) -> Vec<u32> {
    let now = later(journal);
    let claimed = journal.claim_operations(&(), 100, now).expect("something is left");
    claimed.iter().map(|operation| operation.sequence.0).collect()
}

/// Claims and completes what comes in front of `end`, one by one.
pub(super) fn complete_until(journal: &mut Journal, end: u32) {
    while let Some(next) = journal.header().cursor.filter(|next| next.0 < end) {
        let now = later(journal);
        journal.mark_operation_pending(next, now).expect("it is the next one");
        report(journal, next.0, ReceiptOutcome::Completed);
    }
}

fn complete_all(journal: &mut Journal) -> Vec<Vec<u32>> {
    let mut waves = Vec::new();
    while journal.header().cursor.is_some() {
        let wave = claim(journal);
        assert_ne!(wave, [0; 0], "it does not go on");
        for sequence in &wave {
            report(journal, *sequence, ReceiptOutcome::Completed);
            assert_sound(journal);
        }
        waves.push(wave);
    }
    waves
}

pub(super) fn states(journal: &Journal, kind: Kind) -> Vec<State> {
    let rows = journal.operations();
    rows.iter().filter(|row| row.kind == kind).map(|row| row.state).collect()
}

#[test]
fn a_restore_is_done_in_waves_and_leaves_out_what_would_roll_it_back() {
    let mut journal = open();
    let waves = complete_all(&mut journal);
    let expected: [&[u32]; 11] =
        [&[4, 5], &[6, 7], &[8], &[9], &[10, 11], &[12, 13], &[16], &[17], &[18, 19], &[20], &[]];
    assert_eq!(waves, expected[..10]);
    assert_eq!(states(&journal, Kind::RollBack), [State::Skipped; 2]);
    let summary = journal.resume_summary();
    assert_eq!((summary.state, summary.outcome), (RunState::Completed, Some(RunOutcome::Restored)));
    let expected = RestoreProgress {
        loads: 2,
        loads_claimed: 2,
        loads_over: 2,
        verified: 2,
        ..RestoreProgress::default()
    };
    assert_eq!(summary.restore, Some(expected));
    for target in &journal.plan().targets {
        let artifact = journal.artifact(&target.canister_id).expect("it was restored");
        assert_eq!(artifact.snapshot_id.as_deref(), Some("safety"));
        assert_eq!(artifact.uploaded_snapshot_id.as_deref(), Some("restored"));
        assert_eq!(artifact.loaded_snapshot_id.as_deref(), Some("restored"));
        assert_eq!(artifact.checksum.as_deref(), Some("c0ffee"));
    }
}

#[test]
fn from_the_first_load_to_the_last_the_run_cannot_be_aborted() {
    let steps = [
        (12, false, false, RunOutcome::Nothing),
        (12, true, true, RunOutcome::Partial),
        (13, false, true, RunOutcome::Partial),
        (13, true, true, RunOutcome::Partial),
        (16, false, false, RunOutcome::Partial),
        (18, false, false, RunOutcome::Partial),
    ];
    for (next, claimed, contained, outcome) in steps {
        let mut journal = open();
        complete_until(&mut journal, next);
        if claimed {
            journal.mark_next_operation_pending(seconds(9)).expect("it is the next one");
        }
        assert_eq!(journal.header().is_contained(), contained, "{next} {claimed}");
        let before = journal.clone();
        let aborted = journal.change(|it| abort_run(it, REASON, later(&before)));
        if contained {
            let loaded = next - 12;
            assert_eq!(aborted, Err(JournalError::Contained { loaded, loads: 2 }));
            assert_eq!(journal, before);
            assert_eq!(journal.resume_summary().state, RunState::Contained);
            continue;
        }
        assert_eq!(aborted, Ok(()));
        assert_sound(&journal);
        let starts = complete_all(&mut journal);
        assert_eq!(starts.len(), if next < 18 { 2 } else { 0 });
        assert_eq!(journal.resume_summary().outcome, Some(outcome), "{next}");
        assert_eq!(journal.header().starts_owed, 0);
        assert_eq!(states(&journal, Kind::RollBack), [State::Skipped; 2]);
    }
}

#[test]
fn a_contained_run_starts_nothing() {
    let mut journal = open();
    complete_until(&mut journal, 12);
    assert_eq!(claim(&mut journal), [12, 13]);
    report(&mut journal, 12, ReceiptOutcome::Completed);
    report(&mut journal, 13, ReceiptOutcome::Failed);
    assert_eq!(claim(&mut journal), [0; 0]);
    let now = later(&journal);
    assert_eq!(
        journal.mark_operation_pending(Sequence(16), now),
        Err(JournalError::OutOfOrderOperationTransition {
            requested: Sequence(16),
            next: Sequence(13)
        })
    );
    journal.change(|it| retry_failed_operation(it, Sequence(13), now)).expect("it failed");
    assert_eq!(claim(&mut journal), [13]);
    report(&mut journal, 13, ReceiptOutcome::Completed);
    assert!(!journal.header().is_contained());
    assert_eq!(claim(&mut journal), [16]);
}

#[test]
fn a_contained_run_is_rolled_back_where_a_load_was_claimed() {
    let outcomes = [ReceiptOutcome::Completed, ReceiptOutcome::Failed, ReceiptOutcome::Skipped];
    for outcome in outcomes {
        let mut journal = open();
        complete_until(&mut journal, 12);
        journal.mark_next_operation_pending(seconds(9)).expect("the first load");
        let now = later(&journal);
        let early = journal.change(|it| roll_back_run(it, REASON, now));
        assert_eq!(early, Err(JournalError::LoadsClaimed { claimed: 1 }));
        report(&mut journal, 12, outcome);
        journal.change(|it| roll_back_run(it, REASON, now)).expect("some may be loaded");
        assert_sound(&journal);
        assert_eq!(journal.resume_summary().state, RunState::Contained);
        assert_eq!(states(&journal, Kind::RollBack), [State::Ready, State::Skipped]);
        assert_eq!(states(&journal, Kind::Start), [State::Ready; 2]);
        assert_eq!(journal.operations()[13].reason.as_deref(), Some(REASON));
        let aborted = journal.change(|it| abort_run(it, "again", now));
        assert!(matches!(aborted, Err(JournalError::RunAborted { .. })), "{aborted:?}");
        assert_eq!(claim(&mut journal), [14]);
        report(&mut journal, 14, ReceiptOutcome::Failed);
        assert_sound(&journal);
        assert_eq!(claim(&mut journal), [0; 0], "a start would come too early");
        journal.change(|it| retry_failed_operation(it, Sequence(14), now)).expect("it failed");
        assert_eq!(complete_all(&mut journal), [[14], [16], [17]]);
        let summary = journal.resume_summary();
        assert_eq!(summary.state, RunState::Aborted);
        assert_eq!(summary.outcome, Some(RunOutcome::RolledBack));
        assert!(summary.abort.is_some_and(|abort| abort.rolled_back));
        let first = &journal.plan().targets[1].canister_id;
        let loaded = journal.artifact(first).and_then(|artifact| artifact.loaded_snapshot_id);
        assert_eq!(loaded.as_deref(), Some("safety"));
    }
}

#[test]
fn a_roll_back_that_was_left_out_is_no_roll_back() {
    let mut journal = open();
    complete_until(&mut journal, 13);
    let now = later(&journal);
    journal.change(|it| roll_back_run(it, REASON, now)).expect("one is loaded");
    assert_eq!(claim(&mut journal), [14]);
    report(&mut journal, 14, ReceiptOutcome::Skipped);
    complete_all(&mut journal);
    assert_eq!(journal.resume_summary().outcome, Some(RunOutcome::Partial));
}

#[test]
fn only_a_contained_run_is_rolled_back() {
    let mut backup = crate::fixtures::journal();
    assert_eq!(
        backup.change(|it| roll_back_run(it, REASON, seconds(1))),
        Err(JournalError::NotContained)
    );
    let field = "reason".to_string();
    assert_eq!(
        backup.change(|it| roll_back_run(it, " ", seconds(1))),
        Err(JournalError::MissingField { field })
    );
    for end in [12, 16, 21] {
        let mut journal = open();
        complete_until(&mut journal, end);
        let now = later(&journal);
        assert_eq!(
            journal.change(|it| roll_back_run(it, REASON, now)),
            Err(JournalError::NotContained),
            "{end}"
        );
    }
    let mut journal = open();
    journal.change(|it| abort_run(it, "enough", seconds(5))).expect("it is not over");
    let refused = journal.change(|it| roll_back_run(it, REASON, seconds(6)));
    assert!(matches!(refused, Err(JournalError::RunAborted { .. })), "{refused:?}");
}

#[test]
fn what_is_loaded_is_what_the_run_has_uploaded_or_saved() {
    let mut journal = open();
    complete_until(&mut journal, 12);
    journal.mark_next_operation_pending(seconds(9)).expect("the first load");
    let now = later(&journal);
    let other = |journal: &Journal, sequence| OperationReceipt {
        snapshot_id: Some("another".to_string()),
        ..receipt(journal, sequence, ReceiptOutcome::Completed)
    };
    let refused = journal.record_operation_receipt(other(&journal, 12), operator(), now);
    let expected = "restored".to_string();
    assert_eq!(refused, Err(JournalError::OtherSnapshot { sequence: Sequence(12), expected }));
    report(&mut journal, 12, ReceiptOutcome::Completed);
    journal.change(|it| roll_back_run(it, REASON, now)).expect("one is loaded");
    assert_eq!(claim(&mut journal), [14]);
    let refused = journal.record_operation_receipt(other(&journal, 14), operator(), now);
    let expected = "safety".to_string();
    assert_eq!(refused, Err(JournalError::OtherSnapshot { sequence: Sequence(14), expected }));
}

#[test]
fn a_completed_load_names_its_snapshot() {
    for sequence in [6, 10, 12] {
        let mut journal = open();
        complete_until(&mut journal, sequence);
        journal.mark_next_operation_pending(seconds(9)).expect("it is the next one");
        let receipt = OperationReceipt {
            snapshot_id: None,
            ..receipt(&journal, sequence, ReceiptOutcome::Completed)
        };
        let now = later(&journal);
        let field = "operation_receipts[].snapshot_id".to_string();
        let refused = journal.record_operation_receipt(receipt, operator(), now);
        assert_eq!(refused, Err(JournalError::MissingField { field }));
    }
}

#[test]
fn a_restore_needs_its_snapshots_until_it_is_over() {
    let mut journal = open();
    complete_until(&mut journal, 20);
    let target = journal.target(0).expect("there are two");
    let gone = |journal: &mut Journal, id: &str| {
        let now = later(journal);
        journal.change(|it| record_deletion(it, target, id, "it is old", now))
    };
    for id in ["safety", "restored"] {
        assert_eq!(gone(&mut journal, id), Err(JournalError::SnapshotInUse));
    }
    complete_until(&mut journal, 21);
    let left = |journal: &Journal| {
        let artifact = journal.artifact(&target).expect("it was restored");
        artifact.on_network().map(str::to_string).collect::<Vec<_>>()
    };
    assert_eq!(left(&journal), ["safety", "restored"]);
    for (id, deleted) in [("safety", 1), ("restored", 2)] {
        gone(&mut journal, id).expect("it is over");
        assert_eq!(journal.header().snapshots_deleted, deleted);
    }
    assert_eq!(left(&journal), [""; 0]);
}

#[test]
fn what_can_be_restored_of_a_target_is_its_snapshot() {
    let some = |text: &str| Some(text.to_string());
    let taken =
        Artifact { snapshot_id: some("taken"), checksum: some("c0ffee"), ..Default::default() };
    let saved = |checksum, on_network| {
        Some(Saved { snapshot_id: "taken".to_string(), checksum, on_network })
    };
    assert_eq!(Artifact::default().saved(), None);
    assert_eq!(taken.clone().saved(), saved(None, true), "a checksum is of a download");
    let downloaded = Artifact { artifact_path: some("folder"), ..taken };
    assert_eq!(downloaded.clone().saved(), saved(some("c0ffee"), true));
    let gone = Artifact { snapshot_deleted_at: Some(seconds(9)), ..downloaded };
    assert_eq!(gone.saved(), saved(some("c0ffee"), false));
}
