//! Takes a snapshot of a target, and makes sure that the target was at rest meanwhile.

use super::attempt::Attempt;
use crate::{
    call::Call,
    executor::{
        report, retention,
        runtime::{LOOK_SECONDS, management},
    },
    gate::counters,
    storage,
};
use backup_fleet::{
    CallFailed, Reaction, SnapshotId, SnapshotIds,
    error::may_still_happen,
    ids, listed, reaction,
    settle::{Taken, taken_since},
    types::CanisterStatusType as Status,
};
use backup_journal::{
    execution::{Look, Looked, MAX_SNAPSHOTS, Replaced},
    journal::OperationReceipt,
    retention::SUPERSEDED,
};

/// How long the network may take for the answer: it copies the memory of the canister.
const TAKE_SECONDS: u32 = 60;
const TAKE_NANOS: u64 = TAKE_SECONDS as u64 * 1_000_000_000;

pub async fn perform(attempt: &Attempt) {
    if let Some(id) = snapshot_of(attempt).await {
        check_at_rest(attempt, id).await;
    }
}

/// The snapshot of an earlier call, or of a new one; none if it is noted why there is none, or not known yet.
async fn snapshot_of(attempt: &Attempt) -> Option<SnapshotId> {
    let note = attempt.note();
    if let Some(id) = note.taken {
        return Some(id.to_vec().into());
    }
    // After a call that was refused nothing is looked for: a new snapshot would be that of somebody else.
    if note.gives_up_at.is_some() {
        match find(attempt).await {
            Found::This(id) => return Some(id),
            Found::Unsettled => return None,
            Found::Not => {}
        }
    }
    if attempt.look_only {
        attempt.failed("no snapshot was taken");
        return None;
    }
    take(attempt).await
}

enum Found {
    /// The snapshot of an earlier call.
    This(SnapshotId),
    /// No call took one.
    Not,
    /// Not known yet, or it is noted why there is none.
    Unsettled,
}

/// Finds the snapshot of the last call, by the snapshots before the run and by the time of the call. While that call may still
/// take one, a new snapshot can be that of somebody else.
async fn find(attempt: &Attempt) -> Found {
    if attempt.may_still_happen() {
        attempt.wait("the outcome of the snapshot is not known");
        return Found::Unsettled;
    }
    let now = match management(LOOK_SECONDS).list_snapshots(attempt.target).await {
        Ok(now) => now,
        Err(error) => {
            attempt.look_failed(&error);
            return Found::Unsettled;
        }
    };
    let called_at = attempt.note().gives_up_at.map_or(0, |at| at.0.saturating_sub(TAKE_NANOS));
    match taken_since(&before(attempt), &now, called_at) {
        Taken::This(id) => {
            counters::settled_by_looking();
            keep(attempt, &id, &ids(&now));
            return Found::This(id);
        }
        Taken::Undecided(new) => {
            attempt.failed(&format!(
                "{} snapshots are new, and it is not known which is that of the run: {}",
                new.len(),
                listed(&new)
            ));
        }
        Taken::Not => return Found::Not,
    }
    Found::Unsettled
}

/// The snapshots that the target had before the run.
fn before(attempt: &Attempt) -> SnapshotIds {
    match attempt.target_note().look {
        Some(Look { found: Looked::Ready { snapshots, .. }, .. }) => {
            snapshots.into_iter().map(|id| SnapshotId::from(id.to_vec())).collect()
        }
        _ => SnapshotIds::new(),
    }
}

