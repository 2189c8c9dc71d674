//! The errors with which the coordinator refuses calls.

use super::{ArgumentError, Role};
use crate::{
    FleetName, ReceiptIndex, RunId, Timestamp, access::for_fleet, execution::ExecutionError,
    fleet::FleetError, journal::JournalError, limits::LimitExceeded, plan::PlanError,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// Why a call was refused. A refused call changes nothing.
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
    #[error("{caller} does not have the role {required}")]
    Unauthorized {
        /// The caller.
        caller: Principal,
        /// The lowest role that may call the method.
        required: Role,
    },
    /// The caller holds the role that the method needs, but for other fleets than the one that the call is about, or the call
    /// is not about a fleet. A run that does not exist is of no fleet.
    #[error(
        "{caller} has the role {required} for some fleets only, and this call is not about one of them"
    )]
    OtherFleet {
        /// The caller.
        caller: Principal,
        /// The lowest role that may call the method.
        required: Role,
    },
    /// Candid would ignore a part of the arguments.
    #[error("invalid argument: {0}")]
    InvalidArgument(ArgumentError),
    /// No journal has this run id.
    #[error("there is no run {run_id}")]
    RunNotFound {
        /// The requested run.
        run_id: RunId,
    },
    /// A run with another plan has this run id; choose another id.
    #[error("run {run_id} already exists, with another plan")]
    RunExists {
        /// The run.
        run_id: RunId,
    },
    /// The same call succeeded before; nothing changes.
    #[error("already done: {0}")]
    Duplicate(Duplicate),
    /// The plan breaks a rule.
    #[error("invalid plan: {0}")]
    InvalidPlan(PlanError),
    /// The state machine forbids the transition, or the receipt does not fit.
    #[error("{0}")]
    Journal(JournalError),
    /// The call exceeds a limit of the coordinator.
    #[error("too large: {0}")]
    LimitExceeded(LimitExceeded),
    /// No memory is left for new runs. The rest is reserved for runs with stopped canisters: their claims, receipts
    /// and starts are still accepted.
    #[error(
        "no memory is left: {used_bytes} of at most {limit_bytes} bytes are used, and the rest is reserved for runs with stopped canisters"
    )]
    OutOfMemory {
        /// Bytes of stable memory that are used.
        used_bytes: u64,
        /// The maximum; the subnet may have less.
        limit_bytes: u64,
    },
    /// A page must have between one and `maximum` records.
    #[error("a page has 1 to {maximum} records, not {limit}")]
    InvalidPageLimit {
        /// The requested number of records.
        limit: u32,
        /// The maximum.
        maximum: u32,
    },
    /// A page starts after the end of the list.
    #[error("a page cannot start at {start}; there are {total} records")]
    PageOutOfRange {
        /// The requested start.
        start: u64,
        /// How many records there are.
        total: u64,
    },
    /// The coordinator cannot back up itself: it would have to stop itself.
    #[error("the coordinator {canister_id} cannot be a target of its own plans")]
    CoordinatorIsTarget {
        /// The coordinator.
        canister_id: Principal,
    },
    /// No draft has this run id.
    #[error("there is no draft of run {run_id}")]
    DraftNotFound {
        /// The requested run.
        run_id: RunId,
    },
    /// The draft is being sealed or discarded, so it accepts no such call.
    #[error("the draft is {phase:?}")]
    DraftClosed {
        /// Its phase.
        phase: super::DraftPhase,
    },
    /// A batch does not start where the draft ends.
    #[error("the batch starts at target {start}; the draft has {targets} targets")]
    DraftGap {
        /// Where the batch starts.
        start: u32,
        /// Where it must start.
        targets: u32,
    },
    /// A batch was sent before with other targets.
    #[error("target {position} of this batch differs from that of the draft")]
    DraftConflict {
        /// The first target that differs.
        position: u32,
    },
    /// The anonymous principal cannot hold a role.
    #[error("the anonymous principal cannot hold a role")]
    AnonymousRole,
    /// The principal does not hold the role that it should lose.
    #[error("{principal} does not hold the role {role}{}", for_fleet(fleet.as_ref()))]
    RoleNotHeld {
        /// The principal.
        principal: Principal,
        /// The role.
        role: Role,
        /// The fleet that the role is for; if absent: all fleets.
        fleet: Option<FleetName>,
    },
    /// No fleet has this name.
    #[error("there is no fleet {fleet}")]
    FleetNotFound {
        /// The name.
        fleet: FleetName,
    },
    /// Another fleet has this name.
    #[error("fleet {fleet} already exists, and it is another one")]
    FleetExists {
        /// The name.
        fleet: FleetName,
    },
    /// The fleet, or the change of it, breaks a rule.
    #[error("fleet: {0}")]
    Fleet(FleetError),
    /// The coordinator does not execute the run so.
    #[error("{0}")]
    Execution(ExecutionError),
}

/// What the first of two identical calls did.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum Duplicate {
    /// The run was created from the identical plan.
    #[error("run {run_id} exists with this plan")]
    Journal {
        /// The run.
        run_id: RunId,
        /// When it was created.
        created_at: Timestamp,
    },
    /// The draft was begun with the identical header.
    #[error("the draft of run {run_id} exists")]
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
        /// Its position among the receipts of the run.
        receipt_index: ReceiptIndex,
        /// When it was recorded.
        recorded_at: Timestamp,
    },
    /// The role was granted.
    #[error("{principal} holds the role {role}{}", for_fleet(fleet.as_ref()))]
    Role {
        /// The holder.
        principal: Principal,
        /// The role.
        role: Role,
        /// The fleet that the role is for; if absent: all fleets.
        fleet: Option<FleetName>,
    },
    /// The fleet is registered just so.
    #[error("fleet {fleet} is registered so")]
    Fleet {
        /// The fleet.
        fleet: FleetName,
        /// When it was registered.
        registered_at: Timestamp,
    },
}

impl From<PlanError> for CoordinatorError {
    fn from(error: PlanError) -> Self {
        Self::InvalidPlan(error)
    }
}

impl From<ExecutionError> for CoordinatorError {
    fn from(error: ExecutionError) -> Self {
        Self::Execution(error)
    }
}

impl From<FleetError> for CoordinatorError {
    fn from(error: FleetError) -> Self {
        Self::Fleet(error)
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
