//! Drills of a backup.

use super::abort::assert_sound;
use crate::{
    block::AuditEventKind as Event,
    fixtures::{backup_until, operator, seconds},
    journal::{
        Drill, Journal, JournalError, JournalView, RunOutcome, RunState, abort_run, perform,
    },
};

const NOTE: &str = "in a sandbox";

fn report(proven_targets: u32) -> Event {
    Event::DrillRecorded { proven_targets, note: Some(NOTE.to_string()) }
}

#[test]
fn a_complete_backup_keeps_its_last_drill() {
    let mut journal = backup_until(15);
    for (proven_targets, at) in [(1, seconds(5)), (2, seconds(6))] {
        journal
            .change(|it| perform(it, &report(proven_targets), operator(), at))
            .expect("it is complete");
        let expected = Drill {
            recorded_at: at,
            recorded_by: operator(),
            proven_targets,
            note: Some(NOTE.to_string()),
        };
        let summary = journal.resume_summary();
        assert_eq!((summary.drill, summary.updated_at), (Some(expected), seconds(2)));
        assert_eq!(summary.state, RunState::Completed);
        assert_sound(&journal);
    }
}

#[test]
fn what_is_no_complete_backup_cannot_be_proven() {
    let refused = |journal: &Journal| {
        journal
            .clone()
            .change(|it| perform(it, &report(2), operator(), seconds(9)))
            .expect_err("it is not")
    };
    let open = backup_until(14);
    assert_eq!(refused(&open), JournalError::NotComplete { outcome: None });
    let mut aborted = backup_until(10);
    aborted.change(|it| abort_run(it, "enough", seconds(5))).expect("it is not over");
    let outcome = Some(RunOutcome::OnNetwork);
    assert_eq!(refused(&aborted), JournalError::NotComplete { outcome });
}

#[test]
fn a_drill_proves_no_more_targets_than_there_are_and_a_note_says_something() {
    let mut journal = backup_until(15);
    let before = journal.clone();
    assert_eq!(
        journal.change(|it| perform(it, &report(3), operator(), seconds(9))),
        Err(JournalError::DrillTargets { proven: 3, targets: 2 })
    );
    let blank = Event::DrillRecorded { proven_targets: 2, note: Some(" ".to_string()) };
    assert_eq!(
        journal.change(|it| perform(it, &blank, operator(), seconds(9))),
        Err(JournalError::MissingField { field: "note".to_string() })
    );
    assert_eq!(journal, before);
    assert_eq!(journal.header().drill, None);
}
