//! Executions by the coordinator under replay.

use super::{Reason, logged::Logged};
use crate::{
    Timestamp,
    api::AuditEventKind as Kind,
    execution::{Execution, ExecutionError, Pause, RestartDeadline},
    journal::Header,
};

/// What a log tells of the execution of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplayedExecution {
    execution: Option<Execution>,
    deadline: Option<RestartDeadline>,
}

impl ReplayedExecution {
    /// Whether entries of this kind are about an execution.
    pub(super) const fn is_about(kind: &Kind) -> bool {
        matches!(
            kind,
            Kind::ExecutionStarted { .. }
                | Kind::ExecutionPaused { .. }
                | Kind::ExecutionResumed
                | Kind::RestartDeadlineSet { .. }
        )
    }

    /// Performs an entry of a run with this header.
    pub(super) fn perform(&mut self, logged: &Logged<'_>, header: &Header) -> Result<(), Reason> {
        logged.without_payload()?;
        let (run_id, caller, now) = (&header.run_id, logged.event.caller, logged.event.time);
        match &logged.event.kind {
            Kind::ExecutionStarted { fleet, policy } => {
                Reason::compare("fleet", fleet, &header.fleet.as_str().into())?;
                policy.check()?;
                if self.execution.is_some() {
                    return Err(ExecutionError::AlreadyStarted { run_id: run_id.clone() }.into());
                }
                check_not_over(header)?;
                self.execution = Some(Execution::new(fleet.clone(), *policy, true, caller, now));
                self.set_deadline(policy.restart_within_seconds, logged)?;
            }
            Kind::ExecutionPaused { reason } => {
                let pause = Pause { reason: reason.clone(), since: now, by: caller };
                self.execution = Some(self.execution(header)?.paused(run_id, pause)?);
            }
            Kind::ExecutionResumed => {
                self.execution = Some(self.execution(header)?.resumed(run_id)?);
            }
            Kind::RestartDeadlineSet { seconds } => {
                check_not_over(header)?;
                self.set_deadline(*seconds, logged)?;
            }
            other => unreachable!("BUG: {other:?} is not about an execution"),
        }
        Ok(())
    }

    /// When the targets of the run must run again; none without a deadline, and while no stop was claimed.
    pub(super) fn deadline(&self, header: &Header) -> Option<Timestamp> {
        self.deadline.and_then(|deadline| deadline.at(header))
    }

    fn execution(&self, header: &Header) -> Result<Execution, ExecutionError> {
        let not_executed = || ExecutionError::NotExecuted { run_id: header.run_id.clone() };
        self.execution.clone().ok_or_else(not_executed)
    }

    fn set_deadline(&mut self, seconds: u64, logged: &Logged<'_>) -> Result<(), Reason> {
        self.deadline = Some(RestartDeadline::new(seconds, logged.event.caller)?);
        Ok(())
    }
}

fn check_not_over(header: &Header) -> Result<(), ExecutionError> {
    if header.is_over() {
        return Err(ExecutionError::NothingToStart { run_id: header.run_id.clone() });
    }
    Ok(())
}
