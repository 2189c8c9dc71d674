//! The work on a run, in its folder, until it is over.

use crate::{
    agent::{AgentNetwork, connect::Connection, settle::settle_requests},
    backup::{
        folder::{Folder, to_json},
        meter::Rate,
    },
    driver::{
        Driver, Limits, check::Snapshots, progress::Progress, retries::GivenUp, trouble::Trouble,
        watch, write_restored,
    },
    exit::Exit,
    output,
    run::{
        args::WorkArgs,
        drive::{self, Patience},
        live::Live,
        lock::FolderLock,
        outcome::Outcome,
        record::{RestoredFrom, RunRecord},
    },
};
use anyhow::{Error, Result, anyhow};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{RunId, journal::RunState};
use std::sync::Arc;
use tokio::signal::ctrl_c;

/// The work on a run. Nobody else works in the folder meanwhile.
pub struct Work<'a> {
    /// The calls of it that change canisters are kept in the folder until it is certain what has become of them.
    network: AgentNetwork,
    /// The same network for looking alone, which waits for no call of an earlier driver.
    plain: &'a AgentNetwork,
    coordinator: &'a CoordinatorClient<AgentNetwork>,
    run_id: &'a RunId,
    /// Where the backup lies.
    pub folder: Folder,
    limits: Limits,
    json: bool,
    /// Whether the coordinator is to start the members by a deadline.
    has_deadline: bool,
    /// What is restored from; none if the run is a backup.
    restores: Option<RestoredFrom>,
    _lock: FolderLock,
}

impl<'a> Work<'a> {
    /// Locks the folder.
    ///
    /// # Errors
    /// If another process works in it.
    pub fn on(
        connection: &'a Connection,
        run_id: &'a RunId,
        folder: Folder,
        args: &WorkArgs,
    ) -> Result<Self> {
        let lock = FolderLock::take(folder.path(), Some(connection.caller))?;
        let network = connection.network.keep_requests_in(&folder)?;
        let (coordinator, limits) = (&connection.coordinator, args.limits());
        let (json, has_deadline) = (args.json, false);
        let plain = &connection.network;
        Ok(Self {
            network,
            plain,
            coordinator,
            run_id,
            folder,
            limits,
            json,
            has_deadline,
            restores: None,
            _lock: lock,
        })
    }

    /// The same, of a run with this record.
    pub fn with(self, record: &RunRecord) -> Self {
        let restores = record.restores.clone();
        Self { has_deadline: record.restart_within.is_some(), restores, ..self }
    }

    /// Watches until the coordinator has done its part.
    pub async fn watch(&self) -> Result<()> {
        let (network, coordinator, run_id) = (&self.network, self.coordinator, self.run_id);
        let (mut live, mut patience) = (self.live().await?, Patience::default());
        while let Err(error) = watch(network, coordinator, run_id, &mut live).await {
            // The coordinator goes on meanwhile.
            patience.after(error, network, coordinator, run_id).await?;
        }
        live.progress.finish();
        let over = coordinator.resume_summary(run_id).await?;
        if over.restore.is_some() && over.state == RunState::Completed {
            write_restored(coordinator, run_id, &self.folder).await?;
        }
        Ok(())
    }

    /// Does what is left of the run, verifies what it has come to, and shows it. Ctrl-C ends it as any other death of the
    /// process does, and says what then is to be done.
    pub async fn finish(&self, snapshots: Snapshots<'_>) -> Result<Exit> {
        let driven = tokio::select! {
            driven = self.drive() => driven,
            _ = ctrl_c() => Err(anyhow!("interrupted")),
        };
        let Err(error) = driven else { return self.show(None, snapshots).await };
        tokio::select! {
            explained = self.explain(&error, snapshots) => explained,
            _ = ctrl_c() => Ok(Exit::Failed),
        }
    }

    /// Says how the fleet is after an error, and what to do.
    async fn explain(&self, error: &Error, snapshots: Snapshots<'_>) -> Result<Exit> {
        let (network, coordinator) = (self.plain, self.coordinator);
        let trouble = Trouble::after(error, network, coordinator, self.run_id, &self.folder).await;
        let contained = self.restores.is_some() && self.is_contained().await.unwrap_or(true);
        let trouble = Trouble { contained, ..trouble };
        for line in trouble.explain(self.run_id, &self.next_steps(&trouble)) {
            output::tell(&line);
        }
        let shown = self.show(Some(trouble.what), snapshots).await;
        Ok(shown.unwrap_or(Exit::Failed))
    }

