//! Building plans from a registry.

use crate::{
    fixtures::{canister, entry, input, orders, plan, registry, root, users},
    plan::{
        BackupOperationKind as Kind, BackupPlanInput, BackupScopeKind, PlanError,
        build_backup_plan, resolve_backup_selector,
    },
    topology::topology_hash,
};
use candid::Principal;

fn targets_of(input: BackupPlanInput) -> Vec<Principal> {
    let plan = build_backup_plan(input).expect("valid");
    plan.targets.iter().map(|target| target.canister_id).collect()
}

fn select(selected_scope_kind: BackupScopeKind, canister: Principal) -> BackupPlanInput {
    BackupPlanInput { selected_scope_kind, selected_canister_id: Some(canister), ..input() }
}

#[test]
fn stops_from_the_top_down_and_starts_from_the_bottom_up() {
    let rows: Vec<(Kind, Option<Principal>)> =
        plan().phases.iter().map(|row| (row.kind, row.target_canister_id)).collect();
    let (orders, users) = (Some(orders()), Some(users()));
    assert_eq!(
        rows,
        [
            (Kind::ValidateTopology, None),
            (Kind::ValidateControlAuthority, None),
            (Kind::ValidateSnapshotReadAuthority, None),
            (Kind::ValidateQuiescencePolicy, None),
            (Kind::Stop, orders),
            (Kind::Stop, users),
            (Kind::CreateSnapshot, orders),
            (Kind::CreateSnapshot, users),
            (Kind::Start, users),
            (Kind::Start, orders),
            (Kind::DownloadSnapshot, orders),
            (Kind::VerifyArtifact, orders),
            (Kind::DownloadSnapshot, users),
            (Kind::VerifyArtifact, users),
            (Kind::FinalizeManifest, None),
        ]
    );
    assert_eq!(plan().phases[4].operation_id, format!("stop-{}", self::orders()));
}

#[test]
fn each_scope_takes_its_part_of_the_fleet() {
    assert_eq!(targets_of(input()), [orders(), users()]);
    assert_eq!(targets_of(select(BackupScopeKind::Subtree, orders())), [orders(), users()]);
    assert_eq!(targets_of(select(BackupScopeKind::Subtree, users())), [users()]);
    let everything = select(BackupScopeKind::MaintenanceRoot, root());
    assert_eq!(targets_of(everything), [root(), orders(), users()]);
}

#[test]
fn a_member_comes_with_its_children_and_only_on_request_with_all_below() {
    let mut input = select(BackupScopeKind::Member, orders());
    input.registry.push(entry(canister(3), "archive", Some(users())));
    input.include_descendants = false;
    assert_eq!(targets_of(input.clone()), [orders(), users()]);
    input.include_descendants = true;
    assert_eq!(targets_of(input), [orders(), users(), canister(3)]);
}

#[test]
fn a_canister_that_is_not_listed_cannot_be_selected() {
    let answer = build_backup_plan(select(BackupScopeKind::Subtree, canister(9)));
    assert_eq!(answer, Err(PlanError::CanisterNotInRegistry { canister_id: canister(9) }));
}

#[test]
fn a_scope_below_a_canister_needs_that_canister() {
    let input = BackupPlanInput { selected_scope_kind: BackupScopeKind::Member, ..input() };
    let field = "selected_canister_id".to_string();
    assert_eq!(build_backup_plan(input), Err(PlanError::EmptyField { field }));
}

#[test]
fn depth_counts_ancestors_also_one_that_is_not_listed() {
    let mut input = input();
    input.registry.push(entry(canister(3), "stray", Some(canister(8))));
    let plan = build_backup_plan(input).expect("valid");
    let depths: Vec<u32> = plan.targets.iter().map(|target| target.depth).collect();
    assert_eq!(depths, [1, 2, 1]);
}

#[test]
fn a_cycle_of_parents_does_not_hang() {
    let mut input = input();
    input.registry = vec![
        entry(canister(1), "a", Some(canister(2))),
        entry(canister(2), "b", Some(canister(1))),
        entry(canister(3), "c", Some(canister(1))),
    ];
    let plan = build_backup_plan(input).expect("valid");
    let depths: Vec<u32> = plan.targets.iter().map(|target| target.depth).collect();
    assert_eq!(depths, [2, 2, 3]);
}

/// Fleets of ten thousand are built in a moment: no step looks at all pairs of canisters.
#[test]
fn a_long_chain_of_parents_is_no_trouble() {
    let number = |n: u16| Principal::from_slice(&n.to_be_bytes());
    let mut input = input();
    input.registry =
        (0..10_000).map(|n| entry(number(n), "link", n.checked_sub(1).map(number))).collect();
    let plan = build_backup_plan(input).expect("valid");
    assert_eq!(plan.targets.last().map(|target| target.depth), Some(9_999));
}

#[test]
fn a_selector_is_a_listed_principal_or_a_role_that_only_one_has() {
    let mut registry = registry();
    registry.push(entry(canister(3), "users", Some(root())));
    let resolve = |selector: &str| resolve_backup_selector(&registry, selector);
    assert_eq!(resolve("orders"), Ok(orders()));
    assert_eq!(resolve(&users().to_text()), Ok(users()));

    let selector = || "users".to_string();
    let candidates = vec![users(), canister(3)];
    let ambiguous = PlanError::AmbiguousSelector { selector: selector(), candidates };
    assert_eq!(resolve("users"), Err(ambiguous));
    for selector in ["nobody", &canister(9).to_text()] {
        let unknown = PlanError::UnknownSelector { selector: selector.to_string() };
        assert_eq!(resolve(selector), Err(unknown));
    }
    assert_eq!(resolve(" "), Err(PlanError::EmptyField { field: "selector".to_string() }));
}

#[test]
fn the_topology_hash_does_not_depend_on_the_order_of_the_registry() {
    let mut reversed = registry();
    reversed.reverse();
    assert_eq!(topology_hash(&reversed), topology_hash(&registry()));
    reversed[0].parent_canister_id = None;
    assert_ne!(topology_hash(&reversed), topology_hash(&registry()));
}

#[test]
fn an_operation_is_shown_by_its_name() {
    let names: Vec<String> = plan().phases.iter().map(|it| it.kind.to_string()).collect();
    assert!(names.contains(&"create-snapshot".to_string()), "{names:?}");
    assert!(names.iter().zip(&plan().phases).all(|(name, it)| name == it.kind.name()));
}
