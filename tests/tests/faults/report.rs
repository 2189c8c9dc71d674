//! What became of a run.

use crate::Case;
use backup_coordinator_client::journal::journal::{RunOutcome, RunState};
use std::time::Duration;

/// A case that was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    pub case: Case,
    pub report: Report,
}

/// What became of a run. What must never happen has made the test fail before.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub state: RunState,
    pub outcome: Option<RunOutcome>,
    /// How many members do not run.
    pub left_stopped: usize,
    /// From the first member that did not run to the time when all ran again.
    pub down: Duration,
}
