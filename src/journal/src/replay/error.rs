//! Why an entry of a log breaks the rules.

use crate::{
    RunId, Timestamp, api::RoleAssignment, execution::ExecutionError, fleet::FleetError,
    journal::JournalError, plan::PlanError,
};
use std::fmt;
use thiserror::Error;

/// An entry that breaks a rule.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub struct ReplayError {
    /// The block.
    pub index: u64,
    /// The run that it names.
    pub run_id: Option<RunId>,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, run_id, reason } = self;
        match run_id {
            Some(run_id) => write!(f, "block {index}, about run {run_id}, breaks a rule: {reason}"),
            None => write!(f, "block {index} breaks a rule: {reason}"),
        }
    }
}

/// Why an entry is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Reason {
    /// Its index is not its position in the log.
    #[error("the next block must have the index {expected}")]
    Index {
        /// Its position in the log.
        expected: u64,
    },
    /// It is older than the entry before it.
    #[error("its time is {time} ns, earlier than {before} ns, the time of the block before it")]
    TimeRunsBack {
        /// Its time.
        time: Timestamp,
        /// The time of the entry before it.
        before: Timestamp,
    },
    /// It must name a run and does not.
    #[error("it does not name a run")]
    RunMissing,
    /// It names a run, although its type is not about a run.
    #[error("it names a run, and blocks of its type must not")]
    RunUnexpected,
    /// It lacks the payload of its type, or has a payload that its type does not have.
    #[error("its payload must be {expected}")]
    Payload {
        /// The payload of its type.
        expected: &'static str,
    },
    /// Its content is not what the rules give.
    #[error("it records {recorded} as the {field}, but the rules give {replayed}")]
    Outcome {
        /// The name of the value.
        field: &'static str,
        /// The recorded value.
        recorded: String,
        /// The value that the rules give.
        replayed: String,
    },
    /// It tells of operations that were claimed and lists none.
    #[error("it lists no operation")]
    NoOperation,
    /// The run id is taken.
    #[error("the run already exists")]
    RunExists,
    /// No journal has this run id.
    #[error("there is no such run")]
    RunNotFound,
    /// No open draft has this run id.
    #[error("there is no open draft with this run id")]
    DraftNotFound,
    /// The role is held already.
    #[error("{} already has the role {}", .0.principal, .0.role_in_words())]
    RoleHeld(RoleAssignment),
    /// The role that is revoked is not held.
    #[error("{} does not have the role {}", .0.principal, .0.role_in_words())]
    RoleNotHeld(RoleAssignment),
    /// The anonymous principal cannot hold a role.
    #[error("the anonymous principal cannot hold a role")]
    AnonymousRole,
    /// A fleet has this name.
    #[error("the fleet already exists")]
    FleetExists,
    /// No fleet has this name.
    #[error("there is no such fleet")]
    FleetNotFound,
    /// A rule of fleets is broken.
    #[error("fleet: {0}")]
    Fleet(#[from] FleetError),
    /// A rule of executions is broken.
    #[error("{0}")]
    Execution(#[from] ExecutionError),
    /// A rule of plans is broken.
    #[error("invalid plan: {0}")]
    Plan(#[from] PlanError),
    /// A rule of the state machine is broken.
    #[error("{0}")]
    Journal(#[from] JournalError),
}

impl Reason {
    /// Compares a recorded value with the one that the rules give.
    pub(super) fn compare<T: fmt::Display + PartialEq>(
        field: &'static str,
        recorded: &T,
        replayed: &T,
    ) -> Result<(), Self> {
        if recorded == replayed {
            return Ok(());
        }
        let (recorded, replayed) = (recorded.to_string(), replayed.to_string());
        Err(Self::Outcome { field, recorded, replayed })
    }
}
