//! The restart deadline: the time by which every canister that a run has stopped must run again.

use super::ExecutionError;
use crate::{Timestamp, journal::Header};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The shortest deadline.
pub const MIN_DEADLINE_SECONDS: u64 = 60;
/// The longest deadline: one day.
pub const MAX_DEADLINE_SECONDS: u64 = 86_400;

const SECOND: u64 = 1_000_000_000;

/// The restart deadline of a run.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct RestartDeadline {
    /// The seconds after the first claim of a stop.
    #[n(0)]
    pub seconds: u64,
    /// When the coordinator acted on it; none before.
    #[n(1)]
    pub passed_at: Option<Timestamp>,
    /// Who set it.
    #[cbor(n(2), with = "crate::cbor::principal")]
    pub set_by: Principal,
}

/// The restart deadline of a run, as callers see it.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DeadlineStatus {
    /// The seconds after the first claim of a stop.
    pub seconds: u64,
    /// When that is; none while no stop was claimed.
    pub at: Option<Timestamp>,
    /// When the coordinator aborted the run because of it; none before.
    pub passed_at: Option<Timestamp>,
}

impl RestartDeadline {
    /// A deadline of so many seconds.
    ///
    /// # Errors
    /// [`ExecutionError::DeadlineOutOfRange`].
    pub fn new(seconds: u64, set_by: Principal) -> Result<Self, ExecutionError> {
        let (minimum, maximum) = (MIN_DEADLINE_SECONDS, MAX_DEADLINE_SECONDS);
        if !(minimum..=maximum).contains(&seconds) {
            return Err(ExecutionError::DeadlineOutOfRange { seconds, minimum, maximum });
        }
        Ok(Self { seconds, passed_at: None, set_by })
    }

    /// When the targets of the run must run again; none while no stop was claimed.
    pub fn at(&self, header: &Header) -> Option<Timestamp> {
        let first_stop = header.downtimes.as_ref()?.first_stop;
        Some(Timestamp(first_stop.0.saturating_add(self.seconds.saturating_mul(SECOND))))
    }

    /// Whether the coordinator has to act on it now.
    pub fn is_due(&self, header: &Header, now: Timestamp) -> bool {
        self.passed_at.is_none() && self.at(header).is_some_and(|at| now >= at)
    }

    /// Whether nothing is left that it protects: the run is over, and owes no start.
    pub const fn is_kept(header: &Header) -> bool {
        header.starts_owed == 0 && (header.is_over() || header.starts_open == 0)
    }

    /// The deadline as callers see it.
    pub fn status(&self, header: &Header) -> DeadlineStatus {
        DeadlineStatus { seconds: self.seconds, at: self.at(header), passed_at: self.passed_at }
    }
}
