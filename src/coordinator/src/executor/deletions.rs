//! Deletes the snapshots that are marked for deletion.
//!
//! A deletion may be tried again however the last call ended: the id of a snapshot is never given to another one. Each attempt
//! looks first, so what was deleted without an answer is found out by the list of snapshots.

use super::{
    report, retention,
    runtime::{LOOK_SECONDS, management},
    under_way::{self, Held},
};
use crate::{
    call::Call,
    gate::{log, notes},
    storage::{self, DeletionKey, RunNumber, Storage},
};
use backup_fleet::{CallFailed, SnapshotId, SnapshotIds, error::is_gone};
use backup_journal::{Timestamp, execution::Task, retention::Deletion};

/// How many deletions are under way at the same time.
const MOST_AT_ONCE: usize = 20;
/// How long the network may take for the answer to a deletion.
const DELETE_SECONDS: u32 = 60;

/// Begins the deletions that are due; answers with when the next one is.
pub fn advance(now: Timestamp) -> Option<Timestamp> {
    storage::read(Storage::next_deletion)?;
    // Those under way are still among those that are due.
    let due = storage::read(|storage| storage.deletions_until(now, 2 * MOST_AT_ONCE));
    let is_idle = |key: &&DeletionKey| !under_way::contains(key.run, Task::Delete(key.target));
    let idle: Vec<&DeletionKey> = due.iter().filter(is_idle).collect();
    let free = MOST_AT_ONCE.saturating_sub(due.len() - idle.len());
    for key in idle.into_iter().take(free) {
        if let Some(held) = Held::begin(key.run, Task::Delete(key.target), now) {
            ic_cdk::futures::spawn(delete(*key, held));
        }
    }
    // The end of each that is under way makes the next turn.
    storage::read(Storage::next_deletion).filter(|at| *at > now)
}

/// What has become of an attempt.
enum Attempt {
    /// The snapshot is deleted.
    Deleted,
    /// It was gone already.
    Gone,
    /// It stays: the rules of retention keep it meanwhile.
    Kept,
}

async fn delete(key: DeletionKey, held: Held) {
    if let Some(deletion) = storage::read(|storage| storage.deletion(&key)) {
        match attempt(&key, &deletion).await {
            Ok(Attempt::Deleted) => deleted(key, &deletion, &deletion.reason),
            Ok(Attempt::Gone) => deleted(key, &deletion, report::GONE),
            Ok(Attempt::Kept) => storage::write(|storage| {
                notes::forget_deletion(storage, key);
            }),
            Err(error) => failed(key, deletion, &error),
        }
    }
    drop(held);
}

async fn attempt(key: &DeletionKey, deletion: &Deletion) -> Result<Attempt, CallFailed> {
    let id = SnapshotId::from(deletion.snapshot_id.to_vec());
    let began = Call::of_coordinator().now;
    match management(LOOK_SECONDS).snapshots(key.target).await {
        Ok(snapshots) if snapshots.contains(&id) => note_gone(key, &snapshots, began),
        Ok(_) => return Ok(Attempt::Gone),
        Err(error) if is_gone(&error.error) => return Ok(Attempt::Gone),
        Err(error) => return Err(error),
    }
    // What keeps others of its run can have changed since it was marked.
    if !storage::read(|storage| retention::is_still_deleted(storage, key.run, deletion)) {
        return Ok(Attempt::Kept);
    }
    management(DELETE_SECONDS).delete_snapshot(key.target, &id).await?;
    Ok(Attempt::Deleted)
}

/// Notes which other snapshots of the target are gone: this one may have to stay for them.
fn note_gone(key: &DeletionKey, snapshots: &SnapshotIds, began: Timestamp) {
    let fleet = storage::read(|storage| storage.header_of(key.run).fleet);
    let snapshots: Vec<Vec<u8>> = snapshots.iter().map(|id| id.as_bytes().to_vec()).collect();
    retention::note_gone(&fleet, key.target, &snapshots, began, &Call::of_coordinator());
}

fn deleted(key: DeletionKey, deletion: &Deletion, reason: &str) {
    let call = Call::of_coordinator();
    let header = storage::read(|storage| storage.header_of(key.run));
    let id = hex::encode(&*deletion.snapshot_id);
    report::deletion(&header.run_id, key.target, &id, reason, &call);
    let left = storage::write(|storage| notes::forget_deletion(storage, key));
    if left == 0 {
        forget_if_empty(key.run);
        retention::apply(&header.fleet, &call);
    }
}

/// Forgets a run as soon as none of its snapshots is on the network.
fn forget_if_empty(run: RunNumber) {
    storage::write(|storage| {
        let artifacts = storage.artifacts(run, storage.header_of(run).targets as usize);
        if artifacts.iter().all(|(_, artifact)| artifact.on_network().next().is_none()) {
            notes::forget_snapshot_set(storage, run);
        }
    });
}

fn failed(key: DeletionKey, deletion: Deletion, error: &CallFailed) {
    log::trouble(format_args!("{error}"));
    let now = Call::of_coordinator().now;
    let (next, at) = deletion.failed(report::short(&error.to_string()), now);
    storage::write(|storage| notes::postpone_deletion(storage, key, at, next));
}
