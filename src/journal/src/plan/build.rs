//! Making a plan from the registry of a fleet.

use super::{
    BackupOperation, BackupPlan, BackupScopeKind, BackupTarget, ControlAuthority,
    ControlAuthoritySource, IdentityMode, PlanError, PlanHeader, QuiescencePolicy,
    SnapshotReadAuthority,
    layout::{DerivedLayout, Place, operation_id},
};
use crate::{PlanId, RunId, Sequence, registry::RegistryEntry};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a plan is made from.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BackupPlanInput {
    /// Names the plan.
    pub plan_id: PlanId,
    /// Names the run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// The network the fleet lives on.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// The selected canister; ignored for `NonRootFleet`, required for the others.
    pub selected_canister_id: Option<Principal>,
    /// How much of the fleet to back up.
    pub selected_scope_kind: BackupScopeKind,
    /// Whether the canisters below a selected member are included.
    pub include_descendants: bool,
    /// The topology hash of the registry.
    pub topology_hash_before_quiesce: String,
    /// The fleet.
    pub registry: Vec<RegistryEntry>,
    /// The declared authority of every target; the preflight replaces it.
    pub control_authority: ControlAuthority,
    /// The declared authority of every target; the preflight replaces it.
    pub snapshot_read_authority: SnapshotReadAuthority,
    /// What the snapshots promise about each other.
    pub quiescence_policy: QuiescencePolicy,
    /// Whether restores must keep canister ids.
    pub identity_mode: IdentityMode,
}

/// Makes a plan from a registry.
///
/// Targets are stopped and snapshotted from the top of the fleet down (by depth, then by the text of the
/// id), started from the bottom up, then downloaded and verified one by one.
///
/// # Errors
/// [`PlanError::EmptyField`] without a selected canister where the scope needs one,
/// [`PlanError::CanisterNotInRegistry`] when the registry does not list it, and the errors of
/// [`BackupPlan::validate`].
///
/// # Examples
/// ```
/// use backup_journal::{plan::*, registry::RegistryEntry, topology::topology_hash};
/// use candid::Principal;
///
/// let (root, orders) = (Principal::from_slice(&[1]), Principal::from_slice(&[2]));
/// let entry = |canister_id, role: &str, parent_canister_id| RegistryEntry {
///     canister_id,
///     role: Some(role.to_string()),
///     kind: None,
///     parent_canister_id,
///     module_hash: None,
/// };
/// let registry = vec![entry(root, "root", None), entry(orders, "orders", Some(root))];
/// let plan = build_backup_plan(BackupPlanInput {
///     plan_id: "plan-1".into(),
///     run_id: "run-1".into(),
///     fleet: "demo".to_string(),
///     network: "ic".to_string(),
///     root_canister_id: root,
///     selected_canister_id: Some(resolve_backup_selector(&registry, "orders")?),
///     selected_scope_kind: BackupScopeKind::Subtree,
///     include_descendants: true,
///     topology_hash_before_quiesce: topology_hash(&registry),
///     registry,
///     control_authority: ControlAuthority {
///         source: ControlAuthoritySource::RootController,
///         evidence: AuthorityEvidence::Declared,
///     },
///     snapshot_read_authority: SnapshotReadAuthority {
///         source: SnapshotReadAuthoritySource::OperatorController,
///         evidence: AuthorityEvidence::Declared,
///     },
///     quiescence_policy: QuiescencePolicy::CrashConsistent,
///     identity_mode: IdentityMode::Fixed,
/// })?;
///
/// let kinds: Vec<BackupOperationKind> = plan.phases.iter().map(|row| row.kind).collect();
/// // One target: each kind of operation once, in the order of the kinds.
/// assert_eq!(kinds, BackupOperationKind::BACKUP);
/// // The authorities are declared, which is enough to plan with, but not to touch anything.
/// assert_eq!(
///     plan.check(ValidationPurpose::Execution),
///     Err(PlanError::UnprovenControlAuthority { canister_id: orders })
/// );
/// # Ok::<(), PlanError>(())
/// ```
pub fn build_backup_plan(input: BackupPlanInput) -> Result<BackupPlan, PlanError> {
    let selected_subtree_root = selected_root(&input)?;
    let depths = depths(&input.registry);
    let targets: Vec<BackupTarget> = selected_entries(&input, selected_subtree_root)?
        .into_iter()
        .map(|entry| target(entry, &input, &depths))
        .collect();
    let plan = BackupPlan {
        phases: derive_phases(&targets),
        targets,
        header: PlanHeader {
            root_included: input.selected_scope_kind == BackupScopeKind::MaintenanceRoot,
            requires_root_controller: input.control_authority.source
                == ControlAuthoritySource::RootController,
            plan_id: input.plan_id,
            run_id: input.run_id,
            fleet: input.fleet,
            network: input.network,
            root_canister_id: input.root_canister_id,
            selected_subtree_root,
            selected_scope_kind: input.selected_scope_kind,
            include_descendants: input.include_descendants,
            snapshot_read_authority: input.snapshot_read_authority,
            quiescence_policy: input.quiescence_policy,
            topology_hash_before_quiesce: input.topology_hash_before_quiesce,
            restore: None,
        },
    };
    plan.validate().map(super::ValidPlan::into_inner)
}

