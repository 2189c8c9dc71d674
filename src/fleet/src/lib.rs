//! How one operation is performed on a canister of a fleet, and how its outcome is settled by looking.
//!
//! A driver may die between a call and its answer, and another one goes on. So nothing is
//! done before it is looked whether it was done already: a stop and a start by the status of the canister, a
//! snapshot by the difference of the lists of snapshots before and after. [`settle`] decides, as functions of
//! what was seen; [`Performer`] looks and calls; [`TakeNotes`] is what must outlive the performer.
//!
//! The crate runs in a canister as well as outside of one: calls go through a [`Runtime`], and what is to be
//! kept is kept by the caller.

#![forbid(unsafe_code)]

pub mod error;
pub mod management;
pub mod notes;
pub mod perform;
pub mod settle;
pub mod snapshot_id;

pub use error::{CallFailed, FleetError};
pub use ic_canister_runtime::Runtime;
pub use ic_management_canister_types as types;
pub use management::Management;
pub use notes::TakeNotes;
pub use perform::Performer;
pub use snapshot_id::{SnapshotId, SnapshotIds};
