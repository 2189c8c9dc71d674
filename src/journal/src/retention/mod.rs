//! Retention: which snapshots of a fleet may be deleted, so that the ten that the network keeps of a canister are never all
//! taken when the next backup begins.
//!
//! Everything here is a function of what the journals of the fleet say. Only snapshots that a journal names are ever deleted.

mod decide;
mod preview;
mod types;

#[cfg(test)]
mod tests;

pub use decide::{decide, replaceable};
pub use preview::{FailedDeletion, RetentionPreview, SetStatus};
pub use types::{Deletion, KeptBecause, SUPERSEDED, SetUse, SnapshotSet, Verdict, use_of};
