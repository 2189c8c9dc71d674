//! Writes the manifest of a run from its journal and from the records of its downloads.

use crate::backup::{
    folder::{Folder, MANIFEST},
    manifest::{FORMAT, Manifest, Member, Run},
};
use anyhow::{Context, Result, ensure};
use backup_coordinator_client::{CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    api::{JournalDetails, TargetStatus},
};
use candid::Principal;

/// Writes the manifest. Every snapshot was verified before; it is looked once more whether its files are all there.
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
    let run = Some(run(details, coordinator.coordinator()));
    folder.write_json(MANIFEST, &Manifest { format: FORMAT, run, imported: None, members })
}

fn run(details: JournalDetails, coordinator: Principal) -> Run {
    let JournalDetails { summary, plan, .. } = details;
    Run {
        run_id: plan.run_id,
        plan_id: plan.plan_id,
        preflight_id: summary.preflight.map(|preflight| preflight.preflight_id),
        fleet: plan.fleet,
        network: plan.network,
        root_canister_id: plan.root_canister_id,
        coordinator,
        topology_hash: plan.topology_hash_before_quiesce,
        created_at: summary.created_at,
    }
}

fn member(status: &TargetStatus, folder: &Folder) -> Result<Member> {
    let target = &status.target;
    let id = target.canister_id;
    let missing = |what| format!("the journal has no {what} of {id}");
    let artifact = status.artifact.clone().unwrap_or_default();
    let path = artifact.artifact_path.with_context(|| missing("download"))?;
    let checksum = artifact.checksum.with_context(|| missing("checksum"))?;
    let snapshot_id = artifact.snapshot_id.with_context(|| missing("snapshot"))?;
    let snapshot = folder.record(id)?.with_context(|| format!("nothing is recorded of {id}"))?;
    let is_that = snapshot.checksum == checksum && snapshot.snapshot_id == Some(snapshot_id);
    ensure!(is_that, "the snapshot of {id} that was downloaded is not the one that was verified");
    let place = folder.resolve(&path)?;
    for file in &snapshot.files {
        let path = place.join(&file.name);
        let length = path.metadata().map(|found| found.len());
        let length = length.with_context(|| format!("{} cannot be read", path.display()))?;
        let expected = file.bytes;
        ensure!(length == expected, "{} has {length} bytes, not {expected}", path.display());
    }
    Ok(Member {
        role: target.role.clone(),
        parent_canister_id: target.parent_canister_id,
        module_hash: target.expected_module_hash.clone(),
        snapshot_recorded_at: artifact.snapshot_recorded_at,
        artifact_path: path,
        snapshot,
    })
}
