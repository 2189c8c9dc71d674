//! Words for what is stored.

use backup_journal::journal::{OwedStart, StopOutcome};

/// What is known about a canister that must be started, in words that a time follows.
pub const fn standing(owed: OwedStart) -> &'static str {
    match (owed.stop, owed.start_skipped) {
        (StopOutcome::Unknown, false) => "stop claimed, outcome unknown, since",
        (StopOutcome::Unknown, true) => "stop claimed, outcome unknown, its start skipped, since",
        (StopOutcome::Stopped, false) => "stopped since",
        (StopOutcome::Stopped, true) => "stopped, its start skipped, since",
    }
}
