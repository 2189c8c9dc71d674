//! Makes the plan of a backup that a driver performs, and opens its journal.

use crate::{registry::Fleet, usage::UsageError};
use anyhow::{Context, Result};
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::{
    PlanId, RunId,
    execution::BackupSelection,
    journal::ResumeSummary,
    limits::{CheckLimits, MAX_PLAN_TARGETS},
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, BackupTarget,
        ControlAuthority, ControlAuthoritySource, IdentityMode, QuiescencePolicy,
        SnapshotReadAuthority, SnapshotReadAuthoritySource, ValidationPurpose, build_backup_plan,
    },
    topology::topology_hash,
};
use std::fmt::Display;

/// What is to be planned.
pub struct PlanRequest<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// The members that are backed up.
    pub selection: BackupSelection,
    /// The id of the plan.
    pub plan_id: PlanId,
    /// The id of the run.
    pub run_id: RunId,
}

impl PlanRequest<'_> {
    fn input(self) -> BackupPlanInput {
        let Self { fleet, selection, plan_id, run_id } = self;
        let (selected_scope_kind, selected_canister_id) = match selection {
            BackupSelection::WithoutRoot => (BackupScopeKind::NonRootFleet, None),
            BackupSelection::Subtree(top) if top != fleet.root => {
                (BackupScopeKind::Subtree, Some(top))
            }
            BackupSelection::WholeFleet | BackupSelection::Subtree(_) => {
                (BackupScopeKind::MaintenanceRoot, Some(fleet.root))
            }
        };
        BackupPlanInput {
            plan_id,
            run_id,
            fleet: fleet.name.clone(),
            network: fleet.network.clone(),
            root_canister_id: fleet.root,
            selected_canister_id,
            selected_scope_kind,
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
        }
    }
}

/// Makes a plan, by the coordinator if it is small enough to be sent.
pub async fn build<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    request: PlanRequest<'_>,
) -> Result<BackupPlan> {
    let input = request.input();
    let plan = if input.registry.len() > MAX_PLAN_TARGETS {
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

/// Opens the journal of a plan of any size.
///
/// # Errors
/// [`ClientError`]; `Duplicate` when it was opened from the same plan before.
pub async fn open_journal<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    plan: &BackupPlan,
) -> Result<ResumeSummary, ClientError> {
    if plan.targets.len() > MAX_PLAN_TARGETS {
        coordinator.create_journal_in_batches(&plan.header, &plan.targets).await
    } else {
        coordinator.create_journal(plan).await
    }
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
