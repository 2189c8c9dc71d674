//! Recording a drill.

use crate::{
    Timestamp,
    journal::{Change, Drill, JournalError, JournalView, RunOutcome},
};
use candid::Principal;

/// Notes what `caller` reports about a drill of a complete backup. It replaces what was noted about the drill before.
///
/// The reference has no such transition.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank note, [`JournalError::NotComplete`] when the run is not over with the outcome
/// `Complete`, [`JournalError::DrillTargets`] when more targets were proven than there are.
pub fn record_drill(
    view: &impl JournalView,
    proven_targets: u32,
    note: Option<&str>,
    caller: Principal,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require_if_present("note", note)?;
    let mut header = view.header().clone();
    let outcome = header.outcome();
    if outcome != Some(RunOutcome::Complete) {
        return Err(JournalError::NotComplete { outcome });
    }
    let targets = header.targets;
    if proven_targets > targets {
        return Err(JournalError::DrillTargets { proven: proven_targets, targets });
    }
    header.drill = Some(Drill {
        recorded_at: now,
        recorded_by: caller,
        proven_targets,
        note: note.map(str::to_string),
    });
    // When the run last changed stays what it was: a drill is no step of it.
    Ok(Change::of(header))
}
