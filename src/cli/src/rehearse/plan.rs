//! Makes a plan for a fleet: every member but the root.

use crate::{rehearse::fleet::Fleet, usage::UsageError};
use anyhow::{Context, Result};
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    limits::{CheckLimits, MAX_PLAN_TARGETS},
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, BackupTarget,
        ControlAuthority, ControlAuthoritySource, IdentityMode, QuiescencePolicy,
        SnapshotReadAuthority, SnapshotReadAuthoritySource, ValidationPurpose, build_backup_plan,
    },
    topology::topology_hash,
};
use std::fmt::Display;

/// The name of the network in plans and manifests.
pub const NETWORK: &str = "rehearsal";

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
    let plan = if fleet.entries.len() > MAX_PLAN_TARGETS {
        build_backup_plan(input).map_err(refused)?
    } else {
        match coordinator.build_backup_plan(&input).await {
            Err(ClientError::Refused(error)) => return Err(refused(error).into()),
            built => built.context("the coordinator makes no plan for this fleet")?,
        }
    };
    check(&plan)?;
    Ok(plan)
}

/// What the coordinator would refuse is found before anything is written.
fn check(plan: &BackupPlan) -> Result<(), UsageError> {
    plan.check(ValidationPurpose::Planning).map_err(refused)?;
    plan.header.check_limits().map_err(refused)?;
    plan.targets.iter().try_for_each(BackupTarget::check_limits).map_err(refused)
}

fn refused(error: impl Display) -> UsageError {
    UsageError(format!("no plan can be made for this fleet: {error}"))
}
