//! Starts a target. This is tried for as long as it takes: nothing else ends it but an administrator.

use super::attempt::Attempt;
use crate::{
    call::Call,
    executor::{
        report,
        runtime::{START_SECONDS, management},
    },
    storage::{self, StoredJournal},
};
use backup_fleet::error::is_gone;
use backup_journal::{
    Timestamp,
    fleet::Members as _,
    journal::{JournalView, StopOutcome},
};

/// For how long a stop that a driver outside has sent can still take effect after the run was aborted: five minutes until the
/// network has accepted the message, and five until it gives up stopping.
const OUTSIDE_NANOS: u64 = 600 * 1_000_000_000;

pub async fn perform(attempt: &Attempt) {
    if !may_call(attempt) {
        return attempt.wait_longer("it is no member of the registered fleet; start it by hand");
    }
    attempt.note_call(START_SECONDS);
    match management(START_SECONDS).start(attempt.target).await {
        Ok(()) => {
            if let Some(until) = stop_of_a_driver_may_end(attempt) {
                attempt.set_late_stop(Some(until));
            }
            attempt.done(|receipt| receipt);
        }
        Err(error) if is_gone(&error.error) => gone(attempt),
        Err(error) => attempt.wait_longer(&error.to_string()),
    }
}

/// Until when a stop can take effect that a driver outside has claimed and not reported.
fn stop_of_a_driver_may_end(attempt: &Attempt) -> Option<Timestamp> {
    storage::read(|storage| {
        let starts_only = storage.execution(attempt.run)?.starts_only;
        let journal = StoredJournal::new(storage, attempt.run);
        let owed = journal.owed_start(&attempt.target)?;
        let outside = starts_only && owed.stop == StopOutcome::Unknown;
        let abort = journal.header().abort.as_ref().filter(|_| outside)?;
        Some(Timestamp(abort.aborted.aborted_at.0 + OUTSIDE_NANOS))
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

/// A canister that does not exist any more is owed no start.
fn gone(attempt: &Attempt) {
    let reason = "the canister does not exist any more";
    report::settle(&attempt.run_id, attempt.target, reason, &Call::of_coordinator());
    attempt.skipped();
}
