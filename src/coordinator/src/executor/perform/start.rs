//! Starts a target. This is tried for as long as it takes: nothing else ends it but an administrator.

use super::attempt::{Attempt, LOOK_SECONDS};
use crate::{
    call::Call,
    executor::{report, runtime::management},
    storage::{self, StoredJournal},
};
use backup_fleet::types::CanisterStatusType as Status;
use backup_journal::{
    Timestamp,
    execution::wait_nanos,
    fleet::Members as _,
    journal::{Header, JournalView, OperationReceipt, ReceiptOutcome, StopOutcome},
};
use ic_canister_runtime::IcError;
use ic_error_types::RejectCode;

/// How long the network may take for the answer.
const START_SECONDS: u32 = 60;
/// For how long a stop that a driver outside has sent can still take effect after the run was aborted: five minutes until the
/// network has accepted the message, and five until it gives up stopping.
const OUTSIDE_NANOS: u64 = 600 * 1_000_000_000;

pub async fn perform(attempt: &Attempt) {
    if !may_call(attempt) {
        return wait(attempt, "it is no member of the registered fleet; start it by hand");
    }
    if attempt.note().done_at.is_some() {
        match management(LOOK_SECONDS).status(attempt.target).await {
            Err(error) => return wait(attempt, &error.to_string()),
            Ok(status) if status.status == Status::Running => return running(attempt),
            Ok(_) => {}
        }
    }
    attempt.note_call(START_SECONDS);
    match management(START_SECONDS).start(attempt.target).await {
        Ok(()) => {
            let now = Call::of_coordinator().now;
            attempt.change_note(|note| note.done_at = note.done_at.or(Some(now)));
            running(attempt);
        }
        Err(error) if is_gone(&error.error) => gone(attempt),
        Err(error) => wait(attempt, &error.to_string()),
    }
}

/// The target runs. It is looked at again if a stop of it can still take effect.
fn running(attempt: &Attempt) {
    let now = Call::of_coordinator().now;
    if let Some(at) = stop_may_end(attempt).filter(|at| *at > now) {
        return attempt.change_note(|note| {
            note.not_before = Some(at);
            note.errors = 0;
            note.last_error = Some("it runs; a stop of it may still take effect".to_string());
        });
    }
    let performed_at = attempt.note().done_at;
    attempt.done(|receipt| OperationReceipt { performed_at, ..receipt });
}

/// Until when a stop of the target that was not answered can take effect.
fn stop_may_end(attempt: &Attempt) -> Option<Timestamp> {
    if let Some(at) = attempt.target_note().stop_may_end {
        return Some(at);
    }
    storage::read(|storage| {
        let starts_only = storage.execution(attempt.run)?.starts_only;
        let journal = StoredJournal::new(storage, attempt.run);
        let owed = journal.owed_start(&attempt.target)?;
        let Header { abort, .. } = journal.header();
        let outside = starts_only && owed.stop == StopOutcome::Unknown;
        let aborted_at = abort.filter(|_| outside)?.aborted.aborted_at;
        Some(Timestamp(aborted_at.0 + OUTSIDE_NANOS))
    })
}

/// The coordinator acts only on members of the registered fleet. A run of its own has no others.
fn may_call(attempt: &Attempt) -> bool {
    storage::read(|storage| {
        let Some(execution) = storage.execution(attempt.run) else { return false };
        let is_member = || {
            let fleet = storage.fleet(&execution.fleet).ok()?;
            storage.members(fleet.number).member(&attempt.target)
        };
        !execution.starts_only || is_member().is_some()
    })
}

fn wait(attempt: &Attempt, reason: &str) {
    let now = Call::of_coordinator().now;
    attempt.change_note(|note| {
        note.errors += 1;
        note.last_error = Some(report::short(reason));
        note.not_before = Some(Timestamp(now.0 + wait_nanos(note.errors)));
    });
}

const fn is_gone(error: &IcError) -> bool {
    matches!(error, IcError::CallRejected { code: RejectCode::DestinationInvalid, .. })
}

/// A canister that does not exist any more is owed no start.
fn gone(attempt: &Attempt) {
    let call = Call::of_coordinator();
    let reason = "the canister does not exist any more";
    report::settle(&attempt.run_id, attempt.target, reason, &call);
    report::report(attempt.run, attempt.sequence, &call, ReceiptOutcome::Skipped, |receipt| {
        receipt
    });
}
