//! Whether what is stored of a run is all there, and in every index that tells of it.

use super::{
    indexes::{ClaimKey, DowntimeKey, HoldKey, StoppedKey},
    keys::{RunNumber, TargetKey, numbered},
    store::Storage,
};
use backup_journal::{
    Sequence, Timestamp,
    journal::{Queue, RowState, StoredCounts, Violation},
};
use std::collections::BTreeMap;

impl Storage {
    /// How many records of each kind are stored for a run.
    pub fn stored_counts(&self, run: RunNumber) -> StoredCounts {
        let numbers = numbered(run, 0)..=numbered(run, u32::MAX);
        StoredCounts {
            progress: count(self.progress_within(run, 0..u32::MAX)),
            receipts: count(self.receipts.keys_range(numbers)),
            listed: self.count_queued(run),
            artifacts: count(self.artifacts.keys_range(TargetKey::all(run))),
            owed_starts: count(self.owed_starts.keys_range(TargetKey::all(run))),
            downtimes: count(self.downtimes.keys_range(DowntimeKey::all(run))),
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
        [
            ("claims", claimed),
            ("owed starts by time", stopped),
            ("held canisters", held),
            ("downtimes", self.downtimes_are_of_starts(run)),
            ("waves", self.wave_has_begun(run)),
        ]
        .into_iter()
        .filter(|(_, sound)| !sound)
        .map(|(of, _)| Violation::Index { of: of.to_string() })
        .collect()
    }
}

impl Storage {
    /// Whether the claimed operations of the run are counted in the index over all runs.
    fn claims_are_indexed(&self, run: RunNumber) -> bool {
        let mut counts: BTreeMap<Timestamp, u32> = BTreeMap::new();
        let lists = [Queue::Claimed, Queue::StartClaimed];
        let claimed = lists.into_iter().flat_map(|list| self.queue(run, list, Sequence(0)));
        for sequence in claimed {
            let Some(row) = self.progress(run, sequence) else { return false };
            *counts.entry(row.updated_at).or_default() += 1;
        }
        counts.into_iter().all(|(since, count)| {
            self.claims.get(&ClaimKey { since, run }).is_some_and(|counted| counted == count)
        })
    }
}

impl Storage {
    /// Whether every operation with a downtime is completed.
    fn downtimes_are_of_starts(&self, run: RunNumber) -> bool {
        self.downtimes.keys_range(DowntimeKey::all(run)).all(|DowntimeKey { start, .. }| {
            let progress = self.progress(run, start);
            progress.is_some_and(|progress| progress.state == RowState::Completed)
        })
    }

    /// Whether the wave that the header names has begun.
    fn wave_has_begun(&self, run: RunNumber) -> bool {
        let wave = self.header_of(run).wave;
        wave.is_none_or(|wave| self.waves.contains_key(&numbered(run, wave.0)))
    }
}

fn count(keys: impl Iterator) -> u64 {
    keys.count() as u64
}
