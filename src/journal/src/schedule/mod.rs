//! Schedules: when a fleet is backed up by itself.
//!
//! Everything here is a function of the schedule and of a time that is handed in. Times are UTC.

mod cron;
mod decide;
mod error;
mod types;

#[cfg(test)]
mod tests;

pub use decide::{Due, due, next_runs};
pub use error::ScheduleError;
pub use types::{
    KEEP_ON_NETWORK, KEEP_RANGE, LastTurn, Schedule, ScheduleState, ScheduleStatus, Timing,
    TurnOutcome,
};
