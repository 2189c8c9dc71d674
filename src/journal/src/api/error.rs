//! What the coordinator answers when it refuses a call.

use super::{ArgumentError, Role};
use crate::{
    ReceiptIndex, RunId, Timestamp, journal::JournalError, limits::LimitExceeded, plan::PlanError,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// Why a call was refused. Whatever it is, the call has changed nothing.
#[derive(
    CandidType,
    Clone,
    Debug,
    Deserialize,
    Eq,
    Error,
    IntoStaticStr,
    PartialEq,
    Serialize,
    VariantNames,
)]
pub enum CoordinatorError {
    /// The caller does not hold the role that the method needs.
    #[error("{caller} is not an {required}")]
    Unauthorized {
        /// Who called.
        caller: Principal,
        /// The least role that may.
        required: Role,
    },
    /// A part of the arguments would be ignored.
    #[error("invalid argument: {0}")]
    InvalidArgument(ArgumentError),
    /// No journal has this run id.
    #[error("there is no run {run_id}")]
    RunNotFound {
        /// What was asked for.
        run_id: RunId,
    },
    /// Another plan is being executed under this run id; choose another one.
    #[error("run {run_id} exists already, with another plan")]
    RunExists {
        /// The run.
        run_id: RunId,
    },
    /// The same call succeeded before; what it did counts, once.
    #[error("done already: {0}")]
    Duplicate(Duplicate),
    /// The plan breaks a rule.
    #[error("invalid plan: {0}")]
    InvalidPlan(PlanError),
    /// The state machine forbids the transition, or the receipt does not fit.
    #[error("{0}")]
    Journal(JournalError),
    /// The call is larger than the coordinator takes.
    #[error("too large: {0}")]
    LimitExceeded(LimitExceeded),
    /// No memory is left for this; what is kept back is for backups that are running. Receipts, starts, and whatever
    /// else brings a run with a stopped canister to its end still go through.
    #[error(
        "no memory is left: {used_bytes} of at most {limit_bytes} bytes are used, and the rest is kept back for runs under way"
    )]
    OutOfMemory {
        /// Bytes of stable memory that are used.
        used_bytes: u64,
        /// The most that can be; the network may have less to give.
        limit_bytes: u64,
    },
    /// A page must have between one and `maximum` records.
    #[error("a page has 1 to {maximum} records, not {limit}")]
    InvalidPageLimit {
        /// What was asked for.
        limit: u32,
        /// The most.
        maximum: u32,
    },
    /// A page begins past the end.
    #[error("a page cannot start at {start}; there are {total} records")]
    PageOutOfRange {
        /// What was asked for.
        start: u64,
        /// How many records there are.
        total: u64,
    },
    /// The coordinator cannot back itself up: it would have to stop itself to go on.
    #[error("the coordinator {canister_id} cannot be a target of its own")]
    CoordinatorIsTarget {
        /// The coordinator.
        canister_id: Principal,
    },
    /// No draft has this run id.
    #[error("there is no draft of run {run_id}")]
    DraftNotFound {
        /// What was asked for.
        run_id: RunId,
    },
    /// The draft is being sealed or discarded, or is to be begun again or sealed while it is being discarded.
    #[error("the draft is {phase:?}")]
    DraftClosed {
        /// What may be done with it.
        phase: super::DraftPhase,
    },
    /// A batch does not start where the draft ends.
    #[error("the batch starts at target {start}; the draft has {targets} targets")]
    DraftGap {
        /// Where the batch starts.
        start: u32,
        /// Where it should start.
        targets: u32,
    },
    /// A batch was sent before with other targets.
    #[error("target {position} of the draft is another one than in this batch")]
    DraftConflict {
        /// The first target that differs.
        position: u32,
    },
    /// The anonymous principal cannot hold a role.
    #[error("the anonymous principal cannot hold a role")]
    AnonymousRole,
    /// The principal does not hold the role that is to be revoked.
    #[error("{principal} does not hold the role {role}")]
    RoleNotHeld {
        /// Who.
        principal: Principal,
        /// What.
        role: Role,
    },
}

/// Where the first occurrence of a call stands.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum Duplicate {
    /// The run was created from the identical plan.
    #[error("run {run_id} was created from this plan")]
    Journal {
        /// The run.
        run_id: RunId,
        /// When it was created.
        created_at: Timestamp,
    },
    /// The draft was begun with the identical header.
    #[error("the draft of run {run_id} was begun")]
    Draft {
        /// The run.
        run_id: RunId,
        /// When it was begun.
        created_at: Timestamp,
        /// How many targets it has.
        targets: u32,
    },
    /// The receipt was recorded.
    #[error("the receipt was recorded as receipt {receipt_index}")]
    Receipt {
        /// Where it stands among the receipts of its run.
        receipt_index: ReceiptIndex,
        /// When it was recorded.
        recorded_at: Timestamp,
    },
    /// The role was granted.
    #[error("the role is held")]
    Role {
        /// Who holds it.
        principal: Principal,
        /// What.
        role: Role,
    },
}

impl From<PlanError> for CoordinatorError {
    fn from(error: PlanError) -> Self {
        Self::InvalidPlan(error)
    }
}

impl From<JournalError> for CoordinatorError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Duplicate { receipt_index, recorded_at } => {
                Self::Duplicate(Duplicate::Receipt { receipt_index, recorded_at })
            }
            other => Self::Journal(other),
        }
    }
}

impl From<LimitExceeded> for CoordinatorError {
    fn from(limit: LimitExceeded) -> Self {
        Self::LimitExceeded(limit)
    }
}

impl From<ArgumentError> for CoordinatorError {
    fn from(error: ArgumentError) -> Self {
        Self::InvalidArgument(error)
    }
}
