//! Loads a snapshot into a target: the one that is restored, or the safety snapshot when the run is rolled back.
//!
//! A roll back is tried for as long as it takes: until it is done, no target of the run is started.

use super::{attempt::Attempt, stop};
use crate::{
    executor::runtime::{LOOK_SECONDS, management},
    gate::{counters, log},
    storage::{self, StoredJournal},
};
use backup_fleet::{
    CallFailed, SnapshotId,
    error::{is_gone, may_still_happen},
    settle::{Loaded, loaded},
    types::{CanisterInfoResult, CanisterStatusType as Status},
};
use backup_journal::{
    journal::{JournalView, OperationReceipt},
    plan::BackupOperationKind as Kind,
};

/// How long the network may take for the answer: it copies the memory of the canister.
const LOAD_SECONDS: u32 = 60;
/// How many changes of a canister are looked at: all that the network is sure to tell.
pub const CHANGES: u64 = 20;

pub async fn perform(attempt: &Attempt) {
    let Some(snapshot) = snapshot_of(attempt) else {
        return give_up(attempt, "the journal does not say which snapshot is loaded");
    };
    match has_loaded(attempt, &snapshot).await {
        Some(true) => done(attempt, &snapshot),
        Some(false) if attempt.look_only => attempt.failed("the snapshot was not loaded"),
        Some(false) => load(attempt, &snapshot).await,
        None => {}
    }
}

/// The snapshot that is loaded.
fn snapshot_of(attempt: &Attempt) -> Option<SnapshotId> {
    if attempt.kind == Kind::LoadSnapshot {
        return attempt.target_note().restores.map(|id| id.to_vec().into());
    }
    let taken = storage::read(|storage| {
        StoredJournal::new(storage, attempt.run).artifact(&attempt.target)?.snapshot_id
    });
    taken?.parse().ok()
}

/// Whether an earlier call has loaded the snapshot; none if that is not known yet, or it is noted that it never will be.
async fn has_loaded(attempt: &Attempt, snapshot: &SnapshotId) -> Option<bool> {
    let note = attempt.note();
    if note.calls == 0 {
        return Some(false);
    }
    if attempt.may_still_happen() {
        attempt.wait("the outcome of the load is not known");
        return None;
    }
    let now = info(attempt).await?;
    match loaded(note.changes.unwrap_or_default(), &now, snapshot) {
        Loaded::Done => {
            counters::settled_by_looking();
            Some(true)
        }
        // Loading again leaves the same state.
        Loaded::Not | Loaded::Unknown => Some(false),
    }
}

/// What the network tells of the target; none if it does not answer, which is noted.
async fn info(attempt: &Attempt) -> Option<CanisterInfoResult> {
    match management(LOOK_SECONDS).canister_info(attempt.target, CHANGES).await {
        Ok(info) => Some(info),
        Err(error) => {
            look_failed(attempt, &error);
            None
        }
    }
}

/// Loads the snapshot into a target that is stopped.
async fn load(attempt: &Attempt, snapshot: &SnapshotId) {
    match management(LOOK_SECONDS).status(attempt.target).await {
        Err(error) => return look_failed(attempt, &error),
        Ok(status) if status.status != Status::Stopped => {
            let (run_id, target) = (&attempt.run_id, attempt.target);
            log::trouble(format_args!(
                "run {run_id}: somebody started {target}; the coordinator stops it again"
            ));
            return stop_again(attempt).await;
        }
        Ok(_) => {}
    }
    if attempt.note().changes.is_none() {
        let Some(before) = info(attempt).await else { return };
        attempt.change_note(|note| note.changes = Some(before.total_num_changes));
    }
    if attempt.note_call(LOAD_SECONDS).is_none() {
        return;
    }
    match management(LOAD_SECONDS).load_snapshot(attempt.target, snapshot).await {
        Ok(()) => done(attempt, snapshot),
        Err(error) => load_failed(attempt, &error),
    }
}

fn done(attempt: &Attempt, snapshot: &SnapshotId) {
    let snapshot_id = Some(snapshot.to_string());
    attempt.done(|receipt| OperationReceipt { snapshot_id, ..receipt });
}

fn give_up(attempt: &Attempt, reason: &str) {
    if attempt.kind == Kind::RollBack {
        attempt.wait_longer(reason);
    } else {
        attempt.failed(reason);
    }
}

fn load_failed(attempt: &Attempt, failed: &CallFailed) {
    if attempt.kind == Kind::LoadSnapshot {
        return attempt.call_failed(failed);
    }
    if !may_still_happen(&failed.error) {
        attempt.change_note(|note| note.gives_up_at = None);
    }
    attempt.wait_longer(&failed.to_string());
}

/// A call that looks, or stops the target again, went wrong. A canister that does not exist any more is not rolled back.
fn look_failed(attempt: &Attempt, failed: &CallFailed) {
    match attempt.kind {
        Kind::LoadSnapshot => attempt.look_failed(failed),
        _ if is_gone(&failed.error) => attempt.skipped(),
        _ => attempt.wait_longer(&failed.to_string()),
    }
}

/// Stops a target that somebody has started since its safety snapshot. It is loaded when it is stopped.
async fn stop_again(attempt: &Attempt) {
    if let Err(error) = stop::call(attempt).await {
        look_failed(attempt, &error);
    }
}
