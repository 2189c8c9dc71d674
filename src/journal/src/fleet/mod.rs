//! Fleets that are registered in a coordinator: who belongs to one, and how it is backed up.
//!
//! A fleet is registered with its first members. What does not fit into one message is appended in batches, and the
//! fleet is complete once it has as many members as were announced. After each batch and each update the members are one
//! tree, whose root is the root of the fleet: so nothing has to be checked over all of them.

mod change;
mod check;
mod discovery;
mod error;
mod members;
mod slots;
mod types;

#[cfg(test)]
mod tests;

pub use change::{FleetChange, append, register, set_schedule, update};
pub use discovery::{Discovery, DiscoveryOutcome, DiscoveryReport};
pub use error::FleetError;
pub use members::{Member, MemberWrites, Members};
pub use slots::SlotsUsed;
pub use types::{
    Fleet, FleetPhase, FleetPolicy, FleetRegistration, FleetUpdate, MemberFailure, TransferPolicy,
};
