//! Deletes snapshots of a fleet that its retention does not keep, and what callers ask of that.

use super::{report, wake};
use crate::{
    call::Call,
    gate::{Write, log, notes, record},
    storage::{self, DeletionKey, RunNumber, Storage},
};
use backup_journal::{
    FleetName, RunId, Timestamp,
    api::{AuditEventKind, CoordinatorError},
    execution::ExecutionError,
    journal::Artifact,
    limits::MAX_PLAN_TARGETS,
    retention::{
        Deletion, FailedDeletion, KeptBecause, RetentionPreview, SetStatus, SnapshotSet, Verdict,
        decide, replaceable,
    },
};
use candid::Principal;

/// The most runs of a fleet that are looked at. Older ones follow when newer ones are forgotten.
const MOST_SETS: usize = 100;
/// The most runs whose snapshots are marked for deletion in one message.
const MOST_DELETED: usize = 5;
/// The most runs of which it is noted that a snapshot is gone.
const MOST_NOTED: usize = 20;
/// The most deletions that are searched for those that went wrong.
const MOST_SEARCHED: usize = 1_000;
/// The most deletions that went wrong of which a caller is told.
const MOST_TOLD: usize = 10;

/// Marks the snapshots of a fleet for deletion that its retention does not keep. Without a schedule all are kept.
pub fn apply(fleet: &FleetName, call: &Call) {
    let superseded: Vec<RunNumber> = storage::read(|storage| {
        let verdicts = verdicts(storage, fleet).unwrap_or_default().into_iter();
        let superseded = verdicts
            .filter(|(run, _, verdict)| *verdict == Verdict::Delete && storage.deleting(*run) == 0);
        superseded.map(|(run, ..)| run).collect()
    });
    // The oldest first.
    for run in superseded.into_iter().rev().take(MOST_DELETED) {
        delete(run, Deletion::superseded, call);
    }
    wake::soon();
}

/// What becomes of the snapshots of a fleet, the newest run first. None if the fleet has no retention.
fn verdicts(
    storage: &Storage,
    fleet: &FleetName,
) -> Option<Vec<(RunNumber, SnapshotSet, Verdict)>> {
    let keep = storage.fleet(fleet).ok()?.fleet.schedule?.keep();
    let (runs, sets): (Vec<_>, Vec<_>) =
        storage.snapshot_sets(fleet, MOST_SETS).into_iter().unzip();
    let verdicts = decide(&sets, keep);
    let all = runs.into_iter().zip(sets).zip(verdicts);
    Some(all.map(|((run, set), verdict)| (run, set, verdict)).collect())
}

/// Whether a snapshot of a run that was marked for deletion is still to be deleted.
pub fn is_still_deleted(storage: &Storage, run: RunNumber, deletion: &Deletion) -> bool {
    if deletion.is_dropped {
        return true;
    }
    let fleet = storage.header_of(run).fleet;
    let verdicts = verdicts(storage, &fleet).unwrap_or_default();
    verdicts.iter().any(|(it, _, verdict)| *it == run && *verdict == Verdict::Delete)
}

/// Marks the snapshots of a run for deletion; answers with how many they are. A run that waits for its downloads is aborted
/// first.
fn delete(run: RunNumber, deletion: fn(Vec<u8>) -> Deletion, call: &Call) -> u32 {
    let header = storage::read(|storage| storage.header_of(run));
    if header.targets as usize > MAX_PLAN_TARGETS {
        return 0;
    }
    if !header.is_over() {
        report::abort(&header.run_id, &deletion(Vec::new()).reason, call);
        if !storage::read(|storage| storage.header_of(run).is_over()) {
            return 0;
        }
    }
    storage::write(|storage| {
        let mut count = 0;
        for (target, artifact) in storage.artifacts(run, MAX_PLAN_TARGETS) {
            for (number, snapshot_id) in (0..).zip(ids_on_network(&artifact)) {
                let key = DeletionKey { at: call.now, run, target, number };
                notes::delete_snapshot(storage, key, deletion(snapshot_id));
                count += 1;
            }
        }
        if count == 0 {
            notes::forget_snapshot_set(storage, run);
        } else {
            let run_id = &header.run_id;
            log::executed(format_args!("run {run_id}: {count} snapshots are to be deleted"));
        }
        count
    })
}

