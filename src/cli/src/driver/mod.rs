//! The loop of a backup: ask the journal where the run stands, do what can be done, ask again.
//!
//! A driver has no state beside the journal and the folder, so another driver can continue where it died. A
//! [`Watcher`] can make operations fail and drivers die.

mod agenda;
pub mod check;
pub mod downtime;
mod evidence;
mod executor;
mod leftovers;
mod look;
mod manifest;
mod notes;
pub mod origins;
mod preflight;
pub mod progress;
mod receipts;
pub mod restorable;
mod restored;
mod restoring;
pub mod retries;
mod tasks;
pub mod trouble;
mod watch;
mod watcher;
mod waves;

use crate::{
    backup::{folder::Folder, meter::Meter},
    network::Network,
};
use anyhow::{Context, Result, bail};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    RunId, Sequence,
    journal::{ResumeSummary, RunState},
    limits::MAX_PLAN_TARGETS,
};
use executor::Executor;
use std::sync::Arc;
use waves::{Stopped, Work};

pub use agenda::Limits;
pub use leftovers::give_up;
pub use restored::write as write_restored;
pub use watch::watch;
pub use watcher::{CrashMoment, Watcher};

/// How a driver ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// Every operation is over.
    Completed,
    /// The run was aborted, and every canister that it had stopped was started.
    Aborted,
    /// It died at this operation, which is still claimed.
    Died(Sequence),
    /// It was told to pause at this operation, which it has claimed.
    Paused(Sequence),
}

/// Drives one run.
pub struct Driver<N> {
    coordinator: CoordinatorClient<N>,
    executor: Executor<N>,
    run_id: RunId,
    limits: Limits,
}

impl<N: Network> Driver<N> {
    /// A driver that knows the id of the run and the folder, and asks the journal for the rest. `backup` is the folder that
    /// the run restores from, if it does.
    pub async fn of(
        network: N,
        coordinator: CoordinatorClient<N>,
        run_id: &RunId,
        folder: &Folder,
        backup: Option<&Folder>,
        limits: Limits,
    ) -> Result<Self> {
        let (run_id, folder, run) = (run_id.clone(), folder.clone(), coordinator.clone());
        let parallel = limits.operations;
        let executor = Executor::of(network, run, run_id.clone(), folder, backup, parallel);
        Ok(Self {
            executor: executor.await.context("the journal cannot be read")?,
            coordinator,
            run_id,
            limits,
        })
    }

    /// The same, and `meter` observes its downloads.
    #[must_use]
    pub fn with_meter(self, meter: Arc<dyn Meter>) -> Self {
        Self { executor: self.executor.with_meter(meter), ..self }
    }

    /// Makes all four checks at once, each canister being asked once, unless they were made or begun one by one.
    pub async fn make_preflight(&self, watcher: &mut dyn Watcher) -> Result<()> {
        let summary = self.coordinator.resume_summary(&self.run_id).await?;
        let untouched = summary.operations.completed + summary.operations.pending == 0;
        if summary.state == RunState::AwaitingPreflight && untouched {
            self.accept_preflight(watcher).await?;
        }
        Ok(())
    }

    /// Goes on until the run is over, or the driver is told otherwise.
    pub async fn drive(&self, watcher: &mut dyn Watcher) -> Result<Ended> {
        let (mut idle, mut told) = (false, false);
        loop {
            let summary = self.coordinator.resume_summary(&self.run_id).await?;
            if let Some(abort) = summary.abort.as_ref().filter(|_| !told) {
                let (was, follows) = if abort.rolled_back {
                    ("rolled back", "what was loaded is replaced, and all are started")
                } else {
                    ("aborted", "what was stopped is started")
                };
                watcher.note(&format!("the run was {was}: {}; {follows}", abort.reason));
                told = true;
            }
            match summary.state {
                RunState::Completed => return Ok(Ended::Completed),
                RunState::Aborted => {
                    leftovers::report(&self.coordinator, &self.executor, &summary).await?;
                    return Ok(Ended::Aborted);
                }
                _ if idle => bail!("{}", stuck(&summary)),
                _ => {}
            }
            if summary.next_operation.is_none() && !summary.preflight_accepted {
                self.accept_preflight(watcher).await?;
                continue;
            }
            let work = Work::new(&self.coordinator, &self.executor, &summary, self.limits, watcher);
            match work.run().await? {
                Stopped::Died(sequence) => return Ok(Ended::Died(sequence)),
                Stopped::Paused(sequence) => return Ok(Ended::Paused(sequence)),
                Stopped::PreflightExpired => self.accept_preflight(watcher).await?,
                Stopped::Done => {}
                Stopped::Idle => idle = true,
            }
        }
    }

    /// Ends what an earlier driver has claimed: the outcome of each is reported, and nothing else is begun.
    pub async fn end_claimed(&self, watcher: &mut dyn Watcher) -> Result<()> {
        let summary = self.coordinator.resume_summary(&self.run_id).await?;
        let work = Work::new(&self.coordinator, &self.executor, &summary, self.limits, watcher);
        work.end_claimed().await.map(drop)
    }

    async fn accept_preflight(&self, watcher: &mut dyn Watcher) -> Result<()> {
        let preflight = self.executor.preflight().await?;
        let receipts = preflight.receipts().await;
        let (receipts, uncontrolled) = receipts.context("the preflight does not succeed")?;
        watcher.uncontrolled(&uncontrolled);
        let accepted = if receipts.control_authority.len() > MAX_PLAN_TARGETS {
            self.coordinator.accept_preflight_in_batches(&self.run_id, &receipts).await
        } else {
            self.coordinator.accept_preflight_receipts(&self.run_id, &receipts).await
        };
        accepted.context("the preflight is not accepted")?;
        watcher.transitions(1)
    }
}

/// Why a run does not go on.
fn stuck(summary: &ResumeSummary) -> String {
    match &summary.next_operation {
        Some(next) => format!("{} is {:?} and cannot be claimed", next.operation_id, next.state),
        None => format!("the run is {:?}, and nothing of it can be claimed", summary.state),
    }
}
