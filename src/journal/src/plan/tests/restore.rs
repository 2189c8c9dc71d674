//! Plans of restores.

use crate::{
    fixtures::{canister, orders, plan, restore_plan, root, saved, selection, users},
    plan::{
        BackupOperationKind as Kind, BackupPlan, BackupScopeKind, IdentityMode, MemberMapping,
        PlanError, RestoreOrigin, RestoreSelection, Saved, SnapshotPlace, ValidationPurpose,
        build_restore_plan,
    },
};
use candid::Principal;

fn rows(plan: &BackupPlan) -> Vec<(Kind, Option<Principal>)> {
    plan.phases[4..].iter().map(|row| (row.kind, row.target_canister_id)).collect()
}

fn on(kind: Kind, targets: [Principal; 2]) -> [(Kind, Option<Principal>); 2] {
    targets.map(|target| (kind, Some(target)))
}

fn build(
    backup: &BackupPlan,
    saved: impl Fn(&Principal) -> Option<Saved>,
    selection: RestoreSelection,
) -> Result<BackupPlan, PlanError> {
    build_restore_plan(&backup.header, &backup.targets, saved, selection)
}

fn check(plan: &BackupPlan) -> Result<(), PlanError> {
    plan.check(ValidationPurpose::Planning)
}

#[test]
fn parents_are_stopped_first_and_started_last() {
    let (down, up) = ([orders(), users()], [users(), orders()]);
    let expected = [
        on(Kind::Stop, down),
        on(Kind::CreateSnapshot, down),
        on(Kind::LoadSnapshot, up),
        on(Kind::RollBack, up),
        on(Kind::Start, up),
        on(Kind::VerifyMember, up),
    ];
    let expected = [expected.concat(), vec![(Kind::FinalizeRestore, None)]].concat();
    assert_eq!(rows(&restore_plan(SnapshotPlace::Network)), expected);
    let uploads = [on(Kind::VerifyArtifact, down), on(Kind::UploadSnapshot, down)].concat();
    assert_eq!(rows(&restore_plan(SnapshotPlace::Folder)), [uploads, expected].concat());
}

#[test]
fn each_target_says_what_is_restored_to_it() {
    for target in restore_plan(SnapshotPlace::Folder).targets {
        let restore = target.restore.expect("it is a restore");
        let Saved { snapshot_id, checksum, .. } = saved(&target.canister_id).expect("it is saved");
        assert_eq!(restore.source_canister_id, target.canister_id);
        assert_eq!((restore.snapshot_id, restore.checksum), (snapshot_id, checksum));
    }
}

#[test]
fn some_members_are_restored_by_themselves() {
    let selection =
        RestoreSelection { members: Some(vec![users()]), ..selection(SnapshotPlace::Network) };
    let plan = build(&plan(), saved, selection).expect("it is one of them");
    assert_eq!(plan.targets.iter().map(|it| it.canister_id).collect::<Vec<_>>(), [users()]);
    assert_eq!(plan.header.selected_scope_kind, BackupScopeKind::NonRootFleet);
}

#[test]
fn a_restore_of_the_root_is_one_of_the_whole_fleet() {
    let mut backup = plan();
    backup.targets.push(crate::plan::BackupTarget {
        canister_id: root(),
        parent_canister_id: None,
        ..backup.targets[0].clone()
    });
    backup.header.requires_root_controller = true;
    let plan = build(&backup, saved, selection(SnapshotPlace::Network));
    let header = plan.expect("the root may be restored").header;
    assert_eq!(header.selected_scope_kind, BackupScopeKind::MaintenanceRoot);
    assert_eq!((header.selected_subtree_root, header.root_included), (Some(root()), true));
    assert!(!header.requires_root_controller);
}

#[test]
fn a_restore_has_ids_of_its_own_and_names_the_run_that_it_restores() {
    let header = restore_plan(SnapshotPlace::Network).header;
    assert_eq!((header.plan_id, header.run_id), ("plan-2".into(), "run-2".into()));
    let origin = RestoreOrigin { run_id: "run-1".into(), place: SnapshotPlace::Network };
    assert_eq!((header.restore, header.root_canister_id), (Some(origin), root()));
}

#[test]
fn a_restore_to_another_root_has_that_root() {
    let mut backup = plan();
    let whole = crate::plan::BackupTarget {
        canister_id: root(),
        parent_canister_id: None,
        ..backup.targets[0].clone()
    };
    backup.targets.insert(0, whole);
    for target in &mut backup.targets {
        target.identity_mode = IdentityMode::Relocatable;
    }
    let map = vec![MemberMapping { member: root(), target: canister(9) }];
    let selection = RestoreSelection { map, ..selection(SnapshotPlace::Folder) };
    let header = build(&backup, saved, selection).expect("it may").header;
    assert_eq!(header.root_canister_id, canister(9));
    assert_eq!((header.selected_subtree_root, header.root_included), (Some(canister(9)), true));
}

