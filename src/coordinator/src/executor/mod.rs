//! The coordinator executes runs by itself: it stops, snapshots and starts the members of registered fleets.
//!
//! `tick` asks [`decide`](backup_journal::execution::decide) what to do next and `step` does it: a transition of the
//! journal by the same functions as for a caller, or the beginning of a task. A task (`check`, `perform`) makes calls, notes
//! each before it is made, and records its answer in the message that receives it. `deadlines` keeps the restart
//! deadlines, and `timers` says when all that happens: never in the reply path of a call. `requests` and `status` are what
//! callers see of it.

mod check;
mod deadlines;
mod deletions;
mod discover;
mod perform;
mod preview;
mod report;
mod requests;
mod retention;
mod runtime;
mod schedules;
mod status;
mod step;
mod tick;
mod timers;
mod under_way;
mod view;
mod wake;
mod watch;

use crate::storage::{self, RunNumber};
use backup_journal::{RunId, api::CoordinatorError, journal::JournalError};

pub use preview::{preview, preview_restore};
pub use requests::{
    pause, resume, set_restart_deadline, start_backup, start_execution, start_restore,
};
pub use retention::{drop_snapshots, preview as preview_retention};
pub use status::{deadline, status, status_of};

/// Sets the timers for what is stored, and clears those that have nothing to do.
pub fn arm() {
    timers::set_schedule_turn(schedules::take_turn);
    timers::arm();
}

/// How many tasks wait for an answer of the network; a preview counts as one.
pub fn calls_under_way() -> usize {
    under_way::count() + usize::from(preview::is_under_way())
}

/// Refuses to roll back a run while the coordinator makes calls for it: a load among them could still be done afterwards.
///
/// # Errors
/// [`JournalError::LoadsClaimed`].
pub fn check_no_calls(run_id: &RunId) -> Result<(), CoordinatorError> {
    let run = storage::read(|storage| storage.run(run_id))?;
    match u32::try_from(calls_of(run)) {
        Ok(0) => Ok(()),
        calls => Err(JournalError::LoadsClaimed { claimed: calls.unwrap_or(u32::MAX) }.into()),
    }
}

/// How many tasks of a run wait for an answer of the network.
pub fn calls_of(run: RunNumber) -> usize {
    under_way::of_run(run).len()
}
