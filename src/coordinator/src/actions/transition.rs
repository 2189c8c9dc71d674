//! One step of the state machine, recorded.
//!
//! [`perform`] is all that a transition needs whose event says it in full.

use crate::{
    call::Call,
    gate::{Changes, Write, record_all},
    storage::{self, RunNumber, StoredJournal},
    types::Answer,
};
use backup_journal::{
    RunId,
    api::{AuditEventKind, CoordinatorError},
    block::Payload,
    journal::{self, Change, JournalError, Operation, ResumeSummary},
    limits::CheckLimits,
};

/// What the state machine wants written, and what the audit trail needs to tell of it.
pub(crate) type Step = (Change, AuditEventKind, Option<Payload>);

/// Performs the transition that `event` says in full, and records the event.
///
/// # Errors
/// A limit, [`CoordinatorError::RunNotFound`], or as the state machine says.
pub fn perform(run_id: &RunId, event: AuditEventKind, call: &Call) -> Answer<ResumeSummary> {
    perform_only(run_id, event, call)?;
    storage::read(|storage| storage.summary(run_id))
}

/// The same without an answer, for the coordinator itself.
///
/// # Errors
/// As [`perform`].
pub fn perform_only(run_id: &RunId, event: AuditEventKind, call: &Call) -> Answer<()> {
    perform_and(run_id, event, call, |_| ())
}

/// The same of an event that is about one operation. Answers with the operation.
///
/// # Errors
/// As [`perform`].
pub fn perform_on_operation(
    run_id: &RunId,
    event: AuditEventKind,
    call: &Call,
) -> Answer<Operation> {
    perform_and(run_id, event, call, moved_operation)
}

fn perform_and<T>(
    run_id: &RunId,
    event: AuditEventKind,
    call: &Call,
    answer: impl FnOnce(&Change) -> T,
) -> Answer<T> {
    event.check_limits()?;
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::perform(journal, &event, call.caller, call.now)?;
        Ok((change, event, None))
    };
    transition(run_id, call, step, answer)
}

/// The row that a transition has moved.
pub(crate) fn moved_operation(change: &Change) -> Operation {
    change.moved.first().expect("BUG: the transition moves a row").operation(&change.header)
}

/// Asks the state machine for a step and records it; a refusal has written nothing.
pub(crate) fn transition<T>(
    run_id: &RunId,
    call: &Call,
    step: impl FnOnce(&StoredJournal<'_>) -> Result<Step, JournalError>,
    answer: impl FnOnce(&Change) -> T,
) -> Result<T, CoordinatorError> {
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        record_all(storage, call, |changes| transition_among(changes, run, step, answer))
    })
}

/// The same as one of several changes.
pub(crate) fn transition_among<T>(
    changes: &mut Changes<'_>,
    run: RunNumber,
    step: impl FnOnce(&StoredJournal<'_>) -> Result<Step, JournalError>,
    answer: impl FnOnce(&Change) -> T,
) -> Result<T, CoordinatorError> {
    let journal = StoredJournal::new(changes.storage(), run);
    let (change, kind, payload) = step(&journal)?;
    let before = Box::new(journal.into_header());
    let answer = answer(&change);
    // Where nothing could be claimed, there is nothing to record.
    if change.moved.is_empty() && change.header == *before {
        return Ok(answer);
    }
    changes.record(Write::Moved { run, before, change: Box::new(change), kind, payload })?;
    Ok(answer)
}
