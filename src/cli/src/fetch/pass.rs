//! One pass of the service: what waits is fetched, and what need not be kept is deleted.

use crate::{
    agent::connect::{Connection, Settings},
    clock::now,
    driver::Limits,
    fetch::{
        args::WatchArgs,
        begin::waits,
        shelf::{Shelf, Thinned},
        status::{Status, Waiting},
        transfer::{Fetched, Transfers},
        waits::Trouble,
    },
    output,
};
use anyhow::{Context, Result};
use backup_journal::{RunId, Timestamp, journal::ResumeSummary};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What the service remembers from one pass to the next. All of it can be lost.
pub struct Passes {
    /// Where the backups lie.
    pub shelf: Shelf,
    /// How the coordinator is reached.
    pub settings: Settings,
    /// What is asked for.
    pub args: WatchArgs,
    /// How much is done side by side.
    pub limits: Limits,
    /// Kept while it works: the clock and the identity may change until it does again.
    pub connection: Option<Connection>,
    /// What was wrong with the last pass as a whole.
    pub trouble: Option<Trouble>,
    /// What was wrong with runs.
    pub runs: BTreeMap<RunId, Trouble>,
    /// The runs that were left alone, as it was told.
    pub left_alone: BTreeMap<RunId, String>,
    /// The backups that were damaged, as it was told.
    pub damaged: BTreeMap<String, String>,
}

impl Passes {
    /// Makes a pass; the runs that still wait then.
    pub async fn fetch(&mut self) -> Result<Vec<Waiting>> {
        self.shelf.remove_leftovers()?;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.settings.connect().await?,
        };
        let all = connection.coordinator.all_journals().await;
        let mut runs = all.context("the runs cannot be listed")?;
        runs.retain(|run| waits(run) && self.is_wanted(&run.fleet));
        let ids: BTreeSet<RunId> = runs.iter().map(|run| run.run_id.clone()).collect();
        self.runs.retain(|run_id, _| ids.contains(run_id));
        self.left_alone.retain(|run_id, _| ids.contains(run_id));
        let mut waiting = Vec::new();
        for run in runs {
            if let Some(problem) = self.fetch_one(&connection, &run).await {
                let ResumeSummary { run_id, fleet, created_at: begun_at, .. } = run;
                waiting.push(Waiting { run_id, fleet, begun_at, problem });
            }
        }
        self.connection = Some(connection);
        Ok(waiting)
    }

    fn is_wanted(&self, fleet: &str) -> bool {
        self.args.fleet.is_empty() || self.args.fleet.iter().any(|name| name == fleet)
    }

    /// Fetches a run unless it has failed just before; why it still waits, if it does.
    async fn fetch_one(&mut self, connection: &Connection, run: &ResumeSummary) -> Option<String> {
        let run_id = &run.run_id;
        if let Some(trouble) = self.runs.get(run_id).filter(|it| it.wait() > Duration::ZERO) {
            return Some(trouble.problem.clone());
        }
        let transfers = Transfers {
            connection,
            settings: &self.settings,
            shelf: &self.shelf,
            limits: self.limits,
            take_over_after: Duration::from_secs(self.args.take_over_after),
        };
        let fetched = transfers.fetch(run).await;
        let earlier = self.runs.remove(run_id);
        let told = self.left_alone.remove(run_id);
        match fetched {
            Ok(Fetched::Whole) => {
                let (fleet, path) = (&run.fleet, self.shelf.path(run_id.as_str()));
                output::tell(&format!("{run_id} of {fleet} is fetched: {}", path.display()));
                None
            }
            Ok(Fetched::NotWaiting) => None,
            Ok(Fetched::LeftAlone(why)) => {
                if told.as_ref() != Some(&why) {
                    output::tell(&format!("{run_id} is left alone: {why}"));
                }
                self.left_alone.insert(run_id.clone(), why.clone());
                Some(why)
            }
            Err(error) => {
                let what = format!("{run_id} is not fetched");
                let trouble = Trouble::after(earlier, &what, &error, self.args.every());
                let problem = trouble.problem.clone();
                self.runs.insert(run_id.clone(), trouble);
                Some(problem)
            }
        }
    }

    /// Deletes what need not be kept, and says how the pass has ended.
    pub async fn close(&mut self, fetched: Result<Vec<Waiting>>) -> Status {
        let (waiting, failed) = match fetched {
            Ok(waiting) => (waiting, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let (backups, not_deleted) = match self.thin_out().await {
            Ok(thinned) => (thinned.left, thinned.problem),
            Err(error) => (Vec::new(), Some(error)),
        };
        let failed = failed.or(not_deleted);
        let problem = failed.as_ref().map(|error| format!("{error:#}"));
        let status = Status::of(now().unwrap_or(Timestamp(0)), problem, waiting, &backups);
        for (name, problem) in &status.damaged {
            if self.damaged.get(name) != Some(problem) {
                output::tell(&format!("{name} is damaged: {problem}"));
            }
        }
        self.damaged.clone_from(&status.damaged);
        let failed = failed.or(status.write(self.shelf.base()).err());
        let earlier = self.trouble.take();
        self.trouble = failed.map(|error| {
            Trouble::after(earlier, "this pass has failed", &error, self.args.every())
        });
        status
    }

    /// In a thread, since files are read, which may take long.
    async fn thin_out(&self) -> Result<Thinned> {
        let (place, kept, known) = (self.shelf.clone(), self.args.keep(), self.damaged.clone());
        let reading = tokio::task::spawn_blocking(move || place.thin_out(kept, &known));
        let done = reading.await.context("BUG: deleting has ended half-way")??;
        for name in &done.deleted {
            output::tell(&format!("{name} is deleted, since it need not be kept"));
        }
        Ok(done)
    }

    /// How long to wait for the next pass.
    pub fn wait(&self) -> Duration {
        self.trouble.as_ref().map_or(self.args.every(), Trouble::wait)
    }
}
