//! Which plan follows from a request.

use super::world::{coordinator, fleet_of, members};
use crate::{
    RunId,
    execution::{BackupSelection, ExecutionError, plan_input},
    fixtures::{canister, root},
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, ControlAuthoritySource,
        SnapshotReadAuthoritySource, build_backup_plan,
    },
    topology::topology_hash,
};
use candid::Principal;

/// The root with 1 and 2 below it, 3 below 1, and 4 below 3.
fn input(selection: BackupSelection) -> Result<BackupPlanInput, ExecutionError> {
    let members = members(&[0, 0, 1, 3]);
    let run_id = RunId::from("run-1");
    plan_input(&fleet_of(&members), members, selection, run_id, coordinator())
}

fn targets(selection: BackupSelection) -> Vec<Principal> {
    let plan = build_backup_plan(input(selection).expect("it is selected")).expect("it is valid");
    let plan = plan.validate().expect("it is valid");
    let plan: &BackupPlan = &plan;
    let mut targets: Vec<Principal> = plan.targets.iter().map(|it| it.canister_id).collect();
    targets.sort_unstable();
    targets
}

#[test]
fn a_selection_says_which_members_are_backed_up() {
    let all = [0, 1, 2, 3, 4].map(canister);
    assert_eq!(targets(BackupSelection::WholeFleet), all);
    assert_eq!(targets(BackupSelection::Subtree(root())), all);
    assert_eq!(BackupSelection::default(), BackupSelection::WholeFleet);
    assert_eq!(targets(BackupSelection::WithoutRoot), all[1..]);
    assert_eq!(targets(BackupSelection::Subtree(canister(1))), [1, 3, 4].map(canister));
    assert_eq!(targets(BackupSelection::Subtree(canister(4))), [canister(4)]);
    for canister_id in [canister(9), coordinator()] {
        let unknown = input(BackupSelection::Subtree(canister_id));
        assert_eq!(unknown.err(), Some(ExecutionError::NotAMember { canister_id }));
    }
}

#[test]
fn a_plan_says_what_it_is_of() {
    for (selection, scope, selected) in [
        (BackupSelection::WholeFleet, BackupScopeKind::MaintenanceRoot, Some(root())),
        (BackupSelection::Subtree(root()), BackupScopeKind::MaintenanceRoot, Some(root())),
        (BackupSelection::WithoutRoot, BackupScopeKind::NonRootFleet, None),
        (BackupSelection::Subtree(canister(3)), BackupScopeKind::Subtree, Some(canister(3))),
    ] {
        let input = input(selection).expect("it is selected");
        assert_eq!((input.selected_scope_kind, input.selected_canister_id), (scope, selected));
        assert_eq!((input.plan_id.as_str(), input.run_id.as_str()), ("run-1", "run-1"));
        assert_eq!((&*input.fleet, &*input.network), ("shop", "ic"));
        assert_eq!((input.root_canister_id, input.include_descendants), (root(), true));
        assert_eq!(input.topology_hash_before_quiesce, topology_hash(&input.registry));
        let control = &input.control_authority;
        let ControlAuthoritySource::AlternateController { controller, .. } = &control.source else {
            panic!("{control:?}");
        };
        assert_eq!(*controller, coordinator());
        assert_eq!(control.evidence, AuthorityEvidence::Declared);
        let read = input.snapshot_read_authority;
        assert_eq!(read.source, SnapshotReadAuthoritySource::OperatorController);
        assert_eq!(read.evidence, AuthorityEvidence::Declared);
    }
}
