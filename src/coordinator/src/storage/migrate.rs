//! Converts the layout of 0.1.0 to this one, in the first upgrade from it.
//!
//! Layout 1 stored since when a target was stopped, and the last completed run of a fleet, with or without snapshots.
//! Layout 2 stores every claimed stop, counts the snapshots of a run, and stores the last backups of a fleet by
//! outcome. All of it follows from the audit trail and the artifacts, which are read once.
//! Layout 1 had no waves. The rows of each run that is not over are linked to their waves, see [`waves`].

mod waves;

use super::{
    codec::Stored,
    keys::{RunKey, RunNumber, TargetKey, numbered},
    store::Storage,
};
use backup_journal::{
    Timestamp,
    api::{AuditEvent, AuditEventKind as Kind},
    journal::{Header, OwedStart},
    plan::BackupOperationKind,
};
use candid::Principal;
use std::collections::BTreeMap;

/// Starts that are owed, by run and target.
type Owed = BTreeMap<(RunNumber, Principal), OwedStart>;

impl Storage {
    /// Writes what layout 2 knows more than layout 1.
    pub(super) fn migrate_from_layout_1(&mut self) {
        self.page_progress();
        self.count_what_is_saved();
        self.link_waves();
        let owed = self.owed_by_the_trail();
        self.owed_starts.clear();
        self.stopped.clear();
        let mut starts_owed: BTreeMap<RunNumber, u32> = BTreeMap::new();
        for ((run, target), owed) in owed {
            self.set_owed_start(run, target, Some(owed));
            *starts_owed.entry(run).or_default() += 1;
        }
        for (run, starts_owed) in starts_owed {
            let header = Header { starts_owed, ..self.header_of(run) };
            self.headers.set(run, Some(Stored(header)));
        }
        self.find_runs_of_fleets();
    }

    fn find_runs_of_fleets(&mut self) {
        self.fleet_runs.clear();
        let runs: Vec<RunNumber> = self.headers.keys_range(..).collect();
        for run in runs {
            self.keep_run_of_fleet(run, None, &self.header_of(run));
        }
    }

    fn count_what_is_saved(&mut self) {
        self.last_backups.clear();
        self.open_runs.clear();
        let runs: Vec<RunNumber> = self.headers.keys_range(..).collect();
        for run in runs {
            let mut header = self.header_of(run);
            for entry in self.artifacts.range(TargetKey::all(run)) {
                header.count_artifact(&entry.value().0);
            }
            self.keep_last_backup(run, &header, self.ended_at(run, &header));
            if !header.is_over() {
                self.count_open_run(header.fleet.as_str(), |runs| runs + 1);
            }
            self.headers.set(run, Some(Stored(header)));
        }
    }

    /// A run ends with its last receipt.
    fn ended_at(&self, run: RunNumber, header: &Header) -> Timestamp {
        let last = header.receipts.checked_sub(1);
        let receipt = last.and_then(|index| self.receipts.get(&numbered(run, index)));
        receipt.map_or(header.updated_at, |receipt| receipt.0.recorded_at)
    }

    fn owed_by_the_trail(&self) -> Owed {
        let mut owed = Owed::new();
        for index in 0..self.audit_length() {
            self.follow(&mut owed, &self.audit_event(index));
        }
        owed
    }

    /// Follows one event by the rule of the state machine.
    fn follow(&self, owed: &mut Owed, event: &AuditEvent) {
        let (Kind::OperationClaimed { sequence, .. } | Kind::ReceiptRecorded { sequence, .. }) =
            event.kind
        else {
            return;
        };
        let run = event.run_id.as_ref().and_then(|id| self.run_numbers.get(&RunKey::from(id)));
        let Some(spec) = run.and_then(|run| self.operation_spec(run, sequence.0)) else { return };
        let (Some(run), Some(target)) = (run, spec.target) else { return };
        let before = owed.get(&(run, target)).copied();
        let after = match event.kind {
            Kind::ReceiptRecorded { outcome, .. } => {
                OwedStart::after_end(before, spec.kind, outcome, event.time)
            }
            _ if spec.kind == BackupOperationKind::Stop => {
                Some(OwedStart::after_claim(before, event.time))
            }
            _ => before,
        };
        match after {
            Some(after) => owed.insert((run, target), after),
            None => owed.remove(&(run, target)),
        };
    }
}
