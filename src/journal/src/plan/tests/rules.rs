//! Each rule, broken.

use crate::{
    fixtures::{canister, control, orders, plan, root, snapshot_read, users},
    plan::{
        AuthorityEvidence, BackupOperation, BackupOperationKind as Kind, BackupPlan,
        BackupScopeKind, ControlAuthority, ControlAuthoritySource, PlanError, ValidationPurpose,
    },
};

/// What is said of the plan of the fixtures after a change.
fn after(change: impl FnOnce(&mut BackupPlan)) -> Result<(), PlanError> {
    let mut plan = plan();
    change(&mut plan);
    plan.check(ValidationPurpose::Planning)
}

fn empty(field: &str) -> Result<(), PlanError> {
    Err(PlanError::EmptyField { field: field.to_string() })
}

fn renumber(phases: &mut [BackupOperation]) {
    for (order, operation) in (0..).zip(phases) {
        operation.order = order;
    }
}

#[test]
fn texts_must_say_something() {
    assert_eq!(after(|plan| plan.header.plan_id = "".into()), empty("plan_id"));
    assert_eq!(after(|plan| plan.header.run_id = " ".into()), empty("run_id"));
    assert_eq!(after(|plan| plan.header.fleet = "\t".to_string()), empty("fleet"));
    assert_eq!(after(|plan| plan.header.network.clear()), empty("network"));
    assert_eq!(
        after(|plan| plan.header.topology_hash_before_quiesce.clear()),
        empty("topology_hash_before_quiesce")
    );
    assert_eq!(after(|plan| plan.targets[1].role = Some(String::new())), empty("targets[].role"));
    assert_eq!(after(|plan| plan.targets[1].role = None), Ok(()));
    assert_eq!(after(|plan| plan.phases[3].operation_id.clear()), empty("phases[].operation_id"));
}

#[test]
fn there_are_targets_and_operations() {
    assert_eq!(after(|plan| plan.targets.clear()), Err(PlanError::EmptyTargets));
    assert_eq!(after(|plan| plan.phases.clear()), Err(PlanError::EmptyPhases));
}

#[test]
fn nothing_is_listed_twice() {
    assert_eq!(
        after(|plan| plan.targets[1].canister_id = orders()),
        Err(PlanError::DuplicateTarget { canister_id: orders() })
    );
    let operation_id = "validate-topology".to_string();
    assert_eq!(
        after(|plan| plan.phases[5].operation_id.clone_from(&operation_id)),
        Err(PlanError::DuplicateOperationId { operation_id: operation_id.clone() })
    );
}

#[test]
fn an_operation_stands_where_it_says() {
    let operation_id = "validate-control-authority".to_string();
    let mismatch = PlanError::OperationOrderMismatch { operation_id, order: 7, expected: 1 };
    assert_eq!(after(|plan| plan.phases[1].order = 7), Err(mismatch));
}

#[test]
fn an_operation_acts_on_a_target_or_on_none() {
    let operation_id = format!("stop-{}", orders());
    assert_eq!(
        after(|plan| plan.phases[4].target_canister_id = Some(canister(9))),
        Err(PlanError::UnknownOperationTarget { operation_id, canister_id: canister(9) })
    );
}

#[test]
fn only_a_maintenance_plan_includes_the_root() {
    let unlawful = Err(PlanError::RootIncludedWithoutMaintenance);
    assert_eq!(after(|plan| plan.header.root_included = true), unlawful);
    assert_eq!(after(|plan| plan.header.root_canister_id = orders()), unlawful);
    assert_eq!(
        after(|plan| plan.header.selected_scope_kind = BackupScopeKind::MaintenanceRoot),
        Err(PlanError::MaintenanceRootExcludesRoot)
    );
}

#[test]
fn the_selected_canister_fits_the_scope() {
    let select = |kind, canister| {
        after(|plan| {
            plan.header.selected_scope_kind = kind;
            plan.header.selected_subtree_root = canister;
        })
    };
    assert_eq!(select(BackupScopeKind::Subtree, Some(orders())), Ok(()));
    assert_eq!(select(BackupScopeKind::Subtree, None), empty("selected_subtree_root"));
    assert_eq!(
        select(BackupScopeKind::Member, Some(root())),
        Err(PlanError::SelectedRootNotInTargets { canister_id: root() })
    );
    assert_eq!(
        select(BackupScopeKind::NonRootFleet, Some(orders())),
        Err(PlanError::NonRootFleetHasSelectedRoot)
    );
}

#[test]
fn every_preflight_kind_comes_before_anything_touches_a_canister() {
    let missing = after(|plan| {
        plan.phases.remove(2);
        renumber(&mut plan.phases);
    });
    let kind = Kind::ValidateSnapshotReadAuthority;
    assert_eq!(missing, Err(PlanError::MissingPreflight { kind }));

    let move_forward = |row: usize| {
        after(move |plan| {
            let moved = plan.phases.remove(row);
            plan.phases.insert(3, moved);
            renumber(&mut plan.phases);
        })
    };
    let operation_id = format!("stop-{}", orders());
    assert_eq!(move_forward(4), Err(PlanError::MutationBeforePreflight { operation_id }));
    // Verifying a file and writing the manifest touch no canister; that they come too early is another rule.
    assert_eq!(move_forward(11), Err(PlanError::VerifyBeforeDownload { canister_id: orders() }));
    let operation_id = "finalize-manifest".to_string();
    assert_eq!(move_forward(14), Err(PlanError::FinalizeNotLast { operation_id }));
}

#[test]
fn an_alternate_controller_needs_a_reason() {
    let alternate = |reason: &str| ControlAuthority {
        source: ControlAuthoritySource::AlternateController {
            controller: root(),
            reason: reason.to_string(),
        },
        evidence: AuthorityEvidence::Declared,
    };
    let with = |reason| after(|plan| plan.targets[0].control_authority = alternate(reason));
    assert_eq!(with(" "), empty("targets[].control_authority.reason"));
    assert_eq!(with("the fleet is moving"), Ok(()));
}

#[test]
fn execution_needs_proof_where_planning_needs_none() {
    let mut plan = plan();
    plan.header.requires_root_controller = false;
    let mut check = |change: &dyn Fn(&mut BackupPlan)| {
        change(&mut plan);
        assert_eq!(plan.check(ValidationPurpose::Planning), Ok(()));
        plan.check(ValidationPurpose::Execution)
    };
    let unproven = PlanError::UnprovenControlAuthority { canister_id: orders() };
    assert_eq!(check(&|_| {}), Err(unproven));

    let unread = PlanError::UnprovenSnapshotReadAuthority { canister_id: orders() };
    let operator = ControlAuthoritySource::OperatorController;
    assert_eq!(
        check(&|plan| {
            for target in &mut plan.targets {
                target.control_authority.evidence = AuthorityEvidence::Proven;
            }
            plan.targets[1].control_authority.source = operator.clone();
        }),
        Err(unread)
    );
    assert_eq!(
        check(&|plan| {
            for target in &mut plan.targets {
                target.snapshot_read_authority = snapshot_read(AuthorityEvidence::Proven);
            }
        }),
        Ok(())
    );
    assert_eq!(
        check(&|plan| plan.header.requires_root_controller = true),
        Err(PlanError::MissingRootController { canister_id: users() })
    );
    let proven = || control(AuthorityEvidence::Proven);
    assert_eq!(check(&|plan| plan.targets[1].control_authority = proven()), Ok(()));
}
