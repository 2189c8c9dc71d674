//! Who holds which role, and what the administrators and the controllers make of it.

use backup_coordinator_client::journal::{
    api::{
        AuditEventKind, CoordinatorArgs, CoordinatorError as Error, Duplicate, Role,
        RoleAssignment, Visibility,
    },
    fleet::FleetUpdate,
    limits::{MAX_NAME_BYTES, MAX_ROLE_HOLDERS},
};
use candid::Principal;
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, callers, fleet, records::Records, scenarios,
    setup,
};

scenarios![
    grant_and_revoke,
    a_role_held_is_not_granted_again,
    anonymous_never_has_a_role,
    a_controller_is_an_administrator_by_itself,
    public_visibility_lets_anybody_read_and_nobody_write,
    a_role_for_one_fleet_is_enough_for_its_backup,
    roles_for_fleets_are_granted_and_revoked_one_by_one,
    there_is_room_for_so_many_roles,
];

async fn grant_and_revoke(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (administrator, stranger) = (setup.as_administrator(), setup.client(callers::stranger()));
    assert!(stranger.list_roles().await.is_err());

    administrator.grant_role(callers::stranger(), Role::Auditor).await?;
    administrator.grant_role(callers::stranger(), Role::Operator).await?;
    let plan = fleet::plan("nightly", &fleet::paper_fleet(1));
    stranger.create_journal(&plan).await?;

    administrator.revoke_role(callers::stranger(), Role::Operator).await?;
    assert!(stranger.accept_preflight_bundle(&plan.header.run_id, &"p".into()).await.is_err());
    assert_eq!(stranger.all_journals().await?.len(), 1);
    administrator.revoke_role(callers::stranger(), Role::Auditor).await?;
    assert!(stranger.all_journals().await.is_err());

    let assignment = |role| RoleAssignment { principal: callers::stranger(), role, fleet: None };
    let audit = setup.as_auditor().all_audit_events().await?;
    let kinds: Vec<_> = audit.into_iter().skip(1).map(|event| event.kind).collect();
    assert_eq!(kinds[0], AuditEventKind::RoleGranted(assignment(Role::Auditor)));
    assert_eq!(kinds[1], AuditEventKind::RoleGranted(assignment(Role::Operator)));
    assert_eq!(kinds[3], AuditEventKind::RoleRevoked(assignment(Role::Operator)));
    assert_eq!(kinds[4], AuditEventKind::RoleRevoked(assignment(Role::Auditor)));
    Ok(())
}

