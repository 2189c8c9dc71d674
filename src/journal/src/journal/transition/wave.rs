//! The operations of a wave that may be claimed, in order.

use super::row::{Row, row};
use crate::{
    Sequence,
    journal::{Header, JournalView, OperationState, Queue, Wave},
    plan::BackupOperationKind as Kind,
};

/// The operations that are Ready in the wave of the next operation, those with the lowest sequences first.
pub(super) struct Candidates<'a, V> {
    view: &'a V,
    header: &'a Header,
    cursor: Sequence,
    wave: Option<Wave>,
    queues: &'static [Queue],
    /// Where to go on in the lists.
    from: Sequence,
    /// The first operation that was never claimed and not looked at.
    frontier: Option<Sequence>,
}

impl<'a, V: JournalView> Candidates<'a, V> {
    /// The candidates of the wave of `cursor`.
    ///
    /// # Panics
    /// When it points past the end, which no transition writes.
    pub fn of(view: &'a V, header: &'a Header, cursor: Sequence) -> Self {
        let spec = view.spec(cursor).expect("BUG: the cursor points past the end of the journal");
        let queues: &[Queue] = if header.is_rolled_back() {
            &[Queue::RollBackOwed, Queue::StartOwed, Queue::StartReady, Queue::StartFailed]
        } else if header.abort.is_some() {
            &[Queue::StartOwed, Queue::StartReady, Queue::StartFailed]
        } else if header.ready_again == 0 {
            &[]
        } else {
            &[Queue::Ready, Queue::StartReady]
        };
        Self {
            view,
            header,
            cursor,
            wave: spec.wave,
            queues,
            from: Sequence(0),
            frontier: header.frontier,
        }
    }

    /// The next one; none when no other may be claimed now.
    pub fn next(&mut self) -> Option<(Sequence, Row)> {
        self.next_queued().or_else(|| self.next_at_frontier())
    }

    fn next_queued(&mut self) -> Option<(Sequence, Row)> {
        let queued = self.queues.iter().filter_map(|queue| self.view.queued(*queue, self.from));
        let sequence = queued.min()?;
        let row = row(self.view, self.header, sequence)?;
        if row.spec.wave != self.wave {
            return None;
        }
        self.from = sequence.next();
        Some((sequence, row))
    }

    fn next_at_frontier(&mut self) -> Option<(Sequence, Row)> {
        while let Some(sequence) = self.frontier {
            let row = row(self.view, self.header, sequence)?;
            // A row without a wave is done by itself.
            let in_wave = row.spec.wave == self.wave && self.wave.is_some();
            if !in_wave && sequence != self.cursor {
                return None;
            }
            self.frontier = row.spec.next;
            if !self.waits_for_download(&row) {
                return Some((sequence, row));
            }
        }
        None
    }

    /// Whether this is a verification whose own download is not over.
    fn waits_for_download(&self, row: &Row) -> bool {
        let pair = row.spec.pair.filter(|_| row.spec.kind == Kind::VerifyArtifact);
        pair.is_some_and(|download| !is_over(self.view, self.header, download))
    }
}

/// Whether an operation is completed or skipped.
pub(super) fn is_over(view: &impl JournalView, header: &Header, sequence: Sequence) -> bool {
    let state = row(view, header, sequence).map(|row| row.state);
    matches!(state, Some(OperationState::Completed | OperationState::Skipped))
}