/// Takes a snapshot of a target that is stopped; none if it is not known to be taken.
async fn take(attempt: &Attempt) -> Option<SnapshotId> {
    let status = match management(LOOK_SECONDS).status(attempt.target).await {
        Ok(status) => status,
        Err(error) => {
            attempt.look_failed(&error);
            return None;
        }
    };
    if status.status != Status::Stopped {
        attempt.failed("somebody started it between its stop and its snapshot");
        return None;
    }
    let replaced = replaced(attempt);
    attempt.note_call(TAKE_SECONDS)?;
    attempt.change_note(|note| {
        note.version = Some(status.version);
        note.replaces.clone_from(&replaced);
    });
    let replaced = replaced.map(|it| SnapshotId::from(it.snapshot_id.to_vec()));
    let network = management(TAKE_SECONDS);
    match network.take_snapshot_replacing(attempt.target, replaced.as_ref()).await {
        Ok(id) => {
            keep(attempt, &id, &SnapshotIds::new());
            Some(id)
        }
        Err(error) => {
            take_failed(attempt, &error).await;
            None
        }
    }
}

/// The snapshot of an earlier run that is deleted when the new one is taken; none as long as there is a free slot.
fn replaced(attempt: &Attempt) -> Option<Replaced> {
    let before: Vec<Vec<u8>> = before(attempt).iter().map(|id| id.as_bytes().to_vec()).collect();
    if before.len() < MAX_SNAPSHOTS && !attempt.note().is_full {
        return None;
    }
    let replaced = storage::read(|storage| {
        let fleet = storage.header_of(attempt.run).fleet;
        let (run, id) = retention::replaced(storage, &fleet, attempt.target, &before)?;
        let header = storage.header_of(run);
        Some((header.run_id.clone(), header.is_over(), id))
    });
    let (run_id, is_over, snapshot_id) = replaced?;
    if !is_over {
        report::abort(&run_id, SUPERSEDED, &Call::of_coordinator());
    }
    Some(Replaced { run_id, snapshot_id: snapshot_id.into() })
}

/// A take that went wrong. Somebody may have taken the last slot since the preflight: then it is made again with the place of
/// an old snapshot, if there is one that may go.
async fn take_failed(attempt: &Attempt, error: &CallFailed) {
    if !may_still_happen(&error.error) {
        attempt.change_note(|note| note.gives_up_at = None);
    }
    let refused = reaction(&error.error) == Reaction::GiveUp && !attempt.note().is_full;
    if refused
        && let Ok(now) = management(LOOK_SECONDS).snapshots(attempt.target).await
        && now.len() >= MAX_SNAPSHOTS
    {
        attempt.change_note(|note| note.is_full = true);
        if replaced(attempt).is_some() {
            return attempt.wait(&error.to_string());
        }
    }
    attempt.call_failed(error);
}

/// Notes the snapshot that was taken. The one whose place it took is gone, unless it is among those that are there `now`.
fn keep(attempt: &Attempt, id: &SnapshotId, now: &SnapshotIds) {
    let replaced = attempt.note().replaces;
    attempt.change_note(|note| {
        note.taken = Some(id.as_bytes().to_vec().into());
        note.replaces = None;
    });
    let Some(Replaced { run_id, snapshot_id }) = replaced else { return };
    if now.contains(&SnapshotId::from(snapshot_id.to_vec())) {
        return;
    }
    let reason = "the next snapshot took its place, because the network keeps no more than ten";
    let (target, id) = (attempt.target, hex::encode(&*snapshot_id));
    report::deletion(&run_id, target, &id, reason, &Call::of_coordinator());
}

/// Records the snapshot, if the target did not run since it was stopped: its version changes when it is started.
async fn check_at_rest(attempt: &Attempt, id: SnapshotId) {
    let record = |id: &SnapshotId| {
        let snapshot_id = Some(id.to_string());
        attempt.done(|receipt| OperationReceipt { snapshot_id, ..receipt });
    };
    // The run is aborted: the target was started, and its snapshot is only recorded.
    if attempt.look_only {
        return record(&id);
    }
    match management(LOOK_SECONDS).status(attempt.target).await {
        Err(error) => attempt.look_failed(&error),
        Ok(status) => {
            let before = attempt.note().version;
            let same = before.is_none_or(|version| version == status.version);
            if status.status == Status::Stopped && same {
                record(&id);
            } else {
                attempt.failed(&format!(
                    "somebody started it while its snapshot {id} was taken, which is no backup"
                ));
            }
        }
    }
}
