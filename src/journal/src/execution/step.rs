//! What a decision answers with.

use crate::{Sequence, Timestamp, fleet::Discovery};
use candid::Principal;

/// What to do now, and when to decide again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Decision {
    /// Steps to make now, in this order.
    pub steps: Vec<Step>,
    /// When something that waits now has to be tried again; none if only the end of a task can change something.
    pub wake_at: Option<Timestamp>,
}

/// One step of an execution.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Begin to check a target of the preflight.
    Check {
        /// Its position in the plan.
        position: u32,
        /// The target.
        target: Principal,
    },
    /// Begin to ask which canisters the fleet has.
    Discover {
        /// The method that lists them.
        discovery: Discovery,
    },
    /// Note that all targets in front of this position are checked.
    Checked {
        /// The position.
        before: u32,
    },
    /// All targets are checked: accept the preflight, or abort the run.
    Accept,
    /// Claim up to so many operations.
    Claim {
        /// How many.
        limit: u32,
    },
    /// Begin to perform an operation that is claimed.
    Perform {
        /// The operation.
        sequence: Sequence,
        /// Only find out whether it was done; do not do it any more.
        look_only: bool,
    },
    /// Report an operation that is claimed as Skipped.
    Skip {
        /// The operation.
        sequence: Sequence,
        /// Why.
        reason: String,
    },
    /// Report an operation that is claimed and concerns the whole run as Completed.
    Finish {
        /// The operation.
        sequence: Sequence,
    },
    /// Make an operation that failed Ready again.
    Retry {
        /// The operation.
        sequence: Sequence,
    },
    /// Go on without a target.
    GiveUp {
        /// The target.
        target: Principal,
        /// Why.
        reason: String,
    },
    /// Begin to look at a target and start it if it does not run: a stop of it may still take effect, or its start cannot be
    /// claimed yet.
    Watch {
        /// The target.
        target: Principal,
    },
    /// Abort the run.
    Abort {
        /// Why.
        reason: String,
    },
    /// Roll back a restore.
    RollBack {
        /// Why.
        reason: String,
    },
    /// Nothing is left to do for the coordinator.
    End,
}

impl Step {
    /// Whether the step only begins a task, so that the journal stays as it is for now.
    pub const fn begins_task(&self) -> bool {
        matches!(
            self,
            Self::Check { .. } | Self::Discover { .. } | Self::Perform { .. } | Self::Watch { .. }
        )
    }
}
