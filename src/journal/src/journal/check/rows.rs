//! The rows.

use super::{JournalCheck, Violation};
use crate::{
    Sequence,
    journal::{Header, JournalView, OperationState, Progress, ReceiptOutcome, RowState},
    plan::BackupOperationKind,
};

impl JournalCheck {
    pub(super) fn row(&mut self, view: &impl JournalView, header: &Header, sequence: Sequence) {
        let Some(spec) = view.spec(sequence) else {
            self.violations.push(Violation::MissingSequence { sequence });
            return;
        };
        let progress = view.progress(sequence);
        let sound = |row: Progress| row.attempt.0 > 0 && row.updated_at <= header.updated_at;
        if spec.operation_id.trim().is_empty() || !progress.is_none_or(sound) {
            self.violations.push(Violation::Row { sequence });
        }
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

    fn count_restart(&mut self, kind: BackupOperationKind, state: OperationState) {
        use BackupOperationKind as Kind;
        match (kind, state) {
            (Kind::Stop, OperationState::Completed) => self.stops_completed += 1,
            (Kind::Start, OperationState::Completed | OperationState::Skipped) => {}
            (Kind::Start, _) => self.starts_open += 1,
            _ => {}
        }
    }
}

fn receipt_fits(view: &impl JournalView, sequence: Sequence, row: Progress) -> bool {
    let Some(index) = row.last_receipt else {
        return matches!(row.state, RowState::Pending);
    };
    let Some(record) = view.receipt(index) else {
        return false;
    };
    let outcome = match row.state {
        RowState::Completed => Some(ReceiptOutcome::Completed),
        RowState::Skipped => Some(ReceiptOutcome::Skipped),
        RowState::Failed | RowState::Ready => Some(ReceiptOutcome::Failed),
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
