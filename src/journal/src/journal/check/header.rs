//! What the header says about itself.

use super::Violation;
use crate::journal::{Header, JournalView};

/// Checks what the header says about itself and about the row at the cursor.
pub fn check_header(view: &impl JournalView, header: &Header) -> Vec<Violation> {
    let mut violations = Vec::new();
    if header.tally.total() != u64::from(header.operations) {
        violations.push(Violation::TallyTotal);
    }
    let cursor_holds = match header.cursor {
        None if header.abort.is_some() => header.starts_open == 0,
        None => header.tally.actionable() == 0,
        // Not through `JournalView::operation`, which relies on what is being checked here.
        Some(cursor) => view.spec(cursor).is_some_and(|spec| {
            view.state(header, cursor, spec.kind, view.progress(cursor)).is_actionable()
        }),
    };
    if !cursor_holds {
        violations.push(Violation::Cursor);
    }
    if header.starts_owed > header.targets {
        violations.push(Violation::RestartCounters);
    }
    if header.verified_targets > header.snapshot_targets || header.snapshot_targets > header.targets
    {
        violations.push(Violation::ArtifactCounters);
    }
    violations
}
