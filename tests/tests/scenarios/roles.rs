//! Who holds which role, and what the administrators and the controllers make of it.

use backup_coordinator_client::journal::api::{
    AuditEventKind, CoordinatorError as Error, Duplicate, Role, RoleAssignment, Visibility,
};
use candid::Principal;
use integration_tests::{
    Network, Outcome, Setup, assert_refused, fleet, people, records::Records, scenarios, setup,
};

scenarios![
    grant_and_revoke,
    a_role_held_is_not_granted_again,
    anonymous_never_has_a_role,
    a_controller_is_an_administrator_by_itself,
    public_visibility_lets_anybody_read_and_nobody_write,
];

async fn grant_and_revoke(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (administrator, stranger) = (setup.as_administrator(), setup.client(people::stranger()));
    assert!(stranger.list_roles().await.is_err());

    administrator.grant_role(people::stranger(), Role::Auditor).await?;
    administrator.grant_role(people::stranger(), Role::Operator).await?;
    let plan = fleet::plan("nightly", &fleet::paper_fleet(1));
    stranger.create_journal(&plan).await?;

    administrator.revoke_role(people::stranger(), Role::Operator).await?;
    assert!(stranger.accept_preflight_bundle(&plan.header.run_id, &"p".into()).await.is_err());
    assert_eq!(stranger.all_journals().await?.len(), 1);
    administrator.revoke_role(people::stranger(), Role::Auditor).await?;
    assert!(stranger.all_journals().await.is_err());

    let assignment = |role| RoleAssignment { principal: people::stranger(), role };
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
        administrator.grant_role(people::operator(), Role::Operator).await,
        Error::Duplicate(Duplicate::Role { principal, role: Role::Operator })
            if principal == people::operator()
    );
    // An operator may do what an auditor may, but was not granted that role.
    for role in [Role::Auditor, Role::Administrator] {
        assert_refused!(
            administrator.revoke_role(people::operator(), role).await,
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
    let controller = setup.client(people::controller());
    for assignment in setup::roles() {
        controller.revoke_role(assignment.principal, assignment.role).await?;
    }
    assert_eq!(controller.list_roles().await?, []);
    assert!(setup.as_administrator().list_roles().await.is_err());
    controller.grant_role(people::administrator(), Role::Administrator).await?;
    assert_eq!(setup.as_administrator().list_roles().await?.len(), 1);
    Ok(())
}

async fn public_visibility_lets_anybody_read_and_nobody_write(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).members(1).build();
    let run = setup.driver("nightly");
    run.create().await?;
    for nobody in [people::stranger(), Principal::anonymous()] {
        let client = setup.client(nobody);
        assert_eq!(client.all_journals().await?.len(), 1);
        assert_eq!(client.all_operations(&run.run_id).await?.len(), 10);
        assert!(client.create_journal(&setup.plan("another")).await.is_err());
        assert!(client.mark_next_operation_pending(&run.run_id).await.is_err());
        assert!(client.grant_role(nobody, Role::Operator).await.is_err());
    }
    Ok(())
}
