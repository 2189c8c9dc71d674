//! The loop of a backup: ask the journal what is next, claim it, perform it, report it.
//!
//! A driver has no state beside the journal and the folder, so another driver can continue where it died. A
//! [`Watcher`] can make operations fail and drivers die.

pub mod check;
mod download;
mod executor;
pub mod folder;
mod manifest;
mod notes;
mod preflight;
pub mod trouble;

use crate::network::Network;
use anyhow::{Context, Result, anyhow, bail};
use backup_coordinator_client::{ClientError, CoordinatorClient};
use backup_fleet::FleetError;
use backup_journal::{
    RunId, Sequence,
    api::CoordinatorError,
    journal::{
        JournalError, Operation, OperationReceipt, OperationState, ReceiptOutcome, ResumeSummary,
        RunState,
    },
    limits::{MAX_PLAN_TARGETS, MAX_TEXT_BYTES},
};
use executor::{Evidence, Executor};
use folder::Folder;

/// After that many failed attempts at one operation a driver gives up.
const MAX_ATTEMPTS: u32 = 3;

/// How a driver ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// Every operation is over.
    Completed,
    /// It died over this operation, which is still claimed.
    Died(Sequence),
    /// It was told to pause over this operation, which it has claimed.
    Paused(Sequence),
}

/// How far a driver got with an operation before it died.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CrashMoment {
    /// The fleet is untouched.
    Before,
    /// A call was sent and its answer was lost, or some of the bytes were written.
    Half,
    /// The operation is done and not reported.
    After,
}

/// Observes a driver, and can disturb it.
pub trait Watcher {
    /// A transition was accepted.
    fn transition(&mut self) -> Result<()>;
    /// The reason with which this attempt fails; `None` if it does not.
    fn failure(&mut self, operation: &Operation) -> Option<String>;
    /// Whether the driver pauses at the operation it has claimed, and leaves the run there.
    fn pause(&self, operation: &Operation) -> bool;
    /// Whether, and when, the driver dies at the operation it has claimed.
    fn crash(&mut self, operation: &Operation) -> Option<CrashMoment>;
    /// An attempt was reported.
    fn reported(&mut self, operation: &Operation, failure: Option<&str>);
}

/// Drives one run.
pub struct Driver<N> {
    coordinator: CoordinatorClient<N>,
    executor: Executor<N>,
    run_id: RunId,
}

impl<N: Network> Driver<N> {
    /// A driver of a run that it knows nothing of but the id and the folder.
    pub async fn of(
        network: N,
        coordinator: CoordinatorClient<N>,
        run_id: &RunId,
        folder: &Folder,
    ) -> Result<Self> {
        let (run_id, folder) = (run_id.clone(), folder.clone());
        let executor = Executor::of(network, coordinator.clone(), run_id.clone(), folder);
        Ok(Self {
            executor: executor.await.context("the journal cannot be read")?,
            coordinator,
            run_id,
        })
    }

    /// Goes on until the run is complete, or it is told otherwise.
    pub async fn drive(&self, watcher: &mut dyn Watcher) -> Result<Ended> {
        loop {
            let summary = self.coordinator.resume_summary(&self.run_id).await?;
            if summary.state == RunState::Completed {
                return Ok(Ended::Completed);
            }
            let Some(operation) = summary.next_operation.clone() else {
                self.accept_preflight(watcher).await?;
                continue;
            };
            if let Some(ended) = self.advance(&summary, operation, watcher).await? {
                return Ok(ended);
            }
        }
    }

