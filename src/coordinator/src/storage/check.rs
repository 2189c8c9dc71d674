//! Whether what is stored of a run is all there, and in every index that tells of it.

use super::{
    indexes::{ClaimKey, HoldKey, StoppedKey},
    keys::{RunNumber, TargetKey, numbered},
    store::Storage,
};
use backup_journal::journal::{Header, StoredCounts, Violation};

impl Storage {
    /// How many records of each kind are stored for a run.
    pub fn stored_counts(&self, run: RunNumber) -> StoredCounts {
        let numbers = numbered(run, 0)..=numbered(run, u32::MAX);
        StoredCounts {
            progress: count(self.progress.keys_range(numbers.clone())),
            receipts: count(self.receipts.keys_range(numbers)),
            artifacts: count(self.artifacts.keys_range(TargetKey::all(run))),
            owed_starts: count(self.owed_starts.keys_range(TargetKey::all(run))),
        }
    }

    /// The indexes over all runs that do not tell what this run says.
    pub fn check_indexes(&self, run: RunNumber, header: &Header) -> Vec<Violation> {
        let claimed = header
            .pending_since
            .is_none_or(|since| self.claims.contains_key(&ClaimKey { since, run }));
        let (mut stopped, mut held) = (true, true);
        for entry in self.owed_starts.range(TargetKey::all(run)) {
            let (target, owed) = (entry.key().target, entry.value().0);
            let key = StoppedKey { claim: ClaimKey { since: owed.since, run }, target };
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

fn count(keys: impl Iterator) -> u64 {
    keys.count() as u64
}
