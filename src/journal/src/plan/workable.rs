//! Whether a plan can work: rules that the reference does not have, for plans that were written by hand.

use super::{BackupOperation, BackupOperationKind as Kind, BackupPlan, PlanError};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// Checks what a derived plan always fulfils.
///
/// # Errors
/// The first rule that the plan breaks.
pub(super) fn check_workable(plan: &BackupPlan) -> Result<(), PlanError> {
    if plan.header.restore.is_some() {
        // Its operations follow from its targets, and so they can work.
        return Ok(());
    }
    let positions = positions(&plan.phases)?;
    let last = plan.phases.len().saturating_sub(1);
    if let Some(operation) = plan.phases[..last].iter().find(|o| o.kind == Kind::FinalizeManifest) {
        let operation_id = operation.operation_id.clone();
        return Err(PlanError::FinalizeNotLast { operation_id });
    }
    let mut snapshots = 0;
    for target in &plan.targets {
        let at = |kind| positions.get(&(kind, Some(target.canister_id))).copied();
        check_target(target.canister_id, &at)?;
        snapshots += usize::from(at(Kind::CreateSnapshot).is_some());
    }
    if snapshots == 0 {
        return Err(PlanError::NoSnapshot);
    }
    let named: BTreeSet<Principal> = positions.keys().filter_map(|(_, target)| *target).collect();
    match plan.targets.iter().find(|target| !named.contains(&target.canister_id)) {
        Some(target) => Err(PlanError::TargetWithoutOperation { canister_id: target.canister_id }),
        None => Ok(()),
    }
}

/// Where which kind of operation stands for which target. A preflight kind may stand there several times.
type Positions = BTreeMap<(Kind, Option<Principal>), u32>;

fn positions(phases: &[BackupOperation]) -> Result<Positions, PlanError> {
    let mut positions = Positions::new();
    for operation in phases.iter().filter(|operation| !operation.kind.is_preflight()) {
        let BackupOperation { operation_id, order, kind, target_canister_id } = operation;
        let has_target = target_canister_id.is_some();
        if has_target == (*kind == Kind::FinalizeManifest) {
            let operation_id = operation_id.clone();
            return Err(PlanError::OperationTarget { operation_id, needed: !has_target });
        }
        if positions.insert((*kind, *target_canister_id), *order).is_some() {
            let operation_id = operation_id.clone();
            return Err(PlanError::RepeatedOperation { operation_id });
        }
    }
    Ok(positions)
}

/// The operations on one target, by where each kind stands.
fn check_target(
    canister_id: Principal,
    at: &impl Fn(Kind) -> Option<u32>,
) -> Result<(), PlanError> {
    // Whether the first kind stands in front of the second one, which is there.
    let precedes = |first, second| match (at(first), at(second)) {
        (Some(first), Some(second)) => first < second,
        (None, Some(_)) => false,
        (_, None) => true,
    };
    if at(Kind::Stop).is_some() && at(Kind::Start).is_none() {
        return Err(PlanError::StopWithoutStart { canister_id });
    }
    if at(Kind::Stop).is_some() && !precedes(Kind::Stop, Kind::Start) {
        return Err(PlanError::StartBeforeStop { canister_id });
    }
    if !precedes(Kind::CreateSnapshot, Kind::DownloadSnapshot) {
        return Err(PlanError::DownloadBeforeSnapshot { canister_id });
    }
    if !precedes(Kind::DownloadSnapshot, Kind::VerifyArtifact) {
        return Err(PlanError::VerifyBeforeDownload { canister_id });
    }
    Ok(())
}
