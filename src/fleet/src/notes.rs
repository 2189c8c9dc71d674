//! What must outlive the driver of an operation.

use crate::snapshot_id::SnapshotIds;
use backup_journal::Sequence;
use candid::Principal;
use std::error::Error;

/// The snapshots that a canister had before an operation of a run takes one. One implementation serves one run.
///
/// They are noted before the first call of the operation, and the note stays through all its attempts: a snapshot
/// that is new then was taken since, also by an attempt that was given up. When [`TakeNotes::note`] has returned, the
/// note must outlive the process, or the upgrade, that wrote it.
pub trait TakeNotes {
    /// What goes wrong with them.
    type Error: Error + Send + Sync + 'static;

    /// What was noted for an operation, if something was.
    ///
    /// # Errors
    /// When that cannot be told. Then no snapshot is taken.
    fn noted(
        &self,
        operation: Sequence,
        canister: Principal,
    ) -> Result<Option<SnapshotIds>, Self::Error>;

    /// Notes what there is before an operation.
    ///
    /// # Errors
    /// When it cannot be kept. Then no snapshot is taken.
    fn note(
        &self,
        operation: Sequence,
        canister: Principal,
        before: &SnapshotIds,
    ) -> Result<(), Self::Error>;
}
