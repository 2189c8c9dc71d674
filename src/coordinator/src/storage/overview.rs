//! What the pages and metrics show of all runs. Each function reads a bounded number of records.

use super::{
    indexes::FleetKey,
    keys::{RunNumber, TargetKey},
    records::LastBackups,
    store::Storage,
    totals::Totals,
};
use backup_journal::{FleetName, RunId, Timestamp, journal::OwedStart};
use candid::Principal;

/// A canister that must be started.
pub struct Owed {
    /// Which.
    pub canister: Principal,
    /// What is known about its stop, and since when.
    pub owed: OwedStart,
    /// In which run.
    pub run_id: RunId,
}

/// Some runs, the newest first.
#[derive(Default)]
pub struct Runs {
    /// Their numbers.
    pub numbers: Vec<RunNumber>,
    /// Where older ones begin: those with a lower number.
    pub before: Option<u32>,
}

impl Storage {
    /// The counters over all runs.
    pub fn totals(&self) -> Totals {
        self.totals.get().0.clone()
    }

    /// Since when the oldest claim waits for its receipt.
    pub fn oldest_claim(&self) -> Option<Timestamp> {
        self.claims.range(..).next().map(|(key, _)| key.since)
    }

    /// Since when the oldest start is owed.
    pub fn oldest_owed(&self) -> Option<Timestamp> {
        self.stopped.iter().next().map(|entry| entry.key().since)
    }

    /// How many canisters must be started.
    pub fn owed_count(&self) -> u64 {
        self.stopped.len()
    }

    /// The canisters that must be started, the oldest first.
    pub fn owed(&self, limit: usize) -> Vec<Owed> {
        let keys = self.stopped.iter().take(limit).map(|entry| *entry.key());
        keys.map(|key| Owed {
            canister: key.target,
            owed: self.owed_start(key.run, key.target),
            run_id: self.header_of(key.run).run_id,
        })
        .collect()
    }

    fn owed_start(&self, run: RunNumber, target: Principal) -> OwedStart {
        let owed = self.owed_starts.get(&TargetKey { run, target });
        owed.expect("BUG: an owed start is missing in one of its indexes").0
    }

    /// After how many nanoseconds an owed start is overdue.
    pub fn restart_overdue_after_nanos(&self) -> u64 {
        self.settings().restart_overdue_after_seconds.saturating_mul(1_000_000_000)
    }

    /// How many fleets were ever backed up.
    pub fn fleet_count(&self) -> u64 {
        self.last_backups.len()
    }

    /// Some fleets, by name, and the last backups of each.
    pub fn fleets(&self, limit: usize) -> Vec<(String, LastBackups)> {
        let entries = self.last_backups.iter().take(limit);
        entries.map(|entry| (entry.key().0.clone(), entry.value().0)).collect()
    }

    /// The last backups of a fleet.
    pub fn last_backups_of(&self, fleet: &FleetName) -> LastBackups {
        self.last_backups.get(&FleetKey::from(fleet)).map(|record| record.0).unwrap_or_default()
    }

    /// How many drafts are open.
    pub fn draft_count(&self) -> u64 {
        self.drafts.len()
    }

    /// How many runs there are.
    pub fn run_count(&self) -> u64 {
        self.headers.len()
    }

    /// The newest runs, or the newest of those with a number below `before`.
    pub fn newest_runs(&self, before: Option<u32>, limit: usize) -> Runs {
        let end = RunNumber(before.unwrap_or(u32::MAX));
        let mut numbers = self.headers.keys_range(..end).rev();
        let shown: Vec<RunNumber> = numbers.by_ref().take(limit).collect();
        let before = numbers.next().and_then(|_| shown.last()).map(|run| run.0);
        Runs { numbers: shown, before }
    }

    /// The first event of the audit trail that is not before `time`.
    pub fn first_event_at(&self, time: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.audit_length());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.audit_event(middle).time < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
