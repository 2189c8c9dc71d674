//! Whether what is stored of a run is all there, and in every index that tells of it.

use super::{
    codec::Stored,
    indexes::{ClaimKey, HoldKey, QueueKey, StoppedKey},
    keys::{RunNumber, TargetKey, numbered},
    store::Storage,
};
use backup_journal::{
    Sequence,
    journal::{Progress, Queue, StoredCounts, Violation},
};

impl Storage {
    /// How many records of each kind are stored for a run.
    pub fn stored_counts(&self, run: RunNumber) -> StoredCounts {
        let numbers = numbered(run, 0)..=numbered(run, u32::MAX);
        StoredCounts {
            progress: count(self.progress.keys_range(numbers.clone())),
            receipts: count(self.receipts.keys_range(numbers)),
            listed: self.count_queued(run),
            artifacts: count(self.artifacts.keys_range(TargetKey::all(run))),
            owed_starts: count(self.owed_starts.keys_range(TargetKey::all(run))),
        }
    }

    /// The indexes over all runs that do not tell what this run says.
    pub fn check_indexes(&self, run: RunNumber) -> Vec<Violation> {
        let claimed = self.claims_are_indexed(run);
        let (mut stopped, mut held) = (true, true);
        for entry in self.owed_starts.range(TargetKey::all(run)) {
            let (target, owed) = (entry.key().target, entry.value().0);
            let key = StoppedKey { since: owed.since, run, target };
            stopped &= self.stopped.contains_key(&key);
            held &= self.holds.contains_key(&HoldKey { target, run }) == owed.holds_target();
        }
        [("claims", claimed), ("owed starts by time", stopped), ("held canisters", held)]
            .into_iter()
            .filter(|(_, sound)| !sound)
            .map(|(of, _)| Violation::Index { of: of.to_string() })
            .collect()
    }
}

impl Storage {
    /// Whether every claimed operation of the run stands in the index over all runs.
    fn claims_are_indexed(&self, run: RunNumber) -> bool {
        let claimed = [Queue::Claimed, Queue::StartClaimed];
        let keys =
            claimed.map(|queue| self.queues.keys_range(QueueKey::from(run, queue, Sequence(0))));
        keys.into_iter().flatten().all(|QueueKey { sequence, .. }| {
            let progress = self.progress.get(&numbered(run, sequence.0));
            progress.is_some_and(|Stored(Progress { updated_at: since, .. })| {
                self.claims.contains_key(&ClaimKey { since, run, sequence })
            })
        })
    }
}

fn count(keys: impl Iterator) -> u64 {
    keys.count() as u64
}