#[test]
fn a_member_is_restored_to_another_canister_if_it_may_have_another_id() {
    let map = vec![MemberMapping { member: orders(), target: canister(9) }];
    let selection = RestoreSelection { map, ..selection(SnapshotPlace::Folder) };
    let mut backup = plan();
    let refused = build(&backup, saved, selection.clone());
    assert_eq!(refused, Err(PlanError::FixedIdentity { canister_id: orders() }));
    for target in &mut backup.targets {
        target.identity_mode = IdentityMode::Relocatable;
    }
    let plan = build(&backup, saved, selection).expect("it may");
    let [copy, child] = plan.targets.as_slice() else { panic!("two members") };
    assert_eq!(copy.canister_id, canister(9));
    let source = copy.restore.as_ref().map(|restore| restore.source_canister_id);
    assert_eq!(source, Some(orders()));
    assert_eq!(child.parent_canister_id, Some(canister(9)));
}

#[test]
fn two_members_cannot_be_restored_to_one_canister() {
    let mut backup = plan();
    for target in &mut backup.targets {
        target.identity_mode = IdentityMode::Relocatable;
    }
    let map = vec![MemberMapping { member: orders(), target: users() }];
    let selection = RestoreSelection { map, ..selection(SnapshotPlace::Folder) };
    let refused = build(&backup, saved, selection);
    assert_eq!(refused, Err(PlanError::DuplicateTarget { canister_id: users() }));
}

#[test]
fn what_the_backup_does_not_have_cannot_be_restored() {
    let unknown =
        RestoreSelection { members: Some(vec![canister(9)]), ..selection(SnapshotPlace::Network) };
    let refused = build(&plan(), saved, unknown);
    assert_eq!(refused, Err(PlanError::CanisterNotInRegistry { canister_id: canister(9) }));
    let not_users = |member: &Principal| saved(member).filter(|_| *member != users());
    let refused = build(&plan(), not_users, selection(SnapshotPlace::Network));
    assert_eq!(refused, Err(PlanError::NothingSaved { canister_id: users() }));
    let on_network =
        |member: &Principal| saved(member).map(|saved| Saved { checksum: None, ..saved });
    let refused = build(&plan(), on_network, selection(SnapshotPlace::Folder));
    assert_eq!(refused, Err(PlanError::NothingSaved { canister_id: orders() }));
    build(&plan(), on_network, selection(SnapshotPlace::Network))
        .expect("a restore from the network needs no download");
}

#[test]
fn the_operations_of_a_restore_cannot_be_changed() {
    let whole = restore_plan(SnapshotPlace::Network);
    for at in 4..whole.phases.len() {
        let mut plan = whole.clone();
        plan.phases[at].operation_id = "another".to_string();
        let expected = whole.phases[at].operation_id.clone();
        assert_eq!(check(&plan), Err(PlanError::RestoreOperations { expected }));
        let mut plan = whole.clone();
        plan.phases.truncate(at);
        let expected = whole.phases[at].operation_id.clone();
        assert_eq!(check(&plan), Err(PlanError::RestoreOperations { expected }));
    }
    let mut plan = whole;
    let order = u32::try_from(plan.phases.len()).expect("few");
    let again = plan.phases[4].clone();
    plan.phases.push(crate::plan::BackupOperation {
        operation_id: "again".to_string(),
        order,
        ..again
    });
    let expected = "the end of the plan".to_string();
    assert_eq!(check(&plan), Err(PlanError::RestoreOperations { expected }));
}

#[test]
fn a_backup_has_nothing_of_a_restore() {
    let restore = restore_plan(SnapshotPlace::Network);
    let mut backup = plan();
    backup.targets[1].restore.clone_from(&restore.targets[1].restore);
    assert_eq!(check(&backup), Err(PlanError::RestoreTarget { canister_id: users() }));
    let backup = BackupPlan { phases: restore.phases, ..plan() };
    let operation_id = format!("load-snapshot-{}", users());
    assert_eq!(check(&backup), Err(PlanError::RestoreOperationInBackup { operation_id }));
}

#[test]
fn a_target_of_a_restore_names_its_snapshot() {
    let mut plan = restore_plan(SnapshotPlace::Network);
    let whole = plan.clone();
    plan.targets[0].restore = None;
    assert_eq!(check(&plan), Err(PlanError::RestoreTarget { canister_id: orders() }));
    let mut plan = whole.clone();
    if let Some(restore) = &mut plan.targets[0].restore {
        restore.snapshot_id = " ".to_string();
    }
    let field = "targets[].restore.snapshot_id".to_string();
    assert_eq!(check(&plan), Err(PlanError::EmptyField { field }));
    let mut plan = whole;
    if let Some(origin) = &mut plan.header.restore {
        origin.run_id = "".into();
    }
    let field = "restore.run_id".to_string();
    assert_eq!(check(&plan), Err(PlanError::EmptyField { field }));
}
