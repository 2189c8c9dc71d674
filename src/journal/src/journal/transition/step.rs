//! A change while it is put together: rows that move, and the lists that they enter and leave.

use super::row::Row;
use crate::{
    Sequence, Timestamp,
    journal::{
        Change, Header, JournalView, Moved, Progress, Queue, QueueMove, Restart, Wave, WaveBegun,
    },
    plan::BackupOperationKind as Kind,
};

/// A change while it is put together.
pub(super) struct Step<'a, V> {
    view: &'a V,
    /// The header as it will be.
    pub header: Header,
    moved: Vec<Moved>,
    queues: Vec<QueueMove>,
    restarts: Vec<Restart>,
    /// The wave that begins.
    pub wave_begun: Option<(Wave, WaveBegun)>,
}

impl<'a, V: JournalView> Step<'a, V> {
    /// A change of the journal that `view` reads.
    pub fn new(view: &'a V) -> Self {
        let (moved, queues, restarts) = (Vec::new(), Vec::new(), Vec::new());
        Self { view, header: view.header().clone(), moved, queues, restarts, wave_begun: None }
    }

    /// How many rows have moved.
    pub fn moves(&self) -> usize {
        self.moved.len()
    }

    /// Moves the row at `sequence`, which stands as `row` says.
    pub fn move_row(&mut self, sequence: Sequence, row: Row, progress: Progress) {
        if let Some(queue) = self.queue_of(sequence, &row) {
            let claimed_at = row.progress.map(|before| before.updated_at);
            self.leave(queue, sequence, claimed_at);
        }
        let aborted = self.header.abort.is_some();
        let kind = row.spec.kind;
        if let Some(queue) = Queue::of(kind, progress.state, aborted)
            && (!aborted || kind.outlives_abort())
        {
            self.enter(queue, sequence, progress);
        }
        let state = self.view.state(&self.header, sequence, kind, Some(progress));
        self.header.tally.shift(row.state, state);
        self.moved.push(Moved { sequence, spec: row.spec, progress });
    }

    /// Lets an operation that was not touched enter a list.
    pub fn enter_untouched(&mut self, queue: Queue, sequence: Sequence) {
        self.count(queue, |count| count + 1);
        self.queues.push(QueueMove { enters: true, queue, sequence, claimed_at: None });
    }

    /// Takes an operation out of the list in which it is, without moving its row.
    pub fn take_out(&mut self, sequence: Sequence, row: &Row) {
        if let Some(queue) = self.queue_of(sequence, row) {
            self.leave(queue, sequence, row.progress.map(|before| before.updated_at));
        }
    }

    pub fn push_restart(&mut self, restart: Option<Restart>) {
        self.restarts.extend(restart);
    }

    /// The lowest sequence in Ready, Pending or Failed; after an abort, of what is still done.
    pub fn lowest(&self) -> Option<Sequence> {
        let Header { tally, ready_again, starts_unclaimed, abort, frontier, .. } = &self.header;
        let queues: &[Queue] = match abort {
            Some(abort) => Queue::after_abort(abort.aborted.rolled_back),
            None => &Queue::BEFORE_ABORT,
        };
        let roll_backs_left = self.header.restore.is_some_and(|it| it.roll_backs_left != 0);
        let may_have_some = |queue: &Queue| match queue {
            Queue::RollBackOwed => roll_backs_left,
            Queue::StartOwed => *starts_unclaimed != 0,
            Queue::Ready | Queue::StartReady => *ready_again != 0,
            Queue::Claimed | Queue::StartClaimed => tally.pending != 0,
            // What failed before the abort counts as Ready since.
            Queue::StartFailed if abort.is_some() => true,
            _ => tally.failed != 0,
        };
        let firsts = queues.iter().copied().filter(may_have_some).filter_map(|q| self.first(q));
        firsts.chain(*frontier).min()
    }

    /// The first operation in a list, with what this step has changed. Nothing that was stored stands in front of the
    /// cursor.
    fn first(&self, queue: Queue) -> Option<Sequence> {
        let moves = || self.queues.iter().filter(move |it| it.queue == queue);
        let mut stored = self.view.queued(queue, self.header.cursor.unwrap_or(Sequence(0)));
        while let Some(sequence) =
            stored.filter(|sequence| moves().any(|it| !it.enters && it.sequence == *sequence))
        {
            stored = self.view.queued(queue, sequence.next());
        }
        let entered = moves().filter(|it| it.enters).map(|it| it.sequence);
        entered.chain(stored).min()
    }

    /// The list in which the operation is.
    fn queue_of(&self, sequence: Sequence, row: &Row) -> Option<Queue> {
        let Header { abort, frontier, .. } = &self.header;
        match (row.progress, row.spec.kind) {
            (Some(progress), kind) => {
                let aborted = abort.as_ref().is_some_and(|it| it.precedes_receipt_of(progress));
                Queue::of(kind, progress.state, aborted)
            }
            (None, Kind::Start) => {
                let owed = self.view.queued(Queue::StartOwed, sequence) == Some(sequence);
                owed.then_some(Queue::StartOwed)
            }
            (None, Kind::RollBack) => {
                let owed = self.view.queued(Queue::RollBackOwed, sequence) == Some(sequence);
                owed.then_some(Queue::RollBackOwed)
            }
            (None, Kind::VerifyArtifact) => {
                let passed = frontier.is_none_or(|frontier| sequence < frontier);
                passed.then_some(Queue::Ready)
            }
            (None, _) => None,
        }
    }

    fn enter(&mut self, queue: Queue, sequence: Sequence, progress: Progress) {
        self.count(queue, |count| count + 1);
        let claimed_at = queue.is_claimed().then_some(progress.updated_at);
        self.queues.push(QueueMove { enters: true, queue, sequence, claimed_at });
    }

    fn leave(&mut self, queue: Queue, sequence: Sequence, moved_at: Option<Timestamp>) {
        self.count(queue, |count| count - 1);
        let claimed_at = moved_at.filter(|_| queue.is_claimed());
        self.queues.push(QueueMove { enters: false, queue, sequence, claimed_at });
    }

    /// Keeps the counters of the header.
    fn count(&mut self, queue: Queue, change: impl Fn(u32) -> u32) {
        let header = &mut self.header;
        match queue {
            Queue::Ready | Queue::StartReady => header.ready_again = change(header.ready_again),
            Queue::StartOwed => header.starts_unclaimed = change(header.starts_unclaimed),
            _ => {}
        }
    }

    pub fn finish(self) -> Change {
        let Self { header, moved, queues, restarts, wave_begun, .. } = self;
        Change { moved, queues, restarts, wave_begun, ..Change::of(header) }
    }
}
