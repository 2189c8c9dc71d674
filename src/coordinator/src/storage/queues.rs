//! The operations of a run that were begun and are not over, in their lists, and how many claims wait since when.
//!
//! A list is stored in pages: which of the sequences of a page stand in it.

use super::{
    indexes::{ClaimKey, QueueKey},
    keys::RunNumber,
    pages::{QueuePage, SEQUENCES_PER_PAGE},
    store::Storage,
};
use backup_journal::{
    Sequence,
    journal::{Header, Queue, QueueMove},
};

impl Storage {
    /// Lets an operation enter or leave a list, and counts its claim.
    pub(crate) fn move_in_queues(&mut self, run: RunNumber, change: QueueMove) {
        let QueueMove { enters, queue, sequence, claimed_at } = change;
        let key = QueueKey { run, queue, page: sequence.0 / SEQUENCES_PER_PAGE };
        let mut page = self.queues.get(&key).unwrap_or_default();
        page.set(sequence, enters);
        self.queues.set(key, Some(page).filter(|page| !page.is_empty()));
        if let Some(since) = claimed_at {
            let key = ClaimKey { since, run };
            let before = self.claims.get(&key).unwrap_or_default();
            let after = if enters { before + 1 } else { before - 1 };
            self.claims.set(key, Some(after).filter(|claims| *claims > 0));
        }
    }

    /// The first operation of a list at `from` or behind it.
    pub(super) fn queued(&self, run: RunNumber, queue: Queue, from: Sequence) -> Option<Sequence> {
        let page = from.0 / SEQUENCES_PER_PAGE;
        let first = |page: QueuePage, number| page.sequences(number, from).next();
        let here = self.queues.get(&QueueKey { run, queue, page });
        here.and_then(|here| first(here, page)).or_else(|| {
            let mut behind = self.queues.range(QueueKey::from(run, queue, page + 1));
            behind.next().and_then(|(key, behind)| first(behind, key.page))
        })
    }

    /// The operations of a list from `from` on, sorted.
    pub(super) fn queue(
        &self,
        run: RunNumber,
        queue: Queue,
        from: Sequence,
    ) -> impl Iterator<Item = Sequence> {
        let pages = self.queues.range(QueueKey::from(run, queue, from.0 / SEQUENCES_PER_PAGE));
        pages.flat_map(move |(key, page)| page.sequences(key.page, from))
    }

    /// The operations of a run that were claimed and are not over, sorted, up to `limit` from `from` on.
    pub fn open_operations(
        &self,
        run: RunNumber,
        header: &Header,
        from: Sequence,
        limit: usize,
    ) -> Vec<Sequence> {
        let of = |queue: &Queue| self.queue(run, *queue, from).take(limit).collect::<Vec<_>>();
        let mut all: Vec<Sequence> = Queue::open(header).iter().flat_map(of).collect();
        all.sort_unstable();
        all.truncate(limit);
        all
    }

    /// How many operations of a run were claimed and are not over.
    pub fn count_open_operations(&self, run: RunNumber, header: &Header) -> u64 {
        Queue::open(header).iter().map(|queue| self.count_queue(run, *queue)).sum()
    }

    /// How many operations of a run stand in a list.
    pub(super) fn count_queued(&self, run: RunNumber) -> u64 {
        Queue::ALL.into_iter().map(|queue| self.count_queue(run, queue)).sum()
    }

    fn count_queue(&self, run: RunNumber, queue: Queue) -> u64 {
        self.queues.range(QueueKey::from(run, queue, 0)).map(|(_, page)| page.count()).sum()
    }
}
