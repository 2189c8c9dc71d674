//! Writes down what a restore has restored, in its folder.

use crate::backup::folder::Folder;
use anyhow::{Context, Result};
use backup_coordinator_client::{CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    api::TargetStatus,
    plan::{PlanHeader, SnapshotPlace},
};
use candid::Principal;
use serde::Serialize;

/// What was restored.
pub const RESTORED: &str = "restored.json";
/// The version of the format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Restored {
    format: u32,
    /// The run of the restore.
    run_id: RunId,
    /// The run that took the snapshots.
    backup_run_id: RunId,
    place: SnapshotPlace,
    fleet: String,
    coordinator: Principal,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct Member {
    canister_id: Principal,
    role: Option<String>,
    /// The canister that the snapshot was taken of.
    source_canister_id: Principal,
    /// The snapshot as the backup took it.
    backup_snapshot_id: String,
    checksum: Option<String>,
    loaded_snapshot_id: Option<String>,
    /// What it had before, unless it had no module.
    safety_snapshot_id: Option<String>,
}

/// Writes what a run has restored. The same journal gives the same bytes, so writing it again does no harm.
pub async fn write<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    run_id: &RunId,
    folder: &Folder,
) -> Result<()> {
    let PlanHeader { fleet, restore, .. } = coordinator.get_journal(run_id).await?.plan;
    let origin = restore.with_context(|| format!("the run {run_id} is no restore"))?;
    let targets = coordinator.all_targets(run_id).await?;
    let restored = Restored {
        format: FORMAT,
        run_id: run_id.clone(),
        backup_run_id: origin.run_id,
        place: origin.place,
        fleet,
        coordinator: coordinator.coordinator(),
        members: targets.into_iter().filter_map(member).collect(),
    };
    folder.write_json(RESTORED, &restored)
}

fn member(status: TargetStatus) -> Option<Member> {
    let (target, artifact) = (status.target, status.artifact.unwrap_or_default());
    let restore = target.restore?;
    Some(Member {
        canister_id: target.canister_id,
        role: target.role,
        source_canister_id: restore.source_canister_id,
        backup_snapshot_id: restore.snapshot_id,
        checksum: restore.checksum,
        loaded_snapshot_id: artifact.loaded_snapshot_id,
        safety_snapshot_id: artifact.snapshot_id,
    })
}
