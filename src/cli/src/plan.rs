//! Makes the plan of a backup that a driver performs, and opens its journal.

use crate::usage::UsageError;
use anyhow::{Context, Result};
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::{
    execution::{BackupSelection, PlanSubject},
    journal::ResumeSummary,
    limits::{CheckLimits, MAX_PLAN_TARGETS},
    plan::{BackupPlan, BackupTarget, ValidationPurpose, build_backup_plan},
};
use std::fmt::Display;

/// Makes a plan, by the coordinator if it is small enough to be sent.
pub async fn build<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    subject: PlanSubject,
    selection: BackupSelection,
) -> Result<BackupPlan> {
    let input = subject.select(selection).map_err(refused)?;
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
