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
pub use types::{Deletion, KeptBecause, SetUse, SnapshotSet, Verdict, use_of};

/// How many backups of a fleet stay on the network if its schedule does not say so.
pub const KEEP_ON_NETWORK: u32 = 3;
/// The least and the most backups that can be kept. With the most there are still slots for the next backup and for the
/// safety snapshot of a restore.
pub const KEEP_RANGE: (u32, u32) = (1, 8);
