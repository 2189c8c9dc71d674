//! Claims, performs, reports and retries the operations of a run, many at a time.
//!
//! Each call is a task. When tasks have ended, the [`Agenda`] says which ones begin.

use crate::{
    driver::{
        agenda::{Agenda, Limits, Performed, Step},
        executor::Executor,
        receipts::reason,
        retries::{self, GivenUp, Next},
        tasks::{Answer, Event, ReceiptAnswer, Tasks},
        watcher::{CrashMoment, Watcher},
    },
    network::Network,
};
use anyhow::{Context, Error, Result};
use backup_coordinator_client::{ClientError, CoordinatorClient};
use backup_journal::{
    Sequence,
    api::CoordinatorError,
    journal::{JournalError, Operation, OperationState, ResumeSummary},
    limits::MAX_PAGE,
};
use std::time::Duration;

/// Why a driver stopped, if not because of an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stopped {
    /// No operation can be claimed now; the summary of the run says what is next.
    Done,
    /// The same, and nothing was claimed or reported before.
    Idle,
    /// The preflight has expired, and must be made again.
    PreflightExpired,
    /// The driver died at this operation.
    Died(Sequence),
    /// It was told to pause at this operation.
    Paused(Sequence),
}

/// A driver that works on a run.
pub struct Work<'a, N> {
    coordinator: &'a CoordinatorClient<N>,
    summary: &'a ResumeSummary,
    watcher: &'a mut dyn Watcher,
    agenda: Agenda,
    tasks: Tasks<'a, N>,
    dying: Option<(Operation, CrashMoment)>,
    stopped: Stopped,
    /// The first error; nothing is claimed after it.
    error: Option<Error>,
    /// The first operation that the driver gave up. The other operations of its wave are still done.
    given_up: Option<GivenUp>,
}

impl<'a, N: Network> Work<'a, N> {
    /// Work on the run that `summary` is about.
    pub fn new(
        coordinator: &'a CoordinatorClient<N>,
        executor: &'a Executor<N>,
        summary: &'a ResumeSummary,
        limits: Limits,
        watcher: &'a mut dyn Watcher,
    ) -> Self {
        Self {
            coordinator,
            summary,
            watcher,
            agenda: Agenda::new(limits),
            tasks: Tasks::new(coordinator, executor, summary),
            dying: None,
            stopped: Stopped::Idle,
            error: None,
            given_up: None,
        }
    }

    /// Works until no operation can be claimed. This takes as many waves as the run has left.
    pub async fn run(mut self) -> Result<Stopped> {
        self.take_over(true).await?;
        self.work().await
    }

    /// Ends what an earlier driver has claimed, and claims nothing more.
    pub async fn end_claimed(mut self) -> Result<Stopped> {
        self.agenda.close();
        self.take_over(false).await?;
        self.work().await
    }

    async fn work(mut self) -> Result<Stopped> {
        self.begin();
        while let Some(event) = self.tasks.next().await {
            self.handle(event);
            // Attempts that ended at the same time are reported together.
            while let Some(event) = self.tasks.next_ended() {
                self.handle(event);
            }
            if matches!(self.stopped, Stopped::Died(_)) {
                break;
            }
            self.begin();
        }
        match self.error.or(self.given_up.map(Error::from)) {
            Some(error) if !matches!(self.stopped, Stopped::Died(_)) => Err(error),
            _ => Ok(self.stopped),
        }
    }

