//! Shows a person how far a run is.

use crate::{
    driver::{Watcher, progress::Progress},
    output,
};
use backup_journal::{
    execution::ExecutionStatus,
    journal::{Operation, ResumeSummary},
};

/// Shows what a driver does, and disturbs nothing.
pub struct Live(pub Progress);

impl Watcher for Live {
    fn reported(&mut self, operation: &Operation, failure: Option<&str>) {
        self.0.reported(operation, failure);
    }

    fn watched(&mut self, status: &ExecutionStatus, summary: &ResumeSummary) {
        self.0.watched(status, summary);
    }

    fn note(&mut self, text: &str) {
        output::tell(text);
    }
}