    /// Moves the next operation one step on.
    async fn advance(
        &self,
        summary: &ResumeSummary,
        operation: Operation,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<Ended>> {
        match operation.state {
            OperationState::Ready => return self.claim(summary, watcher).await,
            // Claimed by a driver that died: performing looks first what it got done.
            OperationState::Pending => self.perform(summary, &operation, watcher).await?,
            OperationState::Failed => self.retry(&operation, watcher).await?,
            other => bail!("BUG: the next operation is {other:?}"),
        }
        Ok(None)
    }

    async fn claim(
        &self,
        summary: &ResumeSummary,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<Ended>> {
        let claimed = self.coordinator.mark_next_operation_pending(&self.run_id).await;
        let operation = match claimed {
            Err(error) if is_expired(&error) => {
                self.accept_preflight(watcher).await?;
                return Ok(None);
            }
            other => other.context("the next operation cannot be claimed")?,
        };
        watcher.transition()?;
        if watcher.pause(&operation) {
            return Ok(Some(Ended::Paused(operation.sequence)));
        }
        if let Some(moment) = watcher.crash(&operation) {
            self.die(&operation, moment).await?;
            return Ok(Some(Ended::Died(operation.sequence)));
        }
        self.perform(summary, &operation, watcher).await?;
        Ok(None)
    }

    async fn die(&self, operation: &Operation, moment: CrashMoment) -> Result<()> {
        match moment {
            CrashMoment::Before => Ok(()),
            CrashMoment::Half => self.executor.perform_half(operation).await,
            CrashMoment::After => self.executor.perform(operation).await.map(drop),
        }
    }

    async fn perform(
        &self,
        summary: &ResumeSummary,
        operation: &Operation,
        watcher: &mut dyn Watcher,
    ) -> Result<()> {
        let performed = match watcher.failure(operation) {
            Some(reason) => Err(anyhow!(reason)),
            None => self.executor.perform(operation).await,
        };
        let failure = performed.as_ref().err().map(reason);
        let receipt = receipt(summary, operation, performed.as_ref());
        let reported = self.coordinator.record_operation_receipt(&self.run_id, &receipt).await;
        match reported {
            // The report had arrived, only its answer got lost.
            Err(ClientError::Refused(CoordinatorError::Duplicate(_))) => {}
            other => {
                other.with_context(|| format!("{} cannot be reported", operation.operation_id))?;
                watcher.transition()?;
            }
        }
        watcher.reported(operation, failure.as_deref());
        match performed {
            Err(error) if needs_a_person(&error) => {
                Err(error.context(operation.operation_id.clone()))
            }
            _ => Ok(()),
        }
    }

    async fn retry(&self, operation: &Operation, watcher: &mut dyn Watcher) -> Result<()> {
        let (id, attempts) = (&operation.operation_id, operation.attempt.0);
        if attempts >= MAX_ATTEMPTS {
            let reason = operation.reason.as_deref().unwrap_or("no reason is known");
            bail!("{id} failed {attempts} times, at last because {reason}");
        }
        self.coordinator
            .retry_failed_operation(&self.run_id, operation.sequence)
            .await
            .with_context(|| format!("{id} cannot be retried"))?;
        watcher.transition()
    }

    async fn accept_preflight(&self, watcher: &mut dyn Watcher) -> Result<()> {
        let preflight = self.executor.preflight().await?;
        let receipts = preflight.receipts().await;
        let receipts = receipts.context("the preflight does not succeed")?;
        let accepted = if receipts.control_authority.len() > MAX_PLAN_TARGETS {
            self.coordinator.accept_preflight_in_batches(&self.run_id, &receipts).await
        } else {
            self.coordinator.accept_preflight_receipts(&self.run_id, &receipts).await
        };
        accepted.context("the preflight is not accepted")?;
        watcher.transition()
    }
}

fn is_expired(error: &ClientError) -> bool {
    let ClientError::Refused(CoordinatorError::Journal(error)) = error else {
        return false;
    };
    matches!(error, JournalError::PreflightExpired { .. })
}

/// Whether an operator must decide something before another attempt.
fn needs_a_person(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(FleetError::needs_a_person)
}

/// An error as a receipt gives it: not longer than the coordinator takes.
fn reason(error: &anyhow::Error) -> String {
    let mut reason = format!("{error:#}");
    reason.truncate(reason.floor_char_boundary(MAX_TEXT_BYTES));
    reason
}

fn receipt(
    summary: &ResumeSummary,
    operation: &Operation,
    performed: Result<&Evidence, &anyhow::Error>,
) -> OperationReceipt {
    let outcome = match performed {
        Ok(_) => ReceiptOutcome::Completed,
        Err(_) => ReceiptOutcome::Failed,
    };
    // A preflight row is over before there is a preflight to be named.
    let preflight = summary.preflight.as_ref();
    let receipt = OperationReceipt::new(
        summary.plan_id.clone(),
        summary.run_id.clone(),
        preflight.map(|accepted| accepted.preflight_id.clone()),
        operation,
        outcome,
    );
    match performed {
        Ok(evidence) => OperationReceipt {
            snapshot_id: evidence.snapshot_id.clone(),
            artifact_path: evidence.artifact_path.clone(),
            checksum: evidence.checksum.clone(),
            ..receipt
        },
        Err(error) => OperationReceipt { failure_reason: Some(reason(error)), ..receipt },
    }
}
