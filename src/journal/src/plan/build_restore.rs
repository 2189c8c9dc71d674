//! Making the plan of a restore from the plan of a backup.

use super::{
    BackupPlan, BackupScopeKind, BackupTarget, IdentityMode, PlanError, PlanHeader, RestoreOrigin,
    SnapshotPlace, TargetRestore, ValidPlan, derive_restore_phases,
};
use crate::{PlanId, RunId};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What to restore of a backup, and to where.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RestoreSelection {
    /// Names the plan.
    pub plan_id: PlanId,
    /// Names the run.
    pub run_id: RunId,
    /// Where the snapshots are.
    pub place: SnapshotPlace,
    /// The members to restore; none to restore all.
    pub members: Option<Vec<Principal>>,
    /// Members that are restored to another canister. The others are restored to themselves.
    pub map: Vec<MemberMapping>,
}

/// That a member is restored to another canister.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MemberMapping {
    /// The member, as the backup names it.
    pub member: Principal,
    /// The canister that becomes a copy of it.
    pub target: Principal,
}

/// What a backup has of a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Saved {
    /// The snapshot, in hexadecimal.
    pub snapshot_id: String,
    /// The checksum of the download; none if it was not downloaded.
    pub checksum: Option<String>,
    /// Whether the snapshot is still on the network, as far as the journal knows.
    pub on_network: bool,
}

/// Makes the plan of a restore from the header and the targets of the plan of the run that took the snapshots; `saved`
/// says what that run has of a canister.
///
/// The safety snapshots of a restore can be restored as well: that undoes it.
///
/// # Errors
/// [`PlanError::CanisterNotInRegistry`] for a member that the backup does not have, [`PlanError::NothingSaved`] for
/// one of which it has no snapshot on the network (or, for a restore from a folder, no verified download), [`PlanError::FixedIdentity`]
/// for one that cannot have another id, and every rule of [`BackupPlan::validate`].
pub fn build_restore_plan(
    backup: &PlanHeader,
    targets: &[BackupTarget],
    saved: impl Fn(&Principal) -> Option<Saved>,
    selection: RestoreSelection,
) -> Result<BackupPlan, PlanError> {
    let RestoreSelection { plan_id, run_id, place, members, map } = selection;
    let map: BTreeMap<Principal, Principal> =
        map.into_iter().map(|mapping| (mapping.member, mapping.target)).collect();
    let members: Option<BTreeSet<Principal>> = members.map(|list| list.into_iter().collect());
    let known: BTreeSet<Principal> = targets.iter().map(|it| it.canister_id).collect();
    let named = members.iter().flatten().chain(map.keys());
    if let Some(canister_id) = named.copied().find(|member| !known.contains(member)) {
        return Err(PlanError::CanisterNotInRegistry { canister_id });
    }
    let targets: Vec<BackupTarget> = targets
        .iter()
        .filter(|target| members.as_ref().is_none_or(|it| it.contains(&target.canister_id)))
        .map(|target| restored(target, saved(&target.canister_id), place, &map))
        .collect::<Result<_, _>>()?;
    let root = moved(&map, backup.root_canister_id);
    let with_root = targets.iter().any(|target| target.canister_id == root);
    let plan = BackupPlan {
        phases: derive_restore_phases(place, &targets),
        targets,
        header: PlanHeader {
            plan_id,
            run_id,
            root_canister_id: root,
            selected_subtree_root: with_root.then_some(root),
            selected_scope_kind: if with_root {
                BackupScopeKind::MaintenanceRoot
            } else {
                BackupScopeKind::NonRootFleet
            },
            root_included: with_root,
            requires_root_controller: false,
            restore: Some(RestoreOrigin { run_id: backup.run_id.clone(), place }),
            ..backup.clone()
        },
    };
    plan.validate().map(ValidPlan::into_inner)
}

fn restored(
    target: &BackupTarget,
    saved: Option<Saved>,
    place: SnapshotPlace,
    map: &BTreeMap<Principal, Principal>,
) -> Result<BackupTarget, PlanError> {
    let member = target.canister_id;
    let canister_id = moved(map, member);
    if canister_id != member && target.identity_mode == IdentityMode::Fixed {
        return Err(PlanError::FixedIdentity { canister_id: member });
    }
    let usable = |saved: &Saved| match place {
        SnapshotPlace::Network => saved.on_network,
        SnapshotPlace::Folder => saved.checksum.is_some(),
    };
    let saved = saved.filter(usable).ok_or(PlanError::NothingSaved { canister_id: member })?;
    Ok(BackupTarget {
        canister_id,
        parent_canister_id: target.parent_canister_id.map(|parent| moved(map, parent)),
        restore: Some(TargetRestore {
            source_canister_id: member,
            snapshot_id: saved.snapshot_id,
            checksum: saved.checksum,
        }),
        ..target.clone()
    })
}

fn moved(map: &BTreeMap<Principal, Principal>, member: Principal) -> Principal {
    map.get(&member).copied().unwrap_or(member)
}
