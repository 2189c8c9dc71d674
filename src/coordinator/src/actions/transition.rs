//! One step of the state machine, recorded.

use crate::{
    call::Call,
    gate::{Changes, Write, record_all},
    storage::{self, RunNumber, StoredJournal},
};
use backup_journal::{
    RunId,
    api::{AuditEventKind, CoordinatorError},
    block::Payload,
    journal::{Change, JournalError},
};

/// What the state machine wants written, and what the audit trail needs to tell of it.
pub(crate) type Step = (Change, AuditEventKind, Option<Payload>);

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
