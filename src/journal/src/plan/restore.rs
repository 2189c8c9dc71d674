//! The operations of a restore, which follow from its targets.

use super::{
    BackupOperation, BackupOperationKind as Kind, BackupPlan, BackupTarget, PlanError,
    SnapshotPlace, TargetRestore, operation_id,
};
use candid::Principal;

/// The operations of a restore to `targets`, in their order.
///
/// The artifacts are verified and uploaded while all targets run; then all are stopped, a safety snapshot is taken of
/// each, all snapshots are loaded, and all targets are started and verified. The operations that roll the run back come
/// between the loads and the starts; they are skipped unless the run is rolled back.
pub fn derive_restore_phases(
    place: SnapshotPlace,
    targets: &[BackupTarget],
) -> Vec<BackupOperation> {
    let mut sorted: Vec<(u32, String, Principal)> = targets
        .iter()
        .map(|target| (target.depth, target.canister_id.to_text(), target.canister_id))
        .collect();
    sorted.sort();
    let top_down: Vec<Principal> = sorted.into_iter().map(|(_, _, target)| target).collect();
    let bottom_up: Vec<Principal> = top_down.iter().rev().copied().collect();
    let uploads: &[(Kind, &[Principal])] = match place {
        SnapshotPlace::Network => &[],
        SnapshotPlace::Folder => {
            &[(Kind::VerifyArtifact, &top_down), (Kind::UploadSnapshot, &top_down)]
        }
    };
    let stages: [(Kind, &[Principal]); 6] = [
        (Kind::Stop, &top_down),
        (Kind::CreateSnapshot, &top_down),
        (Kind::LoadSnapshot, &bottom_up),
        (Kind::RollBack, &bottom_up),
        (Kind::Start, &bottom_up),
        (Kind::VerifyMember, &bottom_up),
    ];
    let preflight = Kind::BACKUP.into_iter().filter(|kind| kind.is_preflight());
    let on_targets = uploads
        .iter()
        .chain(&stages)
        .flat_map(|(kind, targets)| targets.iter().map(|target| (*kind, Some(*target))));
    (0..)
        .zip(
            preflight
                .map(|kind| (kind, None))
                .chain(on_targets)
                .chain([(Kind::FinalizeRestore, None)]),
        )
        .map(|(order, (kind, target_canister_id))| BackupOperation {
            operation_id: operation_id(kind, target_canister_id),
            order,
            kind,
            target_canister_id,
        })
        .collect()
}

/// Checks what makes a plan the plan of a restore, or that it has nothing of one.
///
/// # Errors
/// [`PlanError::RestoreOperationInBackup`], [`PlanError::RestoreTarget`] or [`PlanError::RestoreOperations`].
pub(super) fn check_restore(plan: &BackupPlan) -> Result<(), PlanError> {
    let origin = plan.header.restore.as_ref();
    let unfit = plan.targets.iter().find(|it| it.restore.is_some() != origin.is_some());
    if let Some(target) = unfit {
        return Err(PlanError::RestoreTarget { canister_id: target.canister_id });
    }
    let Some(origin) = origin else {
        return match plan.phases.iter().find(|operation| operation.kind.is_restore()) {
            Some(BackupOperation { operation_id, .. }) => {
                Err(PlanError::RestoreOperationInBackup { operation_id: operation_id.clone() })
            }
            None => Ok(()),
        };
    };
    PlanError::require("restore.run_id", origin.run_id.as_str())?;
    PlanError::visible("restore.run_id", origin.run_id.as_str())?;
    for TargetRestore { snapshot_id, checksum, .. } in
        plan.targets.iter().filter_map(|target| target.restore.as_ref())
    {
        PlanError::require("targets[].restore.snapshot_id", snapshot_id)?;
        PlanError::require_if_present("targets[].restore.checksum", checksum.as_deref())?;
    }
    let expected = derive_restore_phases(origin.place, &plan.targets);
    let differs = (0..).zip(&expected).find(|(order, operation)| {
        let position: usize = *order;
        plan.phases.get(position) != Some(*operation)
    });
    match differs {
        Some((_, operation)) => {
            Err(PlanError::RestoreOperations { expected: operation.operation_id.clone() })
        }
        None if plan.phases.len() > expected.len() => {
            Err(PlanError::RestoreOperations { expected: "the end of the plan".to_string() })
        }
        None => Ok(()),
    }
}