    /// Verifies what the run has come to, and shows it.
    async fn show(&self, error: Option<String>, snapshots: Snapshots<'_>) -> Result<Exit> {
        let outcome =
            Outcome::of(self.plain, self.coordinator, self.run_id, &self.folder, snapshots);
        let outcome = Outcome { error, ..outcome.await? };
        if self.json {
            output::answer(&to_json(&outcome)?)?;
        } else if outcome.error.is_none() {
            output::show(&outcome.render());
        }
        if let Some(problem) = outcome.problem().filter(|_| outcome.error.is_none()) {
            output::tell(&format!("error: {problem}"));
        }
        Ok(outcome.exit())
    }

    /// Ends what an earlier driver of a restore has claimed, and rolls it back.
    pub async fn roll_back(&self, reason: &str) -> Result<()> {
        let (network, coordinator) = (&self.network, self.coordinator);
        settle_requests(network, coordinator, self.run_id).await?;
        let mut live = self.live().await?;
        let ended = self.driver().await?.end_claimed(&mut live).await;
        live.progress.finish();
        // A load that has failed is rolled back as the others are.
        match ended {
            Err(error) if !error.is::<GivenUp>() => return Err(error),
            _ => {}
        }
        coordinator.roll_back_run(self.run_id, reason).await?;
        Ok(())
    }

    async fn is_contained(&self) -> Result<bool> {
        let summary = self.coordinator.resume_summary(self.run_id).await?;
        Ok(summary.state == RunState::Contained)
    }

    async fn driver(&self) -> Result<Driver<AgentNetwork>> {
        let (network, coordinator) = (self.network.clone(), self.coordinator.clone());
        let backup = match &self.restores {
            Some(RestoredFrom::Folder(path)) => Some(Folder::open(path)),
            Some(RestoredFrom::Network) | None => None,
        };
        let (folder, backup) = (&self.folder, backup.as_ref());
        Driver::of(network, coordinator, self.run_id, folder, backup, self.limits).await
    }

    async fn drive(&self) -> Result<()> {
        let (network, coordinator) = (&self.network, self.coordinator);
        settle_requests(network, coordinator, self.run_id).await?;
        let verb = if self.restores.is_some() { "uploaded" } else { "downloaded" };
        let rate = Arc::new(Rate::new(verb));
        let driver = self.driver().await?.with_meter(rate.clone());
        let mut live = self.live().await?;
        let ended = drive::to_the_end(&driver, network, coordinator, self.run_id, &mut live).await;
        live.progress.finish();
        rate.end();
        ended.map(drop)
    }

    async fn live(&self) -> Result<Live> {
        let summary = self.coordinator.resume_summary(self.run_id).await?;
        let targets = self.coordinator.all_targets(self.run_id).await?;
        let roles = targets.into_iter().filter_map(|status| {
            let target = status.target;
            Some((target.canister_id, target.role?))
        });
        let progress = Progress::new(summary.total_operations as usize, roles.collect());
        Ok(Live { progress, has_deadline: self.has_deadline })
    }

    fn next_steps(&self, trouble: &Trouble) -> Vec<String> {
        let (run_id, out) = (self.run_id, self.folder.path().display());
        let go_on =
            format!("To go on: backupctl resume {run_id} --out {out}, with the same identity.");
        let give_up = (!trouble.stopped.is_empty()).then(|| match (trouble.contained, &self.restores) {
            (true, _) => format!("To undo the restore: backupctl rollback {run_id} --reason TEXT --out {out}."),
            (false, None) => format!("To give the backup up: backupctl abort {run_id} --reason TEXT, then resume, which starts the members."),
            (false, Some(_)) => format!("To give the restore up: backupctl abort {run_id} --reason TEXT, then resume, which starts the members."),
        });
        [go_on].into_iter().chain(give_up).collect()
    }
}
