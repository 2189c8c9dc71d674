//! Whether everything is well with a fleet: its backups, its next run, and what is wrong.
//!
//! Everything here is a function of what is stored of the fleet and of a time that is handed in.

mod facts;
mod problem;
mod problems;
mod status;
mod types;

#[cfg(test)]
mod tests;

pub use facts::{DownRun, FleetFacts};
pub use problem::{AgeRule, FleetCondition, FleetProblem};
pub use types::{FleetBackup, FleetRun, FleetStatus};
