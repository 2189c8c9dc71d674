//! Upgrades: what the coordinator has written it still knows, and a failed upgrade never was.

use backup_coordinator_client::journal::{
    api::{AuditEventKind, CoordinatorArgs, Role, RoleAssignment, Settings, Visibility},
    limits::MAX_ROLE_HOLDERS,
};
use candid::Principal;
use integration_tests::{
    Network, Outcome, Setup, callers, driver::VALIDITY, fleet, records::Records, scenarios,
};
use std::time::Duration;

scenarios![
    upgrade_between_any_two_transitions,
    upgrade_arguments_add_roles_and_change_visibility,
    a_failed_upgrade_leaves_everything,
];

/// Upgrades the coordinator, and sees that nothing is lost by it.
async fn upgrade(setup: &Setup) -> Result<Records, Box<dyn std::error::Error>> {
    let before = Records::of(setup).await?;
    before.check();
    setup.upgrade(None)?;
    let after = Records::of(setup).await?;
    assert_eq!(after, before);
    Ok(after)
}

async fn upgrade_between_any_two_transitions(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    upgrade(&setup).await?;
    setup.as_administrator().grant_role(callers::stranger(), Role::Auditor).await?;
    upgrade(&setup).await?;
    let run = setup.driver("nightly");
    run.create().await?;
    upgrade(&setup).await?;
    run.accept(&run.preflight("preflight-0")).await?;
    upgrade(&setup).await?;
    setup.network.advance(VALIDITY + Duration::from_secs(1));
    run.accept_preflight().await?;
    upgrade(&setup).await?;
    let claimed = run.claim().await?;
    upgrade(&setup).await?;
    run.report(&run.failed(&claimed, "the subnet is busy")).await?;
    upgrade(&setup).await?;
    run.client.retry_failed_operation(&run.run_id, claimed.sequence).await?;

    let mut records = upgrade(&setup).await?;
    while records.runs[0].next.is_some() {
        let claimed = run.claim().await?;
        upgrade(&setup).await?;
        run.report(&run.perform(&claimed)?).await?;
        records = upgrade(&setup).await?;
    }
    assert_eq!(records.runs[0].summary.operations.completed, 15);
    assert_eq!(records.audit.len(), 5 + 3 + 2 * 11);
    Ok(())
}

async fn upgrade_arguments_add_roles_and_change_visibility(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let added =
        RoleAssignment { principal: callers::stranger(), role: Role::Operator, fleet: None };
    setup.upgrade(Some(CoordinatorArgs {
        roles: vec![added.clone()],
        visibility: Some(Visibility::Public),
        ..CoordinatorArgs::default()
    }))?;

    let anybody = setup.client(Principal::anonymous());
    let roles = anybody.list_roles().await?;
    assert!(roles.contains(&added));
    assert_eq!(roles.len(), integration_tests::setup::roles().len() + 1);
    let settings = Settings { visibility: Visibility::Public, ..Settings::default() };
    assert_eq!(anybody.get_settings().await?, settings);
    let audit = anybody.all_audit_events().await?;
    assert!(matches!(
        &audit[1].kind,
        AuditEventKind::Configured { roles, visibility: Some(Visibility::Public), .. }
            if *roles == [added]
    ));
    Ok(())
}

async fn a_failed_upgrade_leaves_everything(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let claimed = run.claim().await?;
    let before = Records::of(&setup).await?;

    let role = Role::Operator;
    let anonymous = RoleAssignment { principal: Principal::anonymous(), role, fleet: None };
    let too_many = (0..=u32::try_from(MAX_ROLE_HOLDERS)?).map(|number| RoleAssignment {
        principal: fleet::paper_canister(number),
        role,
        fleet: None,
    });
    for roles in [vec![anonymous], too_many.collect()] {
        let args = CoordinatorArgs { roles, ..CoordinatorArgs::default() };
        setup.upgrade(Some(args)).expect_err("the arguments are refused");
    }
    for garbage in [b"DIDL".to_vec(), vec![0xFF; 64], b"DIDL\x01\x6c".to_vec()] {
        setup.upgrade_raw(garbage).expect_err("the arguments cannot be decoded");
    }

    assert_eq!(Records::of(&setup).await?, before);
    run.report(&run.perform(&claimed)?).await?;
    run.finish().await?;
    Ok(())
}

#[test]
fn stable_memory_of_somebody_else_is_not_overwritten() {
    integration_tests::on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let foreign = vec![7; 65_536];
        {
            let mut backend = setup.network.lock();
            let sandbox = backend.as_sandbox().ok_or("this is the sandbox")?;
            sandbox.set_stable_memory(setup.coordinator, &foreign);
        }
        let refused = setup.upgrade(None).expect_err("this is no coordinator's memory");
        assert!(refused.message.contains("not written by a backup coordinator"), "{refused}");
        assert_eq!(setup.network.lock().stable_memory(setup.coordinator), foreign);
        Ok(())
    });
}