async fn a_role_held_is_not_granted_again(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let before = Records::of(&setup).await?;
    let administrator = setup.as_administrator();
    assert_refused!(
        administrator.grant_role(callers::operator(), Role::Operator).await,
        Error::Duplicate(Duplicate::Role { principal, role: Role::Operator, fleet: None })
            if principal == callers::operator()
    );
    // An operator may do what an auditor may, but was not granted that role.
    for role in [Role::Auditor, Role::Administrator] {
        assert_refused!(
            administrator.revoke_role(callers::operator(), role).await,
            Error::RoleNotHeld { .. }
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn anonymous_never_has_a_role(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let before = Records::of(&setup).await?;
    for role in [Role::Auditor, Role::Operator, Role::Administrator] {
        assert_refused!(
            setup.as_administrator().grant_role(Principal::anonymous(), role).await,
            Error::AnonymousRole
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    assert!(setup.client(Principal::anonymous()).list_roles().await.is_err());
    Ok(())
}

async fn a_controller_is_an_administrator_by_itself(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let controller = setup.client(callers::controller());
    for assignment in setup::roles() {
        controller.revoke_role(assignment.principal, assignment.role).await?;
    }
    assert_eq!(controller.list_roles().await?, []);
    assert!(setup.as_administrator().list_roles().await.is_err());
    controller.grant_role(callers::administrator(), Role::Administrator).await?;
    assert_eq!(setup.as_administrator().list_roles().await?.len(), 1);
    Ok(())
}

async fn public_visibility_lets_anybody_read_and_nobody_write(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).members(1).build();
    let run = setup.driver("nightly");
    run.create().await?;
    for nobody in [callers::stranger(), Principal::anonymous()] {
        let client = setup.client(nobody);
        assert_eq!(client.all_journals().await?.len(), 1);
        assert_eq!(client.all_operations(&run.run_id).await?.len(), 10);
        assert!(client.create_journal(&setup.plan("another")).await.is_err());
        assert!(client.mark_next_operation_pending(&run.run_id).await.is_err());
        assert!(client.grant_role(nobody, Role::Operator).await.is_err());
    }
    Ok(())
}

/// The fleet of the plans of these tests.
const FLEET: &str = "shop";

/// A run, a draft, and then what an administrator does, by callers with roles for this fleet alone.
async fn a_role_for_one_fleet_is_enough_for_its_backup(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let administrator = setup.as_administrator();
    administrator.register_fleet(&fleet::registration(FLEET, &setup.registry)).await?;
    let operator = fleet::paper_canister(5);
    administrator.grant_role_for(operator, Role::Operator, &FLEET.into()).await?;
    administrator.grant_role_for(callers::stranger(), Role::Administrator, &FLEET.into()).await?;

    let run = Driver::new(&setup, operator, setup.plan("nightly"));
    run.begin().await?;
    run.pretend().await?;
    assert_eq!(run.client.resume_summary(&run.run_id).await?.starts_owed, 1);
    let draft = setup.plan("weekly");
    run.client.begin_journal_draft(&draft.header).await?;
    run.client.append_draft_targets(&draft.header.run_id, 0, &draft.targets).await?;
    run.client.discard_journal_draft(&draft.header.run_id).await?;

    let stopped = setup.members[0];
    assert!(run.client.settle_start(&run.run_id, stopped, "it runs").await.is_err());
    let owner = setup.client(callers::stranger());
    owner.settle_start(&run.run_id, stopped, "it runs").await?;
    let update = FleetUpdate { set: vec![setup.registry[1].clone()], ..FleetUpdate::default() };
    // The members decide what the coordinator stops by itself.
    assert!(owner.update_fleet(&FLEET.into(), &update).await.is_err());
    let another = fleet::registration("another", &setup.registry);
    assert!(owner.grant_role_for(operator, Role::Auditor, &FLEET.into()).await.is_err());
    assert!(owner.remove_fleet(&FLEET.into()).await.is_err());
    assert!(owner.register_fleet(&another).await.is_err());
    assert_refused!(owner.list_journals(0, 10).await, Error::OtherFleet { .. });
    let mut elsewhere = setup.plan("elsewhere");
    elsewhere.header.fleet = "another".to_string();
    let another = Driver::new(&setup, operator, elsewhere);
    assert_refused!(another.create().await, Error::OtherFleet { .. });
    Ok(())
}

async fn roles_for_fleets_are_granted_and_revoked_one_by_one(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let before = setup.as_auditor().list_roles().await?;
    let (administrator, who) = (setup.as_administrator(), callers::stranger());
    let held = |fleet: Option<&str>| {
        let fleet = fleet.map(Into::into);
        RoleAssignment { principal: who, role: Role::Operator, fleet }
    };
    // A fleet need not be registered.
    administrator.grant_role_for(who, Role::Operator, &FLEET.into()).await?;
    administrator.grant_role_for(who, Role::Operator, &"bakery".into()).await?;
    administrator.grant_role(who, Role::Operator).await?;
    let mut expected = before.clone();
    expected.extend([held(None), held(Some("bakery")), held(Some(FLEET))]);
    expected.sort();
    assert_eq!(setup.as_auditor().list_roles().await?, expected);
    let again = administrator.grant_role_for(who, Role::Operator, &FLEET.into()).await;
    assert_refused!(
        again,
        Error::Duplicate(Duplicate::Role { fleet: Some(fleet), .. }) if fleet.as_str() == FLEET
    );
    let twice = administrator.revoke_role_for(who, Role::Auditor, &FLEET.into()).await;
    assert_refused!(twice, Error::RoleNotHeld { fleet: Some(_), .. });

    administrator.revoke_role(who, Role::Operator).await?;
    let plan = fleet::plan("nightly", &fleet::paper_fleet(1));
    setup.upgrade(None)?;
    setup.client(who).create_journal(&plan).await?;
    administrator.revoke_role_for(who, Role::Operator, &FLEET.into()).await?;
    let claimed = setup.client(who).mark_next_operation_pending(&plan.header.run_id).await;
    assert_refused!(claimed, Error::OtherFleet { .. });
    administrator.revoke_role_for(who, Role::Operator, &"bakery".into()).await?;
    assert_eq!(setup.as_auditor().list_roles().await?, before);

    let principal = fleet::paper_canister(5);
    let grant = RoleAssignment { principal, role: Role::Auditor, fleet: Some(FLEET.into()) };
    let roles = vec![grant.clone()];
    setup.upgrade(Some(CoordinatorArgs { roles, ..CoordinatorArgs::default() }))?;
    assert!(setup.as_auditor().list_roles().await?.contains(&grant));
    setup.client(principal).resume_summary(&plan.header.run_id).await?;
    Ok(())
}

/// The list of roles is one answer.
async fn there_is_room_for_so_many_roles(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let held = setup.as_auditor().list_roles().await?.len();
    let name = |number: usize| format!("{number:0>MAX_NAME_BYTES$}");
    let roles = (held..MAX_ROLE_HOLDERS).map(|number| RoleAssignment {
        principal: callers::stranger(),
        role: Role::Auditor,
        fleet: Some(name(number).into()),
    });
    let roles = roles.collect();
    setup.upgrade(Some(CoordinatorArgs { roles, ..CoordinatorArgs::default() }))?;
    assert_eq!(setup.as_auditor().list_roles().await?.len(), MAX_ROLE_HOLDERS);
    let administrator = setup.as_administrator();
    let limit = |answer| {
        assert_refused!(answer, Error::LimitExceeded(limit) if limit.what == "roles");
    };
    limit(administrator.grant_role(fleet::paper_canister(9), Role::Auditor).await);
    let another = "another".into();
    limit(administrator.grant_role_for(callers::stranger(), Role::Auditor, &another).await);
    // For a fleet that the principal holds a role for, there is room.
    let known = name(MAX_ROLE_HOLDERS - 1).into();
    administrator.grant_role_for(callers::stranger(), Role::Operator, &known).await?;
    let long = "x".repeat(MAX_NAME_BYTES + 1).into();
    assert_refused!(
        administrator.grant_role_for(callers::stranger(), Role::Auditor, &long).await,
        Error::LimitExceeded(limit) if limit.what == "fleet"
    );
    Ok(())
}
