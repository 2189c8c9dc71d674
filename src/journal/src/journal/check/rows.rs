//! The rows.

use super::{JournalCheck, Violation};
use crate::{
    Sequence,
    journal::{
        Header, JournalView, OperationSpec, OperationState, Progress, Queue, ReceiptOutcome,
        RowState,
    },
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
        let state = view.state(header, sequence, spec.kind, progress);
        *self.tally.of(state) += 1;
        self.count_restart(spec.kind, state);
        // After an abort only starts are next, while receipts of other claimed rows may still come.
        let may_be_next = header.abort.is_none() || spec.kind.outlives_abort();
        let behind = header.cursor.is_none_or(|cursor| sequence < cursor);
        if state.is_actionable() && may_be_next && behind {
            self.violations.push(Violation::BehindCursor { sequence });
        }
        if progress.is_some_and(|row| !receipt_fits(view, header, sequence, row)) {
            self.violations.push(Violation::Receipt { sequence });
        }
        self.lists(view, header, sequence, &spec);
    }

    /// The row is in the list that its state asks for, and those behind the frontier were never claimed.
    fn lists(
        &mut self,
        view: &impl JournalView,
        header: &Header,
        sequence: Sequence,
        spec: &OperationSpec,
    ) {
        let progress = view.progress(sequence);
        if let Some(queue) = list_of(view, header, sequence, spec, progress) {
            self.listed += 1;
            if view.queued(queue, sequence) != Some(sequence) {
                self.violations.push(Violation::NotListed { sequence });
            }
        }
        let in_class = spec.kind.is_preflight() != header.preflight_accepted();
        let unclaimed = header.frontier.is_some_and(|frontier| sequence >= frontier);
        if in_class && unclaimed && progress.is_some() {
            self.violations.push(Violation::BeyondFrontier { sequence });
        }
    }

    fn count_restart(&mut self, kind: BackupOperationKind, state: OperationState) {
        use BackupOperationKind as Kind;
        match (kind, state) {
            (Kind::Stop, OperationState::Completed) => self.stops_completed += 1,
            (Kind::Start | Kind::RollBack, OperationState::Completed | OperationState::Skipped) => {
            }
            (Kind::Start | Kind::RollBack, _) => self.starts_open += 1,
            _ => {}
        }
    }
}

/// The list in which a row has to be.
fn list_of(
    view: &impl JournalView,
    header: &Header,
    sequence: Sequence,
    spec: &OperationSpec,
    progress: Option<Progress>,
) -> Option<Queue> {
    use BackupOperationKind as Kind;
    if spec.kind.is_preflight() && header.preflight_accepted() {
        return None;
    }
    let pair = || spec.pair.and_then(|pair| view.progress(pair));
    let over = |row: Progress| matches!(row.state, RowState::Completed | RowState::Skipped);
    let Some(row) = progress else {
        let passed = header.frontier.is_none_or(|frontier| sequence < frontier);
        return match spec.kind {
            Kind::Start => pair().map(|_| Queue::StartOwed),
            Kind::RollBack => pair().map(|_| Queue::RollBackOwed),
            Kind::VerifyArtifact if passed && header.abort.is_none() => {
                pair().filter(|download| over(*download)).map(|_| Queue::Ready)
            }
            _ => None,
        };
    };
    let abort = header.abort.as_ref();
    let awaited = abort.is_none() || spec.kind.outlives_abort() || row.state == RowState::Pending;
    let aborted = abort.is_some_and(|abort| abort.precedes_receipt_of(row));
    Queue::of(spec.kind, row.state, aborted).filter(|_| awaited)
}

fn receipt_fits(
    view: &impl JournalView,
    header: &Header,
    sequence: Sequence,
    row: Progress,
) -> bool {
    let Some(index) = row.last_receipt else {
        return matches!(row.state, RowState::Pending);
    };
    let Some(record) = view.receipt(index) else {
        return false;
    };
    let outcome = match row.state {
        RowState::Completed => Some(ReceiptOutcome::Completed),
        RowState::Skipped => Some(ReceiptOutcome::Skipped),
        // After an abort a completed start is Ready again when its target was stopped later.
        RowState::Ready if header.abort.is_some() => None,
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
