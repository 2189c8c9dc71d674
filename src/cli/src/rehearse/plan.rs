//! Makes a plan for a fleet: every member but the root.

use crate::rehearse::fleet::Fleet;
use anyhow::{Context, Result};
use backup_coordinator_client::{CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    limits::MAX_PLAN_TARGETS,
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, ControlAuthority,
        ControlAuthoritySource, IdentityMode, QuiescencePolicy, SnapshotReadAuthority,
        SnapshotReadAuthoritySource, build_backup_plan,
    },
    topology::topology_hash,
};

/// The name of the network in plans and manifests.
const NETWORK: &str = "rehearsal";

/// What the id of a plan has in front of that of its run.
pub const PLAN_PREFIX: &str = "plan-";

/// A plan that backs up all members of `fleet`, made by the coordinator if it is small enough to be sent.
pub async fn build<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    fleet: &Fleet,
    run_id: &RunId,
) -> Result<BackupPlan> {
    let input = BackupPlanInput {
        plan_id: format!("{PLAN_PREFIX}{run_id}").into(),
        run_id: run_id.clone(),
        fleet: fleet.name.clone(),
        network: NETWORK.to_owned(),
        root_canister_id: fleet.root,
        selected_canister_id: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        topology_hash_before_quiesce: topology_hash(&fleet.entries),
        registry: fleet.entries.clone(),
        // Declared only: preflight has to prove both.
        control_authority: ControlAuthority {
            source: ControlAuthoritySource::OperatorController,
            evidence: AuthorityEvidence::Declared,
        },
        snapshot_read_authority: SnapshotReadAuthority {
            source: SnapshotReadAuthoritySource::OperatorController,
            evidence: AuthorityEvidence::Declared,
        },
        quiescence_policy: QuiescencePolicy::CrashConsistent,
        identity_mode: IdentityMode::Fixed,
    };
    if fleet.entries.len() > MAX_PLAN_TARGETS {
        return Ok(build_backup_plan(input)?);
    }
    coordinator
        .build_backup_plan(&input)
        .await
        .context("the coordinator makes no plan for this fleet")
}
