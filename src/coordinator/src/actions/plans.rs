//! Plans: made from a registry, and checked. Nothing is stored.

use crate::types::Answer;
use backup_journal::{
    api::CoordinatorError,
    limits::{CheckLimits, check_name, check_registry},
    plan::{BackupPlan, BackupPlanInput, ValidationPurpose, build_backup_plan as build},
    registry::RegistryEntry,
};
use candid::Principal;

/// Makes a plan from a registry; nothing is stored.
///
/// # Errors
/// A limit, or a rule of the plan.
pub fn build_backup_plan(input: BackupPlanInput) -> Answer<BackupPlan> {
    check_registry(&input.registry)?;
    let plan = build(input)?;
    plan.check_limits()?;
    Ok(plan)
}

/// Checks a plan; nothing is stored.
///
/// # Errors
/// A limit, the coordinator as a target, or a rule of the plan.
pub fn validate_backup_plan(
    plan: &BackupPlan,
    purpose: ValidationPurpose,
    coordinator: Principal,
) -> Answer<()> {
    plan.check_limits()?;
    plan.check(purpose)?;
    check_not_target(plan.targets.iter().map(|target| target.canister_id), coordinator)
}

/// Refuses canisters to be backed up of which one is the coordinator, which cannot stop itself.
///
/// # Errors
/// [`CoordinatorError::CoordinatorIsTarget`].
pub fn check_not_target(
    canisters: impl IntoIterator<Item = Principal>,
    coordinator: Principal,
) -> Answer<()> {
    if canisters.into_iter().any(|canister| canister == coordinator) {
        return Err(CoordinatorError::CoordinatorIsTarget { canister_id: coordinator });
    }
    Ok(())
}

/// Finds the canister that a selector means.
///
/// # Errors
/// A limit, or as [`backup_journal::plan::resolve_backup_selector`].
pub fn resolve_backup_selector(registry: &[RegistryEntry], selector: &str) -> Answer<Principal> {
    check_registry(registry)?;
    check_name("selector", selector)?;
    Ok(backup_journal::plan::resolve_backup_selector(registry, selector)?)
}
