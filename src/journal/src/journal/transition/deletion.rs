//! Recording that a snapshot of the run is not on the network any more.

use crate::{
    Timestamp,
    journal::{Change, JournalError, JournalView},
};
use candid::Principal;

/// Notes that `snapshot_id`, which the run has taken of `target` or uploaded to it, is not on the network any more. What the
/// run has saved stays what it was.
///
/// The reference has no such transition.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank reason, [`JournalError::SnapshotInUse`] while the run is a restore that is not
/// over, [`JournalError::NoSuchSnapshot`] when the run has no such snapshot of the target, or knows already that it is gone.
pub fn record_deletion(
    view: &impl JournalView,
    target: Principal,
    snapshot_id: &str,
    reason: &str,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("reason", reason)?;
    let mut header = view.header().clone();
    if header.restore.is_some() && !header.is_over() {
        return Err(JournalError::SnapshotInUse);
    }
    let artifact = view.artifact(&target).and_then(|artifact| artifact.without(snapshot_id, now));
    let artifact = artifact.ok_or_else(|| JournalError::NoSuchSnapshot {
        canister_id: target,
        snapshot_id: snapshot_id.to_string(),
    })?;
    // When the run last changed stays what it was: a deletion is no step of it.
    header.snapshots_deleted += 1;
    Ok(Change { artifact: Some((target, artifact)), ..Change::of(header) })
}
