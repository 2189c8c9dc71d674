//! The calls and operations that a driver has under way, as tasks side by side.

use crate::{
    driver::{agenda::Performed, executor::Executor, receipts::receipt, watcher::CrashMoment},
    network::Network,
};
use anyhow::{Result, anyhow};
use backup_coordinator_client::{ClientError, CoordinatorClient};
use backup_journal::{
    RunId, Sequence,
    api::CoordinatorError,
    journal::{Operation, OperationReceipt, ReceiptRecord, ResumeSummary},
};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use std::time::Duration;

/// The answer of the coordinator.
pub type Answer<T> = Result<T, ClientError>;
/// Its answer about one receipt of a report.
pub type ReceiptAnswer = Result<ReceiptRecord, CoordinatorError>;

/// The end of a task.
pub enum Event {
    /// A claim of up to so many operations was answered.
    Claimed(u32, Answer<Vec<Operation>>),
    /// An attempt is over.
    Performed(Performed),
    /// A report was answered.
    Reported(Vec<Performed>, Answer<Vec<ReceiptAnswer>>),
    /// A retry was answered.
    Retried(Operation, Answer<Operation>),
    /// The driver died at this operation.
    Died(Sequence, Result<()>),
}

/// The tasks of one driver of one run.
pub struct Tasks<'a, N> {
    coordinator: &'a CoordinatorClient<N>,
    executor: &'a Executor<N>,
    summary: &'a ResumeSummary,
    under_way: FuturesUnordered<LocalBoxFuture<'a, Event>>,
}

impl<'a, N: Network> Tasks<'a, N> {
    /// No tasks, of the run that `summary` is about.
    pub fn new(
        coordinator: &'a CoordinatorClient<N>,
        executor: &'a Executor<N>,
        summary: &'a ResumeSummary,
    ) -> Self {
        Self { coordinator, executor, summary, under_way: FuturesUnordered::new() }
    }

    /// Waits for the end of a task; `None` if no task is under way.
    pub async fn next(&mut self) -> Option<Event> {
        self.under_way.next().await
    }

    /// A task that has ended already, if there is one.
    pub fn next_ended(&mut self) -> Option<Event> {
        self.under_way.next().now_or_never().flatten()
    }

    /// Performs an operation, or fails with this reason instead.
    pub fn perform(&self, operation: Operation, failure: Option<String>) {
        let executor = self.executor;
        self.begin(async move {
            let result = match failure {
                Some(reason) => Err(anyhow!(reason)),
                None => executor.perform(&operation).await,
            };
            Event::Performed(Performed::new(operation, result, executor.now()))
        });
    }

    /// Reports attempts.
    pub fn report(&self, performed: Vec<Performed>) {
        let (coordinator, run_id) = (self.coordinator, self.run_id());
        let receipts: Vec<OperationReceipt> =
            performed.iter().map(|performed| receipt(self.summary, performed)).collect();
        self.begin(async move {
            let answers = coordinator.record_operation_receipts(run_id, &receipts).await;
            Event::Reported(performed, answers)
        });
    }

    /// Claims up to `limit` operations.
    pub fn claim(&self, limit: u32) {
        let (coordinator, run_id) = (self.coordinator, self.run_id());
        self.begin(async move {
            Event::Claimed(limit, coordinator.claim_operations(run_id, limit).await)
        });
    }

    /// Makes a failed operation Ready again after a while.
    pub fn retry(&self, operation: Operation, after: Duration) {
        let (coordinator, run_id) = (self.coordinator, self.run_id());
        let executor = self.executor;
        self.begin(async move {
            executor.wait(after).await;
            let answer = coordinator.retry_failed_operation(run_id, operation.sequence).await;
            Event::Retried(operation, answer)
        });
    }

    /// Performs as much of an operation as a driver does that dies at this moment.
    pub fn die(&self, operation: Operation, moment: CrashMoment) {
        let executor = self.executor;
        self.begin(async move {
            let died = match moment {
                CrashMoment::Before => Ok(()),
                CrashMoment::Half => executor.perform_half(&operation).await,
                CrashMoment::After => executor.perform(&operation).await.map(drop),
            };
            Event::Died(operation.sequence, died)
        });
    }

    fn begin(&self, task: impl Future<Output = Event> + 'a) {
        self.under_way.push(task.boxed_local());
    }

    const fn run_id(&self) -> &'a RunId {
        &self.summary.run_id
    }
}