/// The snapshots that a run has left on the network. An id that is no hexadecimal was not given by the network.
pub fn ids_on_network(artifact: &Artifact) -> Vec<Vec<u8>> {
    artifact.on_network().filter_map(|id| hex::decode(id).ok()).collect()
}

/// The snapshots of a target that the journals of its fleet know.
pub fn known_of(storage: &Storage, fleet: &FleetName, target: Principal) -> Vec<Vec<u8>> {
    let runs = storage.runs_with_snapshots(fleet, MOST_SETS).into_iter();
    let artifacts = runs.filter_map(|run| storage.artifact(run, target));
    artifacts.flat_map(|artifact| ids_on_network(&artifact)).collect()
}

/// The snapshot of which the next one takes the place, of a target that has `snapshots`, should these be all that the network
/// keeps: the oldest that may go. None if each of them must stay, or is of somebody else.
pub fn replaced(
    storage: &Storage,
    fleet: &FleetName,
    target: Principal,
    snapshots: &[Vec<u8>],
) -> Option<(RunNumber, Vec<u8>)> {
    let sets = verdicts(storage, fleet)?;
    let verdicts: Vec<Verdict> = sets.iter().map(|(.., verdict)| verdict.clone()).collect();
    replaceable(&verdicts).find_map(|position| {
        let run = sets[position].0;
        let ids = ids_on_network(&storage.artifact(run, target)?);
        let id = ids.into_iter().find(|id| snapshots.contains(id))?;
        Some((run, id))
    })
}

/// Records of the runs of a fleet which of their snapshots of a target are gone, because they are not among `snapshots`, which
/// the target had at some time after `began`.
pub fn note_gone(
    fleet: &FleetName,
    target: Principal,
    snapshots: &[Vec<u8>],
    began: Timestamp,
    call: &Call,
) {
    let gone: Vec<(RunId, Vec<u8>)> = storage::read(|storage| {
        let runs = storage.runs_with_snapshots(fleet, MOST_NOTED).into_iter();
        // A run that moved meanwhile can have taken a snapshot that the list does not have yet.
        let settled = runs.map(|run| (run, storage.header_of(run)));
        let settled = settled.filter(|(_, header)| header.updated_at < began);
        let ids = settled.flat_map(|(run, header)| {
            let ids = storage.artifact(run, target).map(|artifact| ids_on_network(&artifact));
            ids.unwrap_or_default().into_iter().map(move |id| (header.run_id.clone(), id))
        });
        ids.filter(|(_, id)| !snapshots.contains(id)).collect()
    });
    for (run_id, id) in gone {
        report::deletion(&run_id, target, &hex::encode(id), report::GONE, call);
    }
}

/// What the retention of a fleet would do now.
///
/// # Errors
/// [`CoordinatorError::FleetNotFound`].
pub fn preview(fleet: &FleetName) -> Result<RetentionPreview, CoordinatorError> {
    storage::read(|storage| {
        let schedule = storage.fleet(fleet)?.fleet.schedule;
        let verdicts = verdicts(storage, fleet);
        let sets = match verdicts {
            Some(verdicts) => verdicts,
            None => kept(storage.snapshot_sets(fleet, MOST_SETS)),
        };
        let status = |(run, set, verdict): (RunNumber, SnapshotSet, Verdict)| {
            let header = storage.header_of(run);
            SetStatus {
                run_id: set.run_id,
                created_at: header.created_at,
                outcome: header.outcome(),
                snapshots: header.snapshot_targets,
                deleted: header.snapshots_deleted,
                deleting: storage.deleting(run),
                verdict,
            }
        };
        Ok(RetentionPreview {
            fleet: fleet.clone(),
            keep_on_network: schedule.map(|schedule| schedule.keep()),
            sets: sets.into_iter().map(status).collect(),
            failed: failed(storage, fleet),
        })
    })
}

