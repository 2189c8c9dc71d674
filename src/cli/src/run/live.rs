//! Shows a person how far a run is.

use crate::{
    driver::{Watcher, progress::Progress},
    output,
};
use backup_journal::{
    execution::ExecutionStatus,
    journal::{Operation, ResumeSummary},
};
use candid::Principal;

/// Shows what a driver does, and disturbs nothing.
pub struct Live {
    /// How far it is.
    pub progress: Progress,
    /// Whether the coordinator is to start the members by a deadline.
    pub has_deadline: bool,
}

impl Watcher for Live {
    fn reported(&mut self, operation: &Operation, failure: Option<&str>) {
        self.progress.reported(operation, failure);
    }

    fn watched(&mut self, status: &ExecutionStatus, summary: &ResumeSummary) {
        self.progress.watched(status, summary);
    }

    fn uncontrolled(&mut self, targets: &[Principal]) {
        let Some(first) = targets.first().filter(|_| self.has_deadline) else { return };
        output::tell(&format!(
            "warning: the coordinator is no controller of {first} and {} others, so it cannot start them by the deadline",
            targets.len() - 1
        ));
    }

    fn note(&mut self, text: &str) {
        output::tell(text);
    }
}
