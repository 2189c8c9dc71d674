//! The manifest: which snapshot belongs to what, so that a restore needs nothing but the folder.

use crate::driver::folder::{self, ArtifactFile, Folder, MANIFEST};
use anyhow::{Context, Result, ensure};
use backup_coordinator_client::{CoordinatorClient, Runtime};
use backup_journal::{
    PlanId, PreflightId, RunId, Timestamp,
    api::{JournalDetails, TargetStatus},
};
use candid::Principal;
use serde::Serialize;

/// The version of the format below.
const FORMAT: u32 = 1;

/// What belongs to what.
#[derive(Debug, Serialize)]
struct Manifest {
    format: u32,
    run_id: RunId,
    plan_id: PlanId,
    preflight_id: Option<PreflightId>,
    fleet: String,
    network: String,
    root_canister_id: Principal,
    coordinator: Principal,
    topology_hash: String,
    created_at: Timestamp,
    members: Vec<Member>,
}

/// A canister that was backed up.
#[derive(Debug, Serialize)]
struct Member {
    canister_id: Principal,
    role: Option<String>,
    parent_canister_id: Option<Principal>,
    module_hash: Option<String>,
    snapshot_id: String,
    snapshot_recorded_at: Option<Timestamp>,
    artifact_path: String,
    checksum: String,
    files: Vec<ArtifactFile>,
}

/// Writes the manifest from what the journal says, having held all files against it once more.
///
/// The same journal gives the same bytes, so writing it again does no harm.
pub async fn write<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    run_id: &RunId,
    folder: &Folder,
) -> Result<()> {
    let details = coordinator.get_journal(run_id).await?;
    let targets = coordinator.all_targets(run_id).await?;
    // A run may have gone on without a target; there is nothing of it in the backup.
    let saved = targets.iter().filter(|status| status.has_snapshot());
    let members = saved.map(|status| member(status, folder)).collect::<Result<_>>()?;
    folder.write_json(MANIFEST, &manifest(details, coordinator.coordinator(), members))
}

fn manifest(details: JournalDetails, coordinator: Principal, members: Vec<Member>) -> Manifest {
    let JournalDetails { summary, plan, .. } = details;
    Manifest {
        format: FORMAT,
        run_id: plan.run_id,
        plan_id: plan.plan_id,
        preflight_id: summary.preflight.map(|preflight| preflight.preflight_id),
        fleet: plan.fleet,
        network: plan.network,
        root_canister_id: plan.root_canister_id,
        coordinator,
        topology_hash: plan.topology_hash_before_quiesce,
        created_at: summary.created_at,
        members,
    }
}

fn member(status: &TargetStatus, folder: &Folder) -> Result<Member> {
    let target = &status.target;
    let id = target.canister_id;
    let missing = |what| format!("the journal has no {what} of {id}");
    let artifact = status.artifact.clone().unwrap_or_default();
    let path = artifact.artifact_path.with_context(|| missing("download"))?;
    let checksum = artifact.checksum.with_context(|| missing("checksum"))?;
    let verified = folder::verify(&folder.resolve(&path)?)?;
    ensure!(verified.checksum == checksum, "the files of {id} are not those that were verified");
    Ok(Member {
        canister_id: id,
        role: target.role.clone(),
        parent_canister_id: target.parent_canister_id,
        module_hash: target.expected_module_hash.clone(),
        snapshot_id: artifact.snapshot_id.with_context(|| missing("snapshot"))?,
        snapshot_recorded_at: artifact.snapshot_recorded_at,
        artifact_path: path,
        checksum,
        files: verified.files,
    })
}
