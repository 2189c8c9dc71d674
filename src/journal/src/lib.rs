//! The domain of fleet backups on the Internet Computer: what a plan is, when it is valid, and how the
//! journal of a run moves from one state to the next.
//!
//! Everything here is a pure function of its arguments. There is no clock, no network, no randomness and
//! no I/O: time and caller are handed in, and a transition answers with the [`Change`](journal::Change)
//! that the caller has to store. That is what lets the same rules run inside a canister,
//! in a replay of its audit trail and in a property test.
//!
//! * [`plan`]: which canisters are backed up, and when a plan is valid;
//! * [`registry`], [`topology`]: the fleet a plan is built from, and its canonical hash;
//! * [`fleet`]: the fleets that a coordinator keeps, and [`fleet_status`]: whether everything is well with them;
//! * [`execution`]: what a coordinator does that executes a run by itself;
//! * [`preflight`]: the four checks before anything is touched;
//! * [`journal`]: the state machine of a run;
//! * [`block`]: the audit trail as a chain of blocks, and [`replay`]: what follows from it;
//! * [`schedule`]: when a fleet is backed up by itself;
//! * [`retention`]: which snapshots of a fleet may be deleted;
//! * [`rules`]: which version of the rules a run is judged by;
//! * [`access`]: roles and settings;
//! * [`api`]: the wire types of the canister's interface that are not part of the domain;
//! * [`limits`]: every bound on what a caller may send, and [`text`]: which characters can be seen.
//! * [`wire`]: reading Candid that came from outside, within bounds.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod access;
pub mod api;
pub mod block;
pub mod cbor;
pub mod execution;
#[cfg(test)]
mod fixtures;
pub mod fleet;
pub mod fleet_status;
pub mod ids;
pub mod journal;
pub mod limits;
pub mod plan;
pub mod preflight;
mod receipt_outcome;
pub mod registry;
pub mod replay;
pub mod retention;
pub mod rules;
pub mod schedule;
mod span;
pub mod text;
pub mod topology;
mod waits;
pub mod wire;

pub use ids::{Attempt, FleetName, PlanId, PreflightId, ReceiptIndex, RunId, Sequence, Timestamp};
pub use rules::Rules;
pub use span::Span;