/// Without a retention everything stays.
fn kept(sets: Vec<(RunNumber, SnapshotSet)>) -> Vec<(RunNumber, SnapshotSet, Verdict)> {
    let all = sets.into_iter();
    all.map(|(run, set)| (run, set, Verdict::Keep(KeptBecause::NoRetention))).collect()
}

fn failed(storage: &Storage, fleet: &FleetName) -> Vec<FailedDeletion> {
    let failed = |(key, deletion): (DeletionKey, Deletion)| {
        let error = deletion.last_error?;
        let header = storage.header_of(key.run);
        (header.fleet == *fleet).then(|| FailedDeletion {
            run_id: header.run_id,
            canister_id: key.target,
            snapshot_id: hex::encode(&*deletion.snapshot_id),
            error,
            next_at: key.at,
        })
    };
    let all = storage.first_deletions(MOST_SEARCHED).into_iter();
    all.filter_map(failed).take(MOST_TOLD).collect()
}

/// Marks all snapshots of a fleet for deletion that its runs have left on the network; answers with how many they are. With
/// many runs, or some that cannot be aborted, some are left; then it is called again.
///
/// # Errors
/// [`CoordinatorError::FleetNotFound`]; [`ExecutionError::FleetBusy`] while a run uses its snapshots;
/// [`ExecutionError::NotDownloaded`] unless the last backup has a verified download or `force` is said.
pub fn drop_snapshots(
    fleet: &FleetName,
    force: bool,
    call: &Call,
) -> Result<u32, CoordinatorError> {
    let runs = storage::write(|storage| -> Result<Vec<RunNumber>, CoordinatorError> {
        storage.fleet(fleet)?;
        if let Some(run_id) = storage.executed_run_of(fleet) {
            return Err(ExecutionError::FleetBusy { fleet: fleet.clone(), run_id }.into());
        }
        let sets = storage.snapshot_sets(fleet, MOST_SETS);
        check_unused(fleet, &sets)?;
        let backups = || sets.iter().filter(|(_, set)| !set.is_restore);
        let last = backups().find(|(_, set)| set.is_whole()).or_else(|| backups().next());
        if last.is_some_and(|(_, set)| !set.is_verified()) && !force {
            return Err(ExecutionError::NotDownloaded { fleet: fleet.clone() }.into());
        }
        let left = |(run, _): &(RunNumber, SnapshotSet)| storage.deleting(*run) == 0;
        let runs: Vec<RunNumber> = sets.into_iter().filter(left).map(|(run, _)| run).collect();
        if !runs.is_empty() {
            let kind = AuditEventKind::SnapshotsDropped { fleet: fleet.clone(), force };
            record(storage, call, Write::Noted(kind))?;
        }
        Ok(runs)
    })?;
    // The oldest first, so that the last backup goes last.
    let call = Call::of_coordinator();
    let runs = runs.into_iter().rev().take(4 * MOST_DELETED);
    let count = runs.map(|run| delete(run, Deletion::dropped, &call)).sum();
    wake::soon();
    Ok(count)
}

/// Refuses while a run uses its snapshots, or another restores from them.
fn check_unused(
    fleet: &FleetName,
    sets: &[(RunNumber, SnapshotSet)],
) -> Result<(), ExecutionError> {
    let sets: Vec<SnapshotSet> = sets.iter().map(|(_, set)| set.clone()).collect();
    let user = |set: &SnapshotSet, verdict: Verdict| -> Option<RunId> {
        match verdict {
            Verdict::Keep(KeptBecause::UnderWay | KeptBecause::Transferred) => {
                Some(set.run_id.clone())
            }
            Verdict::Keep(KeptBecause::Restored { by }) => Some(by),
            _ => None,
        }
    };
    let verdicts = decide(&sets, 0).into_iter();
    match sets.iter().zip(verdicts).find_map(|(set, verdict)| user(set, verdict)) {
        Some(run_id) => Err(ExecutionError::FleetBusy { fleet: fleet.clone(), run_id }),
        None => Ok(()),
    }
}
