//! Why a schedule is refused.

use candid::CandidType;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is wrong with a schedule.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum ScheduleError {
    /// The cron expression is not understood.
    #[error("the cron expression is not understood: {problem}")]
    Cron {
        /// Why not.
        problem: String,
    },
    /// The expression names no time that ever comes, for instance February 30.
    #[error("the cron expression names no time that ever comes")]
    Never,
    /// Two times of the expression that follow each other are less than an hour apart.
    #[error("two times are {seconds} seconds apart; they must be at least an hour apart")]
    TooOften {
        /// How many seconds apart they are.
        seconds: u64,
    },
    /// A number is too small or too large.
    #[error("{field} is {minimum} to {maximum}, not {value}")]
    OutOfRange {
        /// The field.
        field: String,
        /// Its value.
        value: u64,
        /// The least that it can be.
        minimum: u64,
        /// The most.
        maximum: u64,
    },
    /// The fleet has no schedule.
    #[error("the fleet has no schedule")]
    NotScheduled,
}
