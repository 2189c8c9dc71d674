//! Which runs of a fleet may have snapshots on the network, and which of these snapshots are to be deleted.

use super::{
    codec::Stored,
    indexes::FleetKey,
    journals::StoredJournal,
    keys::{RunNumber, TargetKey},
    records::SlotsRecord,
    snapshot_keys::{DeletionKey, FleetRunKey},
    store::Storage,
};
use backup_journal::{
    FleetName, RunId, Timestamp,
    fleet::SlotsUsed,
    journal::{Artifact, JournalView as _},
    retention::{Deletion, SnapshotSet},
};
use candid::Principal;
use std::collections::BTreeMap;

/// The first and the last possible moment of a deletion.
const ALWAYS: (Timestamp, Timestamp) = (Timestamp(0), Timestamp(u64::MAX));

impl Storage {
    /// The newest runs of a fleet that may have snapshots on the network, at most `limit`, with the newest first.
    pub fn snapshot_sets(&self, fleet: &FleetName, limit: usize) -> Vec<(RunNumber, SnapshotSet)> {
        let runs = self.runs_with_snapshots(fleet, limit).into_iter();
        let journals: Vec<_> = runs.map(|run| StoredJournal::new(self, run)).collect();
        let source_and_run = |journal: &StoredJournal<'_>| {
            let header = journal.header();
            if header.restore.is_none() || header.is_over() {
                return None;
            }
            let origin = self.plan(journal.run_number()).header.restore?;
            Some((origin.run_id, header.run_id.clone()))
        };
        let restored: BTreeMap<RunId, RunId> = journals.iter().filter_map(source_and_run).collect();
        let set = |journal: &StoredJournal<'_>| {
            let restored_by = restored.get(&journal.header().run_id).cloned();
            (journal.run_number(), SnapshotSet::of(journal, restored_by))
        };
        journals.iter().map(set).collect()
    }

    /// The runs themselves.
    pub fn runs_with_snapshots(&self, fleet: &FleetName, limit: usize) -> Vec<RunNumber> {
        let keys = self.snapshot_sets.keys_range(FleetRunKey::all(fleet)).rev();
        keys.take(limit).map(|key| key.run).collect()
    }

    /// What a run has of its targets, of at most `limit` of them.
    pub fn artifacts(&self, run: RunNumber, limit: usize) -> Vec<(Principal, Artifact)> {
        let entries = self.artifacts.range(TargetKey::all(run)).take(limit);
        entries.map(|entry| (entry.key().target, entry.value().0)).collect()
    }

    /// What a run has of a target.
    pub fn artifact(&self, run: RunNumber, target: Principal) -> Option<Artifact> {
        self.artifacts.get(&TargetKey { run, target }).map(|record| record.0)
    }

    /// How many snapshots of a run are being deleted.
    pub fn deleting(&self, run: RunNumber) -> u32 {
        self.snapshot_sets.get(&self.set_key(run)).unwrap_or_default()
    }

    /// The deletions that are tried at `now` or before, at most `limit`.
    pub fn deletions_until(&self, now: Timestamp, limit: usize) -> Vec<DeletionKey> {
        let last = last_key(now);
        self.deletions.keys_range(first_key(ALWAYS.0)..=last).take(limit).collect()
    }

    /// When the first deletion is tried next; none if there is none.
    pub fn next_deletion(&self) -> Option<Timestamp> {
        if self.deletions.is_empty() {
            return None;
        }
        let mut all = self.deletions.keys_range(first_key(ALWAYS.0)..=last_key(ALWAYS.1));
        all.next().map(|key| key.at)
    }

    /// The first deletions, at most `limit`.
    pub fn first_deletions(&self, limit: usize) -> Vec<(DeletionKey, Deletion)> {
        let entries = self.deletions.iter().take(limit);
        entries.map(|entry| (*entry.key(), entry.value().0)).collect()
    }

    /// A snapshot that is to be deleted; none if it is deleted meanwhile.
    pub fn deletion(&self, key: &DeletionKey) -> Option<Deletion> {
        self.deletions.get(key).map(|record| record.0)
    }

    /// How many snapshots the fullest member of a fleet had in the last preflight that the coordinator made; none before the
    /// first.
    pub fn slots_used(&self, fleet: &FleetName) -> Option<SlotsUsed> {
        self.slots.get(&FleetKey::from(fleet)).map(|record| record.0.used)
    }

    /// Keeps how many snapshots a member of a fleet has, if in this run none has more.
    pub(crate) fn keep_slots(&mut self, fleet: &FleetName, run: RunNumber, used: SlotsUsed) {
        let key = FleetKey::from(fleet);
        let fuller =
            |known: SlotsRecord| known.run == run && known.used.most_used >= used.most_used;
        if !self.slots.get(&key).is_some_and(|record| fuller(record.0)) {
            self.slots.insert(key, Stored(SlotsRecord { run, used }));
        }
    }

    pub(crate) fn add_snapshot_set(&mut self, fleet: &FleetName, run: RunNumber) {
        self.snapshot_sets.insert(FleetRunKey { fleet: fleet.clone(), run }, 0);
    }

    pub(crate) fn remove_snapshot_set(&mut self, run: RunNumber) {
        self.snapshot_sets.remove(&self.set_key(run));
    }

    pub(crate) fn add_deletion(&mut self, key: DeletionKey, deletion: Deletion) {
        self.deletions.insert(key, Stored(deletion));
        let set = self.set_key(key.run);
        let deleting = self.snapshot_sets.get(&set).unwrap_or_default();
        self.snapshot_sets.insert(set, deleting + 1);
    }

    pub(crate) fn postpone_deletion(&mut self, key: DeletionKey, at: Timestamp, next: Deletion) {
        self.deletions.remove(&key);
        self.deletions.insert(DeletionKey { at, ..key }, Stored(next));
    }

    /// Removes a deletion; answers with how many of the run are left.
    pub(crate) fn remove_deletion(&mut self, key: DeletionKey) -> u32 {
        self.deletions.remove(&key);
        let set = self.set_key(key.run);
        let left = self.snapshot_sets.get(&set).unwrap_or_default().saturating_sub(1);
        self.snapshot_sets.insert(set, left);
        left
    }

    fn set_key(&self, run: RunNumber) -> FleetRunKey {
        FleetRunKey { fleet: self.header_of(run).fleet, run }
    }
}

const fn first_key(at: Timestamp) -> DeletionKey {
    DeletionKey { at, run: RunNumber(0), target: Principal::management_canister(), number: 0 }
}

fn last_key(at: Timestamp) -> DeletionKey {
    let target = Principal::from_slice(&[u8::MAX; Principal::MAX_LENGTH_IN_BYTES]);
    DeletionKey { at, run: RunNumber(u32::MAX), target, number: u8::MAX }
}
