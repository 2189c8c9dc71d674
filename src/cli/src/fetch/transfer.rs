//! Fetches one run: downloads, verifies and reports what is left of it, unless somebody else does.

use crate::{
    agent::connect::{Connection, Settings},
    backup::{
        folder::{Folder, ensure_usable},
        manifest::Manifest,
    },
    disk::publish,
    driver::{Driver, Ended, Limits, give_up},
    fetch::{
        begin::{Decision, Look, waits},
        claims::{Claims, claimed},
        shelf::Shelf,
    },
    names::parse_run_id,
    network::Network,
    output,
    run::{fetch_folder, lock::FolderLock, record::RunRecord},
    words::time,
};
use anyhow::{Context, Result, bail};
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::{
    RunId, Span,
    api::CoordinatorError,
    execution::{ExecutionError, ExecutionPhase},
    journal::{Operation, ResumeSummary},
};
use std::time::Duration;

const OTHER_HAS_BEGUN: &str = "another service has begun with this transfer";

const MOVE_AWAY: &str = "a backup is never written over another; move it away";

/// How runs are fetched.
pub struct Transfers<'a> {
    /// The coordinator.
    pub connection: &'a Connection,
    /// How it is reached.
    pub settings: &'a Settings,
    /// Where the backups lie.
    pub shelf: &'a Shelf,
    /// How much is done side by side.
    pub limits: Limits,
    /// After what time without a change a run is taken over.
    pub take_over_after: Duration,
}

/// What has become of a run.
#[derive(Debug)]
pub enum Fetched {
    /// It is here, and verified.
    Whole,
    /// The coordinator has not done its part, or the run was aborted meanwhile.
    NotWaiting,
    /// It is somebody else's now.
    LeftAlone(String),
}

impl Transfers<'_> {
    /// Fetches a run that waits for its downloads.
    pub async fn fetch(&self, summary: &ResumeSummary) -> Result<Fetched> {
        let run_id = &summary.run_id;
        let Connection { coordinator, network, .. } = self.connection;
        let Some(executed) = is_executed(coordinator, run_id).await? else {
            return Ok(Fetched::NotWaiting);
        };
        let name =
            parse_run_id(run_id.as_str()).context("its id cannot be the name of a folder")?;
        let path = self.shelf.path(name.as_str());
        // The summary is that of the beginning of the pass, and other runs were fetched since.
        let summary = coordinator.resume_summary(run_id).await?;
        if !waits(&summary) {
            return Ok(Fetched::NotWaiting);
        }
        let open = coordinator.all_open_operations(run_id).await?;
        let begun_here = Claims::are_in(&path);
        let foreign =
            if begun_here { Claims::open(run_id, &path)?.foreign(&open) } else { claimed(&open) };
        let look = Look {
            summary: &summary,
            executed,
            begun_here,
            open: &open,
            foreign: &foreign,
            now: network.now(),
            take_over_after: self.take_over_after,
        };
        match look.decide() {
            Decision::Leave(until) => {
                let until = time(until);
                let left =
                    format!("somebody else may work on it, so it is looked at again after {until}");
                return Ok(Fetched::LeftAlone(left));
            }
            Decision::TakeOver => {
                let silent = Span::between(summary.updated_at, network.now());
                output::tell(&format!("{run_id}: taken over, nothing was reported for {silent}"));
                let reason =
                    format!("taken over by another driver after {silent} without a report");
                give_up(coordinator, &summary, &foreign, &reason).await?;
            }
            Decision::Begin => {}
        }
        let folder = self.folder(run_id).await?;
        let _lock = FolderLock::take(folder.path(), Some(self.connection.caller))?;
        let mut claims = Claims::open(run_id, folder.path())?;
        if let Some(left) = self.claim_first(&summary, &mut claims).await? {
            return Ok(left);
        }
        let driver =
            Driver::of(network.clone(), coordinator.clone(), run_id, &folder, None, self.limits);
        match driver.await?.drive(&mut claims).await? {
            Ended::Completed if Manifest::read(&folder)?.is_some() => Ok(Fetched::Whole),
            Ended::Completed => bail!(
                "another driver has fetched it to the end; what is here is incomplete, remove {}",
                folder.path().display()
            ),
            _ => Ok(Fetched::NotWaiting),
        }
    }

    /// The folder of the run. It gets its name when it says of which run it is.
    async fn folder(&self, run_id: &RunId) -> Result<Folder> {
        let coordinator = &self.connection.coordinator;
        let folder = Folder::open(&self.shelf.path(run_id.as_str()));
        if let Some(record) = RunRecord::read(&folder)? {
            let shown = folder.path().display();
            if record.coordinator != coordinator.coordinator() || record.run_id != *run_id {
                bail!("{shown} is of the run {} of {}", record.run_id, record.coordinator);
            }
            return Ok(folder);
        }
        ensure_usable(folder.path(), MOVE_AWAY)?;
        let begun = fetch_folder(coordinator, run_id, &self.shelf.unnamed(run_id.as_str())).await?;
        let own = coordinator.coordinator();
        RunRecord::of(run_id, own, self.settings, true, None).write(&begun)?;
        Claims::open(run_id, begun.path())?;
        publish(begun.disk(), begun.path(), folder.path())?;
        Ok(folder)
    }

    /// Of two services that begin at the same time, the one with the earlier operation goes on. The other one gives its
    /// claim back; what is left of the run is the answer then.
    async fn claim_first(
        &self,
        summary: &ResumeSummary,
        claims: &mut Claims,
    ) -> Result<Option<Fetched>> {
        let (coordinator, run_id) = (&self.connection.coordinator, &summary.run_id);
        let open = coordinator.all_open_operations(run_id).await?;
        if claims.own(&open).is_empty() && summary.next_operation.is_some() {
            for operation in coordinator.claim_operations(run_id, 1).await? {
                claims.note(&operation)?;
            }
        }
        let open = coordinator.all_open_operations(run_id).await?;
        let first = |claims: &[Operation]| claims.iter().map(|it| it.sequence).min();
        let (own, foreign) = (claims.own(&open), claims.foreign(&open));
        match (first(&own), first(&foreign)) {
            (_, None) => Ok(None),
            (Some(own), Some(foreign)) if own < foreign => Ok(None),
            _ => {
                give_up(coordinator, summary, &own, OTHER_HAS_BEGUN).await?;
                Ok(Some(Fetched::LeftAlone(OTHER_HAS_BEGUN.to_owned())))
            }
        }
    }
}

/// Whether the coordinator executes the run, and has done its part; none if it has not.
async fn is_executed<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    run_id: &RunId,
) -> Result<Option<bool>> {
    match coordinator.execution_status(run_id).await {
        Ok(status) => Ok((status.phase == ExecutionPhase::Over).then_some(!status.starts_only)),
        Err(ClientError::Refused(CoordinatorError::Execution(ExecutionError::NotExecuted {
            ..
        }))) => Ok(Some(false)),
        Err(error) => Err(error.into()),
    }
}
