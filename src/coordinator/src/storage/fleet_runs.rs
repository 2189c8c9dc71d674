//! Which runs of a fleet its status tells of, and which fleets there are: those that are registered, and those with runs.

use super::{
    codec::Stored, indexes::FleetKey, keys::RunNumber, records::FleetRuns,
    snapshot_keys::FleetRunKey, store::Storage,
};
use backup_journal::{FleetName, journal::Header};

impl Storage {
    /// How many fleets there are, registered or not.
    pub fn known_fleets(&self) -> u64 {
        self.fleet_runs.len()
    }

    /// The fleets `start..end`, sorted by name, with the runs that their statuses tell of.
    pub fn known_fleet_range(&self, start: u32, end: u32) -> Vec<(FleetName, FleetRuns)> {
        let fleets = self.fleet_runs.iter().skip(start as usize).take((end - start) as usize);
        fleets.map(|entry| (FleetName::from(entry.key().0.as_str()), entry.value().0)).collect()
    }

    /// The runs of a fleet that its status tells of; none if there is no such fleet.
    pub fn runs_of(&self, fleet: &FleetName) -> Option<FleetRuns> {
        self.fleet_runs.get(&FleetKey::from(fleet)).map(|record| record.0)
    }

    /// The runs of a fleet that owe starts or are contained, at most `limit`, the first that were created.
    pub fn down_runs_of(&self, fleet: &FleetName, limit: usize) -> Vec<RunNumber> {
        self.down_runs.keys_range(FleetRunKey::all(fleet)).take(limit).map(|key| key.run).collect()
    }

    /// Keeps what the status of a fleet tells of a run that has become what `header` says.
    pub(crate) fn keep_run_of_fleet(
        &mut self,
        run: RunNumber,
        before: Option<&Header>,
        header: &Header,
    ) {
        let ended = header.is_over() && !before.is_some_and(Header::is_over);
        if before.is_none() || ended {
            let known = self.runs_of(&header.fleet).unwrap_or_default();
            let after = FleetRuns {
                last: if before.is_none() { Some(run) } else { known.last },
                // An old run can end after a newer one: it is not the last for that.
                last_ended: known.last_ended.max(ended.then_some(run)),
            };
            self.fleet_runs.insert(FleetKey::from(&header.fleet), Stored(after));
        }
        match (before.is_some_and(is_down), is_down(header)) {
            (false, true) => self.down_runs.insert(down_key(run, header), ()),
            (true, false) => self.down_runs.remove(&down_key(run, header)),
            (true, true) | (false, false) => {}
        }
    }

    /// Keeps that a fleet is registered.
    pub(crate) fn keep_fleet_known(&mut self, fleet: &FleetName) {
        if self.runs_of(fleet).is_none() {
            self.fleet_runs.insert(FleetKey::from(fleet), Stored(FleetRuns::default()));
        }
    }

    /// Forgets a fleet that is no longer registered, unless it has runs.
    pub(crate) fn forget_fleet(&mut self, fleet: &FleetName) {
        if self.runs_of(fleet) == Some(FleetRuns::default()) {
            self.fleet_runs.remove(&FleetKey::from(fleet));
        }
    }
}

/// Whether a run keeps canisters down, or may do so.
const fn is_down(header: &Header) -> bool {
    header.starts_owed > 0 || header.is_contained()
}

fn down_key(run: RunNumber, header: &Header) -> FleetRunKey {
    FleetRunKey { fleet: header.fleet.clone(), run }
}
