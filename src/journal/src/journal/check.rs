//! Whether a stored journal keeps its invariants.
//!
//! Transitions cannot break them; this finds out whether storage did. Rows are checked page by page, so
//! that a journal of any size can be checked in bounded steps, and the tallies of all pages together must
//! be the header's.

use super::{Header, JournalView, OperationState, RowState, Tally};
use crate::Sequence;
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What a check of some rows has found.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct JournalCheck {
    /// How many rows were looked at.
    pub checked: u32,
    /// Where to go on; none at the end of the journal.
    pub next: Option<Sequence>,
    /// The states of the rows that were looked at.
    pub tally: Tally,
    /// Stops among them that are Completed.
    pub stops_completed: u32,
    /// Starts among them that are neither Completed nor Skipped.
    pub starts_open: u32,
    /// What does not hold.
    pub violations: Vec<Violation>,
}

/// An invariant that a stored journal breaks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Violation {
    /// The tally of the header does not add up to the number of operations.
    TallyTotal,
    /// The cursor points past the end or at a row that is not Ready, Pending or Failed.
    Cursor,
    /// A row is Ready, Pending or Failed although the cursor is past it.
    BehindCursor {
        /// The row.
        sequence: Sequence,
    },
    /// A row is missing.
    MissingSequence {
        /// The row.
        sequence: Sequence,
    },
    /// A mutating row has moved before preflight was accepted.
    MutationBeforePreflight {
        /// The row.
        sequence: Sequence,
    },
    /// The latest receipt of a row is missing, is about another row, or does not fit its state.
    Receipt {
        /// The row.
        sequence: Sequence,
    },
    /// The header counts more owed starts than targets, or the pages disagree with the counters.
    RestartCounters,
    /// The header counts more targets with a snapshot than there are, or more with a verified download than with
    /// a snapshot.
    ArtifactCounters,
}

/// Checks what the header says about itself and about the row at the cursor.
pub fn check_header(view: &impl JournalView, header: &Header) -> Vec<Violation> {
    let mut violations = Vec::new();
    if header.tally.total() != u64::from(header.operations) {
        violations.push(Violation::TallyTotal);
    }
    let cursor_holds = match header.cursor {
        None => header.tally.actionable() == 0,
        // Not through `JournalView::operation`, which relies on what is being checked here.
        Some(cursor) => view.spec(cursor).is_some_and(|spec| {
            let row = view.progress(cursor).map(|row| row.state);
            header.effective_state(spec.kind, row).is_actionable()
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

/// Checks up to `limit` rows from `start` on.
pub fn check_rows(
    view: &impl JournalView,
    header: &Header,
    start: Sequence,
    limit: u32,
) -> JournalCheck {
    let end = start.0.saturating_add(limit).min(header.operations);
    let mut check = JournalCheck {
        next: (end < header.operations).then_some(Sequence(end)),
        ..JournalCheck::default()
    };
    for sequence in (start.0..end).map(Sequence) {
        check.row(view, header, sequence);
    }
    check
}

impl JournalCheck {
    fn row(&mut self, view: &impl JournalView, header: &Header, sequence: Sequence) {
        self.checked += 1;
        let Some(spec) = view.spec(sequence) else {
            self.violations.push(Violation::MissingSequence { sequence });
            return;
        };
        let progress = view.progress(sequence);
        if !spec.kind.is_preflight() && progress.is_some() && !header.preflight_accepted() {
            self.violations.push(Violation::MutationBeforePreflight { sequence });
        }
        let state = header.effective_state(spec.kind, progress.map(|row| row.state));
        *self.tally.of(state) += 1;
        self.count_restart(spec.kind, state);
        if state.is_actionable() && header.cursor.is_none_or(|cursor| sequence < cursor) {
            self.violations.push(Violation::BehindCursor { sequence });
        }
        if progress.is_some_and(|row| !receipt_fits(view, sequence, row)) {
            self.violations.push(Violation::Receipt { sequence });
        }
    }

    fn count_restart(&mut self, kind: crate::plan::BackupOperationKind, state: OperationState) {
        use crate::plan::BackupOperationKind as Kind;
        match (kind, state) {
            (Kind::Stop, OperationState::Completed) => self.stops_completed += 1,
            (Kind::Start, OperationState::Completed | OperationState::Skipped) => {}
            (Kind::Start, _) => self.starts_open += 1,
            _ => {}
        }
    }
}

fn receipt_fits(view: &impl JournalView, sequence: Sequence, row: super::Progress) -> bool {
    use super::ReceiptOutcome as Outcome;
    let Some(index) = row.last_receipt else {
        return matches!(row.state, RowState::Pending);
    };
    let Some(record) = view.receipt(index) else {
        return false;
    };
    let outcome = match row.state {
        RowState::Completed => Some(Outcome::Completed),
        RowState::Skipped => Some(Outcome::Skipped),
        RowState::Failed | RowState::Ready => Some(Outcome::Failed),
        RowState::Pending => None,
    };
    let attempt_fits = match row.state {
        RowState::Pending => record.receipt.attempt.is_some_and(|attempt| attempt < row.attempt),
        _ => record.receipt.attempt == Some(row.attempt),
    };
    record.receipt.sequence == sequence
        && attempt_fits
        && outcome.is_none_or(|outcome| outcome == record.receipt.outcome)
}
