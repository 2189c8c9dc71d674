//! Performs one operation on a canister of a fleet, and finds out after a crash whether it was done.
//!
//! A driver may die between a call and its answer, and another one continues. So before each call the crate checks
//! whether it was already executed: a stop and a start by the status of the canister, a snapshot by the difference
//! between the lists of snapshots before and after. [`settle`] decides, as pure functions of the observed state;
//! [`Performer`] reads the state and makes the calls; [`TakeNotes`] stores what must outlive the performer.
//!
//! The crate runs in a canister and outside of one: calls go through a [`Runtime`], and the caller stores the notes.

#![forbid(unsafe_code)]

pub mod error;
pub mod management;
pub mod notes;
pub mod observe;
pub mod perform;
pub mod settle;
pub mod snapshot_id;

pub use error::{CallFailed, FleetError, Reaction, reaction};
pub use ic_canister_runtime::Runtime;
pub use ic_management_canister_types as types;
pub use management::Management;
pub use notes::TakeNotes;
pub use perform::Performer;
pub use snapshot_id::{SnapshotId, SnapshotIds, ids, listed};