/// Finds the canister that an operator means: by its principal, or by its role where only one has it.
///
/// # Errors
/// [`PlanError::EmptyField`], [`PlanError::UnknownSelector`], or [`PlanError::AmbiguousSelector`] with
/// the candidates.
pub fn resolve_backup_selector(
    registry: &[RegistryEntry],
    selector: &str,
) -> Result<Principal, PlanError> {
    PlanError::require("selector", selector)?;
    let unknown = || PlanError::UnknownSelector { selector: selector.to_string() };
    // Only the canonical form of a principal selects by id, as the registry shows it.
    if let Ok(id) = Principal::from_text(selector) {
        let listed = registry.iter().any(|entry| entry.canister_id == id);
        return if listed && id.to_text() == selector { Ok(id) } else { Err(unknown()) };
    }
    let candidates: Vec<Principal> = registry
        .iter()
        .filter(|entry| entry.role.as_deref() == Some(selector))
        .map(|entry| entry.canister_id)
        .collect();
    match candidates.as_slice() {
        [] => Err(unknown()),
        [one] => Ok(*one),
        _ => Err(PlanError::AmbiguousSelector { selector: selector.to_string(), candidates }),
    }
}

/// The operations that a plan over `targets` consists of, in their order; see [`DerivedLayout`].
///
/// # Panics
/// When there are more targets than [`crate::limits`] would ever let in.
pub fn derive_phases(targets: &[BackupTarget]) -> Vec<BackupOperation> {
    let mut top_down: Vec<(u32, String, Principal)> = targets
        .iter()
        .map(|target| (target.depth, target.canister_id.to_text(), target.canister_id))
        .collect();
    top_down.sort();
    let layout = DerivedLayout::new(u32::try_from(targets.len()).expect("BUG: too many targets"));
    (0..layout.operations())
        .filter_map(|order| {
            let (kind, place) = layout.at(Sequence(order))?;
            let target_canister_id = match place {
                Place::Run => None,
                Place::TopDown(rank) => Some(top_down[rank as usize].2),
                Place::Listed(position) => Some(targets[position as usize].canister_id),
            };
            let operation_id = operation_id(kind, target_canister_id);
            Some(BackupOperation { operation_id, order, kind, target_canister_id })
        })
        .collect()
}

fn selected_root(input: &BackupPlanInput) -> Result<Option<Principal>, PlanError> {
    match (input.selected_scope_kind, input.selected_canister_id) {
        (BackupScopeKind::NonRootFleet, _) => Ok(None),
        (_, Some(selected)) => Ok(Some(selected)),
        (_, None) => Err(PlanError::EmptyField { field: "selected_canister_id".to_string() }),
    }
}

