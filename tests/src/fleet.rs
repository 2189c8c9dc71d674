//! Registries of fleets, plans for them, and the receipts of a preflight that went well.

use backup_journal::{
    PreflightId, RunId, Timestamp,
    fleet::FleetRegistration,
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, ControlAuthority,
        ControlAuthoritySource, IdentityMode, QuiescencePolicy, RestoreSelection, Saved,
        SnapshotPlace, SnapshotReadAuthority, SnapshotReadAuthoritySource, build_backup_plan,
        build_restore_plan,
    },
    preflight::{PreflightReceipts, ValidityWindow},
    registry::RegistryEntry,
    topology::topology_hash,
};
use candid::Principal;
use fleet_root_api::Bundle;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A registry of `root` and, in two levels below it, `members`.
pub fn registry(root: Principal, members: &[Principal], module_hash: &str) -> Vec<RegistryEntry> {
    let upper = members.len().div_ceil(2);
    let parent = |number: usize| match number.checked_sub(upper) {
        None => root,
        Some(below) => members[below],
    };
    let entry = |canister_id, role, kind: &str, parent_canister_id, module_hash| RegistryEntry {
        canister_id,
        role: Some(role),
        kind: Some(kind.to_string()),
        parent_canister_id,
        module_hash,
    };
    let top = entry(root, "root".to_string(), "root", None, None);
    let below = members.iter().enumerate().map(|(number, member)| {
        let hash = Some(module_hash.to_string());
        entry(*member, format!("member-{number}"), "shard", Some(parent(number)), hash)
    });
    std::iter::once(top).chain(below).collect()
}

/// A fleet of `members` that exists on paper only.
pub fn paper_fleet(members: u32) -> Vec<RegistryEntry> {
    let ids: Vec<Principal> = (1..=members).map(paper_canister).collect();
    registry(paper_canister(0), &ids, &"0".repeat(64))
}

/// A canister that exists on paper only.
pub fn paper_canister(number: u32) -> Principal {
    let mut id = [0xAA; 10];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Principal::from_slice(&id)
}

/// A fleet of `members` that exists on paper only and shares no canister with a fleet of another name, so that a
/// run of each can be under way.
pub fn paper_fleet_of(name: &str, members: u32) -> Vec<RegistryEntry> {
    let digest = Sha256::digest(name);
    let id = |number: u32| Principal::from_slice(&[&number.to_be_bytes(), &digest[..6]].concat());
    let ids: Vec<Principal> = (1..=members).map(id).collect();
    registry(id(0), &ids, &"0".repeat(64))
}

/// A registration of a whole fleet, with the policy that there is by default.
///
/// # Panics
/// When the registry is empty.
pub fn registration(name: &str, registry: &[RegistryEntry]) -> FleetRegistration {
    FleetRegistration {
        fleet: name.into(),
        network: "ic".to_string(),
        root_canister_id: registry[0].canister_id,
        policy: None,
        members: registry.to_vec(),
        expected_members: None,
        discovery: None,
    }
}

/// What a plan for everything but the root is made from; authorities are declared, not proven.
pub fn plan_input(run_id: &str, registry: &[RegistryEntry]) -> BackupPlanInput {
    BackupPlanInput {
        plan_id: format!("plan-of-{run_id}").into(),
        run_id: run_id.into(),
        fleet: "shop".to_string(),
        network: "ic".to_string(),
        root_canister_id: registry[0].canister_id,
        selected_canister_id: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        topology_hash_before_quiesce: topology_hash(registry),
        registry: registry.to_vec(),
        control_authority: control(AuthorityEvidence::Declared),
        snapshot_read_authority: snapshot_read(AuthorityEvidence::Declared),
        quiescence_policy: QuiescencePolicy::CrashConsistent,
        identity_mode: IdentityMode::Fixed,
    }
}

/// A plan for everything but the root.
///
/// # Panics
/// When the registry makes no valid plan.
pub fn plan(run_id: &str, registry: &[RegistryEntry]) -> BackupPlan {
    build_backup_plan(plan_input(run_id, registry)).expect("the registry makes a plan")
}

/// A plan that restores a backup of this plan from the network; its snapshots are made up.
///
/// # Panics
/// When the backup makes no valid plan.
pub fn restore_plan(run_id: &str, backup: &BackupPlan) -> BackupPlan {
    let saved = |member: &Principal| {
        Some(Saved { snapshot_id: member.to_text(), checksum: None, on_network: true })
    };
    build_restore_plan(&backup.header, &backup.targets, saved, selection(run_id))
        .expect("the backup makes a plan")
}

/// To restore all of a backup from the network, each member to itself.
pub fn selection(run_id: &str) -> RestoreSelection {
    RestoreSelection {
        plan_id: format!("plan-{run_id}").into(),
        run_id: run_id.into(),
        place: SnapshotPlace::Network,
        members: None,
        map: Vec::new(),
    }
}

/// The operator controls a target.
pub fn control(evidence: AuthorityEvidence) -> ControlAuthority {
    ControlAuthority { source: ControlAuthoritySource::OperatorController, evidence }
}

/// The operator, as a controller, reads the snapshots of a target.
pub fn snapshot_read(evidence: AuthorityEvidence) -> SnapshotReadAuthority {
    SnapshotReadAuthority { source: SnapshotReadAuthoritySource::OperatorController, evidence }
}

/// Receipts that prove everything about the targets of `plan`, from `now` on for as long as `validity`.
///
/// # Panics
/// When time would end before.
pub fn preflight(
    plan: &BackupPlan,
    preflight_id: &str,
    now: u64,
    validity: Duration,
) -> PreflightReceipts {
    let validity = u64::try_from(validity.as_nanos()).expect("a validity of at most centuries");
    let window =
        ValidityWindow { validated_at: Timestamp(now), expires_at: Timestamp(now + validity) };
    let control = control(AuthorityEvidence::Proven);
    let snapshot_read = snapshot_read(AuthorityEvidence::Proven);
    preflight_of(plan, preflight_id, window, control, snapshot_read)
}

/// Receipts for the targets of `plan` with these authorities.
pub fn preflight_of(
    plan: &BackupPlan,
    preflight_id: &str,
    window: ValidityWindow,
    control: ControlAuthority,
    snapshot_read: SnapshotReadAuthority,
) -> PreflightReceipts {
    let bundle = Bundle {
        plan_id: plan.header.plan_id.clone(),
        preflight_id: PreflightId::from(preflight_id),
        window,
        topology_hash: plan.header.topology_hash_before_quiesce.clone(),
        control,
        snapshot_read,
    };
    bundle.receipts(&plan.header, &plan.targets)
}

/// Sets the remark of every receipt.
pub fn set_message(receipts: &mut PreflightReceipts, message: &str) {
    let set = |field: &mut Option<String>| *field = Some(message.to_string());
    set(&mut receipts.topology.message);
    set(&mut receipts.quiescence.message);
    receipts.control_authority.iter_mut().for_each(|receipt| set(&mut receipt.message));
    receipts.snapshot_read_authority.iter_mut().for_each(|receipt| set(&mut receipt.message));
}

/// The id of a run.
pub fn run(run_id: &str) -> RunId {
    RunId::from(run_id)
}