    /// Takes over the operations that an earlier driver began, and those that failed if they are `retried`. To perform one
    /// looks first whether it was done.
    async fn take_over(&mut self, retried: bool) -> Result<()> {
        let run_id = &self.summary.run_id;
        let aborted = self.summary.abort.is_some();
        let mut next = Some(0);
        while let Some(start) = next {
            let page = self.coordinator.list_open_operations(run_id, start, MAX_PAGE).await?;
            next = page.next;
            for operation in page.items {
                if aborted && !operation.kind.outlives_abort() {
                    continue;
                }
                match operation.state {
                    OperationState::Pending if self.watcher.takes_over(&operation) => {
                        self.agenda.take_over(vec![operation]);
                    }
                    OperationState::Failed if retried => {
                        self.tasks.retry(operation, Duration::ZERO);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Begins the steps of the agenda.
    fn begin(&mut self) {
        while let Some(step) = self.agenda.next() {
            match step {
                Step::Perform(operation) => {
                    let failure = self.watcher.failure(&operation);
                    self.tasks.perform(operation, failure);
                }
                Step::Report(performed) => self.tasks.report(performed),
                Step::Claim(limit) => self.tasks.claim(limit),
            }
        }
        // Last, so that other operations are under way when the driver dies.
        if let Some((operation, moment)) = self.dying.take() {
            self.tasks.die(operation, moment);
        }
    }

    fn handle(&mut self, event: Event) {
        if let Err(error) = self.try_handle(event) {
            self.error.get_or_insert(error);
            self.agenda.close();
        }
    }

    fn try_handle(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Claimed(limit, answer) => self.claimed(limit, answer),
            Event::Performed(performed) => {
                self.agenda.performed(performed);
                Ok(())
            }
            Event::Reported(performed, answers) => self.reported(performed, answers),
            Event::Retried(operation, answer) => self.retried(&operation, answer),
            Event::Died(sequence, died) => {
                self.stopped = Stopped::Died(sequence);
                died
            }
        }
    }

    fn claimed(&mut self, limit: u32, answer: Answer<Vec<Operation>>) -> Result<()> {
        let mut operations = match answer {
            Ok(operations) => operations,
            Err(error) if is_expired(&error) => {
                self.stopped = Stopped::PreflightExpired;
                self.agenda.close();
                Vec::new()
            }
            // The run is over; its summary says how.
            Err(error) if nothing_is_left(&error) => Vec::new(),
            Err(error) => return Err(error).context("the next operations cannot be claimed"),
        };
        let count = operations.len();
        if count > 0 && self.stopped == Stopped::Idle {
            self.stopped = Stopped::Done;
        }
        if let Some(at) = operations.iter().position(|operation| self.watcher.pause(operation)) {
            self.stopped = Stopped::Paused(operations[at].sequence);
            operations.truncate(at);
            self.agenda.close();
        }
        let crash = operations.iter().enumerate();
        let mut crash = crash.filter_map(|(at, row)| Some((at, self.watcher.crash(row)?)));
        if let Some((at, moment)) = crash.next() {
            self.dying = Some((operations.remove(at), moment));
        }
        let told = operations.iter().try_for_each(|operation| self.watcher.claimed(operation));
        self.agenda.claimed(operations, limit);
        told.and_then(|()| self.transitions(count))
    }

    fn reported(
        &mut self,
        performed: Vec<Performed>,
        answers: Answer<Vec<ReceiptAnswer>>,
    ) -> Result<()> {
        self.agenda.reported();
        if self.stopped == Stopped::Idle {
            self.stopped = Stopped::Done;
        }
        let answers = answers.context("the receipts cannot be reported")?;
        let recorded = answers.iter().filter(|answer| answer.is_ok()).count();
        for (performed, answer) in performed.into_iter().zip(answers) {
            self.answered(performed, answer)?;
        }
        self.transitions(recorded)
    }

    fn answered(&mut self, performed: Performed, answer: ReceiptAnswer) -> Result<()> {
        let operation = performed.operation;
        match answer {
            // An earlier report of it was recorded, and the answer was lost.
            Ok(_) | Err(CoordinatorError::Duplicate(_)) => {}
            Err(error) => {
                let id = &operation.operation_id;
                return Err(error).with_context(|| format!("{id} cannot be reported"));
            }
        }
        let failure = performed.result.as_ref().err().map(reason);
        self.watcher.reported(&operation, failure.as_deref());
        match performed.result {
            Ok(_) => {}
            Err(error) => match retries::after(&operation, &error) {
                Next::Again(wait) => self.tasks.retry(operation, wait),
                Next::GiveUp => {
                    let Operation { operation_id, kind, attempt, .. } = operation;
                    let reason = failure.unwrap_or_default();
                    let given_up = GivenUp { operation_id, kind, attempts: attempt.0, reason };
                    self.given_up.get_or_insert(given_up);
                }
            },
        }
        Ok(())
    }

    fn retried(&mut self, operation: &Operation, answer: Answer<Operation>) -> Result<()> {
        self.agenda.retried();
        match answer {
            // The run was aborted since, and has skipped the operation.
            Err(error) if is_not_failed(&error) => Ok(()),
            Err(error) => {
                let id = &operation.operation_id;
                Err(error).with_context(|| format!("{id} cannot be retried"))
            }
            Ok(_) => {
                // A claim that was under way meanwhile can have come before it, and found nothing: then the next work claims it.
                if self.stopped == Stopped::Idle {
                    self.stopped = Stopped::Done;
                }
                self.transitions(1)
            }
        }
    }

    fn transitions(&mut self, count: usize) -> Result<()> {
        let count = u32::try_from(count).expect("BUG: more transitions than one call makes");
        if count > 0 { self.watcher.transitions(count) } else { Ok(()) }
    }
}

fn journal_error(error: &ClientError) -> Option<&JournalError> {
    match error {
        ClientError::Refused(CoordinatorError::Journal(error)) => Some(error),
        _ => None,
    }
}

fn is_expired(error: &ClientError) -> bool {
    matches!(journal_error(error), Some(JournalError::PreflightExpired { .. }))
}

fn nothing_is_left(error: &ClientError) -> bool {
    use JournalError::{NoTransitionableOperation, RunAborted};
    matches!(journal_error(error), Some(NoTransitionableOperation | RunAborted { .. }))
}

fn is_not_failed(error: &ClientError) -> bool {
    matches!(journal_error(error), Some(JournalError::OperationNotFailed { .. }))
}
