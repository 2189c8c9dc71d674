//! Rebuilding everything that a coordinator knows from its audit trail, by the same rules.
//!
//! [`Replay`] takes the entries of the log one after the other. Each is performed with the transitions of
//! [`crate::journal`], at the time and by the caller that the block names, so that a log that records
//! something that cannot have happened is refused at that block. Bounds of [`crate::limits`] are not
//! checked: they may differ from release to release, and none of them is a rule. Who may call what is not
//! checked either, since the controllers of a canister are not in its log.

mod access;
mod draft;
mod error;
mod execution;
mod fleets;
mod holds;
mod log;
mod logged;
mod run;

#[cfg(test)]
mod tests;

pub use error::{Reason, ReplayError};
pub use fleets::ReplayedFleet;
pub use log::Replay;
pub use run::ReplayedRun;
