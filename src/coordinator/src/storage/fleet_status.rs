//! What the status of a fleet is made of. Of each fleet a bounded number of records is read.

use super::{
    keys::RunNumber,
    records::{FleetRuns, LastBackup, LastBackups},
    store::Storage,
};
use backup_journal::{
    FleetName, RunId, Timestamp,
    api::CoordinatorError,
    fleet_status::{DownRun, FleetBackup, FleetFacts, FleetRun, FleetStatus},
    journal::Header,
    limits::check_name,
};
use std::collections::{BTreeMap, BTreeSet};

/// The most runs of a fleet that owe starts or are contained, of which its status tells.
const MOST_DOWN: usize = 20;
/// Of how many canisters of a run the one that waits longest for its start is searched for.
const MOST_OWED: u32 = 500;
/// The most runs that the coordinator executes among which that of a fleet is searched for.
const MOST_EXECUTED: usize = 1_000;

impl Storage {
    /// The status of a fleet, registered or not.
    ///
    /// # Errors
    /// [`CoordinatorError::FleetNotFound`], or that the name is longer than any name may be.
    pub fn fleet_status(
        &self,
        name: &FleetName,
        now: Timestamp,
    ) -> Result<FleetStatus, CoordinatorError> {
        check_name("fleet", name.as_str())?;
        let runs = self.runs_of(name);
        let runs = runs.ok_or_else(|| CoordinatorError::FleetNotFound { fleet: name.clone() })?;
        Ok(self.facts(name, runs, self.executed_run_of(name), now).status(now))
    }

    /// The statuses of the fleets `start..end`, sorted by name.
    pub fn fleet_statuses(&self, start: u32, end: u32, now: Timestamp) -> Vec<FleetStatus> {
        let mut executed = self.executed();
        let status = |(name, runs): (FleetName, FleetRuns)| {
            self.facts(&name, runs, executed.remove(&name), now).status(now)
        };
        self.known_fleet_range(start, end).into_iter().map(status).collect()
    }

    /// The run that the coordinator executes of each fleet.
    fn executed(&self) -> BTreeMap<FleetName, RunId> {
        let executed = self.active_executions().take(MOST_EXECUTED).filter_map(|run| {
            let execution = self.execution(run).filter(|execution| !execution.starts_only)?;
            Some((execution.fleet, self.header_of(run).run_id))
        });
        executed.collect()
    }

    fn facts(
        &self,
        name: &FleetName,
        runs: FleetRuns,
        executing: Option<RunId>,
        now: Timestamp,
    ) -> FleetFacts {
        let LastBackups { on_network, complete, proven } = self.last_backups_of(name);
        // Mostly all of these are the same run.
        let backups = [on_network, complete, proven].map(|last| last.map(|last| last.run));
        let told: BTreeSet<RunNumber> =
            [runs.last, runs.last_ended].into_iter().chain(backups).flatten().collect();
        let headers: BTreeMap<RunNumber, Header> =
            told.into_iter().map(|run| (run, self.header_of(run))).collect();
        let run = |run: Option<RunNumber>| run.map(|run| FleetRun::of(&headers[&run]));
        let backup = |last: Option<LastBackup>| {
            let LastBackup { completed_at, run } = last?;
            Some(FleetBackup::at(headers[&run].run_id.clone(), completed_at, now))
        };
        let down = self.down_runs_of(name, MOST_DOWN);
        let fleet = self.fleet(name).ok().map(|record| record.fleet);
        FleetFacts {
            name: name.clone(),
            schedule: fleet.as_ref().and_then(|fleet| self.schedule_status_of(fleet)),
            fleet,
            last_run: run(runs.last),
            last_ended: run(runs.last_ended),
            down: down.into_iter().map(|run| self.down_run(run)).collect(),
            executing,
            on_network: backup(on_network),
            complete: backup(complete),
            proven: backup(proven),
            slots: self.slots_used(name),
            gone: on_network.map_or(0, |last| headers[&last.run].snapshots_deleted),
            discovery: self.discovery(name),
            restart_overdue_after_nanos: self.restart_overdue_after_nanos(),
        }
    }

    fn down_run(&self, run: RunNumber) -> DownRun {
        let header = self.header_of(run);
        let owed = self.starts_owed(run, None, MOST_OWED);
        DownRun {
            contained: header.is_contained(),
            starts_owed: header.starts_owed,
            owed_since: owed.iter().map(|start| start.owed.since).min(),
            deadline: self.deadline(run).and_then(|deadline| deadline.at(&header)),
            run_id: header.run_id,
        }
    }
}
