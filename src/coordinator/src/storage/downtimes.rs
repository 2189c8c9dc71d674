//! How long the targets of a run were down, and when its waves began.

use super::{
    codec::Stored,
    indexes::{DowntimeKey, StoppedKey},
    keys::{RunNumber, TargetKey, number, numbered},
    records::StartedRecord,
    store::Storage,
};
use backup_journal::{
    Timestamp,
    journal::{Downtime, Header, OwedStart, StopOutcome, Wave, WaveBegun},
};
use candid::Principal;

/// How many owed starts of all runs are looked at to find those of one run.
const LOOKED_AT: usize = 1_000;

impl Storage {
    pub(crate) fn keep_downtime(&mut self, run: RunNumber, downtime: Downtime) {
        let Downtime { start, target, since, until } = downtime;
        let key = DowntimeKey { run, nanos: until.nanos_since(since), start };
        self.downtimes.insert(key, Stored(StartedRecord { target, at: until }));
    }

    pub(crate) fn begin_wave(&mut self, run: RunNumber, wave: Wave, begun: WaveBegun) {
        self.waves.insert(numbered(run, wave.0), Stored(begun));
    }

    /// The targets of a run that were down longest and run again, the longest first.
    pub fn longest_downtimes(&self, run: RunNumber, limit: usize) -> Vec<Downtime> {
        let entries = self.downtimes.range(DowntimeKey::all(run)).rev().take(limit);
        let downtime = |key: DowntimeKey, StartedRecord { target, at }: StartedRecord| Downtime {
            start: key.start,
            target,
            since: Timestamp(at.0.saturating_sub(key.nanos)),
            until: at,
        };
        entries.map(|entry| downtime(*entry.key(), entry.value().0)).collect()
    }

    /// For how many nanoseconds the target at `position` was down, from the one on that was down for the shortest time.
    /// This reads the keys up to there.
    pub fn downtime_from_shortest(&self, run: RunNumber, position: u32) -> Option<u64> {
        let mut keys = self.downtimes.keys_range(DowntimeKey::all(run));
        keys.nth(position as usize).map(|key| key.nanos)
    }

    /// As [`Storage::downtime_from_shortest`], from the longest on.
    pub fn downtime_from_longest(&self, run: RunNumber, position: u32) -> Option<u64> {
        let mut keys = self.downtimes.keys_range(DowntimeKey::all(run)).rev();
        keys.nth(position as usize).map(|key| key.nanos)
    }

    /// The targets of a run that are stopped, the one that was stopped first in front, up to `limit`. Of the owed
    /// starts since the run was created, those of other runs included, only the oldest 1,000 are looked at.
    pub fn stopped_in(
        &self,
        run: RunNumber,
        header: &Header,
        limit: usize,
    ) -> Vec<(Principal, Timestamp)> {
        let first = StoppedKey {
            since: header.created_at,
            run: RunNumber(0),
            target: Principal::management_canister(),
        };
        let keys = self.stopped.keys_range(first..).take(LOOKED_AT);
        let is_stopped = |key: &StoppedKey| {
            let owed = self.owed_starts.get(&TargetKey { run, target: key.target });
            owed.is_some_and(|Stored(OwedStart { stop, .. })| stop == StopOutcome::Stopped)
        };
        keys.filter(|key| key.run == run && is_stopped(key))
            .map(|StoppedKey { since, target, .. }| (target, since))
            .take(limit)
            .collect()
    }

    /// The waves of a run that have begun, in order, up to `limit`.
    pub fn waves_begun(&self, run: RunNumber, limit: usize) -> Vec<(Wave, WaveBegun)> {
        self.waves
            .range(numbered(run, 0)..=numbered(run, u32::MAX))
            .take(limit)
            .map(|entry| (Wave(number(*entry.key())), entry.value().0))
            .collect()
    }
}
