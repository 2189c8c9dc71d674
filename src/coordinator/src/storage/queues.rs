//! The operations of a run that were begun and are not over, in their lists and in the index over all runs.

use super::{
    indexes::{ClaimKey, QueueKey},
    keys::RunNumber,
    store::Storage,
};
use backup_journal::{
    Sequence,
    journal::{Header, Queue, QueueMove},
};

impl Storage {
    /// Lets an operation enter or leave a list, and the index of claims with it.
    pub(crate) fn move_in_queues(&mut self, run: RunNumber, change: QueueMove) {
        let QueueMove { enters, queue, sequence, claimed_at } = change;
        let key = QueueKey { run, queue, sequence };
        let claim = claimed_at.map(|since| ClaimKey { since, run, sequence });
        if enters {
            self.queues.insert(key, ());
            claim.map(|claim| self.claims.insert(claim, ()));
        } else {
            self.queues.remove(&key);
            claim.map(|claim| self.claims.remove(&claim));
        }
    }

    /// The first operation of a list at `from` or behind it.
    pub(super) fn queued(&self, run: RunNumber, queue: Queue, from: Sequence) -> Option<Sequence> {
        let mut keys = self.queues.keys_range(QueueKey::from(run, queue, from));
        keys.next().map(|key| key.sequence)
    }

    /// The operations of a run that were claimed and are not over, sorted, up to `limit` from `from` on.
    pub fn open_operations(
        &self,
        run: RunNumber,
        header: &Header,
        from: Sequence,
        limit: usize,
    ) -> Vec<Sequence> {
        let of = |queue: &Queue| {
            let keys = self.queues.keys_range(QueueKey::from(run, *queue, from));
            keys.map(|key| key.sequence).take(limit).collect::<Vec<_>>()
        };
        let mut all: Vec<Sequence> = Queue::open(header).iter().flat_map(of).collect();
        all.sort_unstable();
        all.truncate(limit);
        all
    }

    /// How many operations of a run were claimed and are not over.
    pub fn count_open_operations(&self, run: RunNumber, header: &Header) -> u64 {
        let all = |queue: &Queue| QueueKey::from(run, *queue, Sequence(0));
        let lists = Queue::open(header).iter();
        lists.map(|queue| self.queues.keys_range(all(queue)).count() as u64).sum()
    }

    /// How many operations of a run stand in a list.
    pub(super) fn count_queued(&self, run: RunNumber) -> u64 {
        let key = |queue, sequence| QueueKey { run, queue, sequence };
        let (first, last) = (Queue::ALL[0], Queue::ALL[Queue::ALL.len() - 1]);
        let keys = key(first, Sequence(0))..=key(last, Sequence(u32::MAX));
        self.queues.keys_range(keys).count() as u64
    }
}