fn selected_entries(
    input: &BackupPlanInput,
    selected: Option<Principal>,
) -> Result<Vec<&RegistryEntry>, PlanError> {
    let Some(selected) = selected else {
        let root = input.root_canister_id;
        return Ok(input.registry.iter().filter(|entry| entry.canister_id != root).collect());
    };
    let recursive =
        input.selected_scope_kind != BackupScopeKind::Member || input.include_descendants;
    subtree(&input.registry, selected, recursive)
}

/// `selected`, its children, and with `recursive` everything below them, breadth first.
fn subtree(
    registry: &[RegistryEntry],
    selected: Principal,
    recursive: bool,
) -> Result<Vec<&RegistryEntry>, PlanError> {
    // Of several entries for one canister the last counts, as in `depths`.
    let top = registry
        .iter()
        .rfind(|entry| entry.canister_id == selected)
        .ok_or(PlanError::CanisterNotInRegistry { canister_id: selected })?;
    let mut children: BTreeMap<Principal, Vec<&RegistryEntry>> = BTreeMap::new();
    for entry in registry {
        if let Some(parent) = entry.parent_canister_id {
            children.entry(parent).or_default().push(entry);
        }
    }
    let mut found = vec![top];
    let mut seen = BTreeSet::from([selected]);
    let mut queue = VecDeque::from([selected]);
    while let Some(parent) = queue.pop_front() {
        for child in children.get(&parent).into_iter().flatten() {
            if seen.insert(child.canister_id) {
                found.push(child);
                if recursive {
                    queue.push_back(child.canister_id);
                }
            }
        }
    }
    Ok(found)
}

fn target(
    entry: &RegistryEntry,
    input: &BackupPlanInput,
    depths: &BTreeMap<Principal, u32>,
) -> BackupTarget {
    BackupTarget {
        canister_id: entry.canister_id,
        role: entry.role.clone(),
        parent_canister_id: entry.parent_canister_id,
        depth: depths.get(&entry.canister_id).copied().unwrap_or_default(),
        control_authority: input.control_authority.clone(),
        snapshot_read_authority: input.snapshot_read_authority,
        identity_mode: input.identity_mode,
        expected_module_hash: entry.module_hash.clone(),
        restore: None,
    }
}

/// How many ancestors each canister names, counting one that the registry does not list.
///
/// A cycle of parents is no fleet, but it must not hang: each canister on it is as deep as the cycle is long.
fn depths(registry: &[RegistryEntry]) -> BTreeMap<Principal, u32> {
    let parents: BTreeMap<Principal, Option<Principal>> =
        registry.iter().map(|entry| (entry.canister_id, entry.parent_canister_id)).collect();
    let mut depths = BTreeMap::new();
    for canister in parents.keys() {
        measure(*canister, &parents, &mut depths);
    }
    depths
}

/// Walks up from `canister` to the first canister whose depth is known, and records all on the way.
fn measure(
    canister: Principal,
    parents: &BTreeMap<Principal, Option<Principal>>,
    depths: &mut BTreeMap<Principal, u32>,
) {
    let mut path = Vec::new();
    let mut position = BTreeMap::new();
    let mut current = canister;
    let mut depth = loop {
        if let Some(known) = depths.get(&current) {
            break *known;
        }
        if let Some(start) = position.get(&current) {
            let cycle: Vec<Principal> = path.split_off(*start);
            let length = u32::try_from(cycle.len()).unwrap_or(u32::MAX);
            depths.extend(cycle.into_iter().map(|member| (member, length)));
            break length;
        }
        match parents.get(&current) {
            Some(Some(parent)) => {
                position.insert(current, path.len());
                path.push(current);
                current = *parent;
            }
            Some(None) => {
                depths.insert(current, 0);
                break 0;
            }
            None => break 0,
        }
    };
    for ancestor in path.into_iter().rev() {
        depth += 1;
        depths.insert(ancestor, depth);
    }
}
