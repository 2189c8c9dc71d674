//! Why an entry of a log cannot be what happened.

use crate::{RunId, Timestamp, api::RoleAssignment, journal::JournalError, plan::PlanError};
use std::fmt;
use thiserror::Error;

/// An entry that the rules refuse.
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
            Some(run_id) => write!(f, "block {index}, about run {run_id}, cannot be: {reason}"),
            None => write!(f, "block {index} cannot be: {reason}"),
        }
    }
}

/// Why an entry is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Reason {
    /// It has another number than its place in the log.
    #[error("block {expected} is next")]
    Index {
        /// Its place in the log.
        expected: u64,
    },
    /// It is from before the entry before it.
    #[error("it is from {time} ns, and the block before it from {before} ns")]
    TimeRunsBack {
        /// When it claims to have happened.
        time: Timestamp,
        /// When the one before it happened.
        before: Timestamp,
    },
    /// It must name a run and does not.
    #[error("it names no run")]
    RunMissing,
    /// It names a run although it is about none.
    #[error("it names a run and is about none")]
    RunUnexpected,
    /// It lacks the payload of its type, or carries one that its type does not have.
    #[error("it must carry {expected}")]
    Payload {
        /// What its type carries.
        expected: &'static str,
    },
    /// What it records is not what the rules give.
    #[error("it records {recorded} as the {field}, and the rules give {replayed}")]
    Outcome {
        /// What is recorded.
        field: &'static str,
        /// What it records.
        recorded: String,
        /// What the rules give.
        replayed: String,
    },
    /// The run id is taken.
    #[error("the run exists already")]
    RunExists,
    /// No journal has this run id.
    #[error("there is no such run")]
    RunNotFound,
    /// No open draft has this run id.
    #[error("there is no open draft of this run")]
    DraftNotFound,
    /// The role is held already.
    #[error("{} is {} already", .0.principal, .0.role)]
    RoleHeld(RoleAssignment),
    /// The role that is revoked is not held.
    #[error("{} is not {}", .0.principal, .0.role)]
    RoleNotHeld(RoleAssignment),
    /// The anonymous principal cannot hold a role.
    #[error("the anonymous principal cannot hold a role")]
    AnonymousRole,
    /// A rule of plans is broken.
    #[error("invalid plan: {0}")]
    Plan(#[from] PlanError),
    /// A rule of the state machine is broken.
    #[error("{0}")]
    Journal(#[from] JournalError),
}

impl Reason {
    /// Holds what is recorded against what the rules give.
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
