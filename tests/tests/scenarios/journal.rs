//! Opening journals: once each, and not for everything.

use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, Duplicate},
    plan::{PlanError, QuiescencePolicy, ValidationPurpose},
};
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, callers, fleet, records::Records, scenarios,
};
use std::time::Duration;

scenarios![
    an_identical_plan_again_is_a_duplicate,
    another_plan_under_one_run_id_is_refused,
    the_coordinator_is_not_a_target_of_its_own,
    a_plan_for_planning_is_not_one_for_execution,
    selectors_resolve,
];

async fn an_identical_plan_again_is_a_duplicate(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    let created = run.create().await?;
    setup.network.advance(Duration::from_secs(5));
    let before = Records::of(&setup).await?;
    let second_operator = Driver::new(&setup, callers::second_operator(), setup.plan("nightly"));

    for again in [run.create().await, second_operator.create().await] {
        assert_refused!(
            again,
            Error::Duplicate(Duplicate::Journal { created_at, .. }) if created_at == created.created_at
        );
    }
    assert_eq!(Records::of(&setup).await?, before);

    run.accept_preflight().await?;
    run.step().await?;
    assert_refused!(run.create().await, Error::Duplicate(Duplicate::Journal { .. }));
    Ok(())
}

async fn another_plan_under_one_run_id_is_refused(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    run.create().await?;
    let before = Records::of(&setup).await?;

    let mut other = run.plan.clone();
    other.header.quiescence_policy = QuiescencePolicy::AppQuiesced;
    let mut reordered = run.plan.clone();
    reordered.targets.reverse();
    let mut renamed = run.plan.clone();
    renamed.phases[7].operation_id.push_str("-again");
    for plan in [other, reordered, renamed] {
        assert_refused!(
            run.client.create_journal(&plan).await,
            Error::RunExists { run_id } if run_id == fleet::run("nightly")
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn the_coordinator_is_not_a_target_of_its_own(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let members = [fleet::paper_canister(1), setup.coordinator];
    let registry = fleet::registry(fleet::paper_canister(0), &members, &"0".repeat(64));
    let plan = fleet::plan("nightly", &registry);
    let before = Records::of(&setup).await?;

    let client = setup.as_operator();
    let planning = ValidationPurpose::Planning;
    for refused in [
        client.create_journal(&plan).await.map(drop),
        client.validate_backup_plan(&plan, planning).await,
    ] {
        assert_refused!(
            refused,
            Error::CoordinatorIsTarget { canister_id } if canister_id == setup.coordinator
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn a_plan_for_planning_is_not_one_for_execution(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let (client, plan) = (setup.as_auditor(), setup.plan("nightly"));
    client.validate_backup_plan(&plan, ValidationPurpose::Planning).await?;
    assert_refused!(
        client
            .validate_backup_plan(&plan, ValidationPurpose::Execution)
            .await,
        Error::InvalidPlan(PlanError::UnprovenControlAuthority { canister_id })
            if canister_id == setup.members[0]
    );
    Ok(())
}

async fn selectors_resolve(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let client = setup.as_auditor();
    let mut registry = fleet::paper_fleet(3);
    let (role, twin) = (registry[2].role.clone(), &mut registry[3]);
    twin.role = role;
    let resolve = |selector: &'static str| client.resolve_backup_selector(&registry, selector);

    assert_eq!(resolve("member-0").await?, registry[1].canister_id);
    assert_refused!(
        resolve("member-1").await,
        Error::InvalidPlan(PlanError::AmbiguousSelector { candidates, .. })
            if candidates == [registry[2].canister_id, registry[3].canister_id]
    );
    assert_refused!(
        resolve("aaaaa-aa").await,
        Error::InvalidPlan(PlanError::UnknownSelector { .. })
    );
    Ok(())
}
