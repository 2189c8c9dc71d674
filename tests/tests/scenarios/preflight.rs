//! Preflight: what it proves, how long it counts, and what replaces it.

use backup_coordinator_client::journal::{
    PreflightId,
    api::CoordinatorError as Error,
    journal::{JournalError as Journal, OperationState, RunState},
    plan::AuthorityEvidence,
    preflight::PreflightError,
};
use integration_tests::{
    Network, Outcome, Setup, assert_refused, driver::VALIDITY, fleet, records::Records, scenarios,
};
use std::time::Duration;

scenarios![
    nothing_moves_before_preflight,
    proven_authorities_become_the_plan,
    a_preflight_expires_and_a_new_one_is_accepted,
    receipts_that_do_not_count_change_nothing,
    a_preflight_without_receipts_does_not_expire,
];

const SECOND: Duration = Duration::from_secs(1);

async fn nothing_moves_before_preflight(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    let created = run.create().await?;
    assert_eq!(created.state, RunState::AwaitingPreflight);
    assert_eq!((created.operations.ready, created.operations.blocked), (4, 6));
    let operations = run.client.all_operations(&run.run_id).await?;
    for operation in &operations[4..] {
        assert_eq!(operation.state, OperationState::Blocked);
        assert_eq!(operation.reason.as_deref(), Some("preflight-not-accepted"));
        assert_refused!(
            run.client.mark_operation_pending(&run.run_id, operation.sequence).await,
            Error::Journal(Journal::OutOfOrderOperationTransition { .. })
        );
    }
    Ok(())
}

async fn proven_authorities_become_the_plan(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).build();
    let run = setup.driver("nightly");
    run.create().await?;
    let evidence = |plan: backup_coordinator_client::journal::api::PlanPage| {
        plan.targets
            .items
            .into_iter()
            .map(|target| {
                let control = target.control_authority.evidence;
                (control, target.snapshot_read_authority.evidence)
            })
            .collect::<Vec<_>>()
    };
    let declared = (AuthorityEvidence::Declared, AuthorityEvidence::Declared);
    let proven = (AuthorityEvidence::Proven, AuthorityEvidence::Proven);

    let plan = run.client.get_plan(&run.run_id, 0, 500).await?;
    assert_eq!(evidence(plan), [declared; 3]);
    run.accept_preflight().await?;
    let plan = run.client.get_plan(&run.run_id, 0, 500).await?;
    assert_eq!(evidence(plan), [proven; 3]);
    let targets = run.client.all_targets(&run.run_id).await?;
    assert!(targets.iter().all(|status| status.target.control_authority.is_proven()));
    Ok(())
}

async fn a_preflight_expires_and_a_new_one_is_accepted(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.create().await?;
    let first = run.preflight("preflight-0");
    run.accept(&first).await?;
    let early = run.preflight("preflight-1");
    assert_refused!(
        run.accept(&early).await,
        Error::Journal(Journal::PreflightAlreadyAccepted { .. })
    );

    setup.network.advance(VALIDITY + SECOND);
    let before = Records::of(&setup).await?;
    assert_refused!(
        run.claim().await,
        Error::Journal(Journal::PreflightExpired { expires_at, .. }) if expires_at == first.expires_at
    );
    assert_refused!(
        run.accept(&early).await,
        Error::Journal(Journal::Preflight(PreflightError::Expired { .. }))
    );
    assert_eq!(Records::of(&setup).await?, before);

    run.accept(&run.preflight("preflight-1")).await?;
    run.claim().await?;
    // Once a canister was touched, the run goes on however long it takes.
    setup.network.advance(VALIDITY * 10);
    let claimed = run.client.next_ready_operation(&run.run_id).await?;
    let receipt = run.perform(&claimed.ok_or("it is still claimed")?)?;
    run.report(&receipt).await?;
    assert_eq!(run.finish().await?.state, RunState::Completed);
    Ok(())
}

async fn receipts_that_do_not_count_change_nothing(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    run.create().await?;
    let good = run.preflight("preflight-1");
    let mut of_another_plan = good.clone();
    of_another_plan.plan_id = "another".into();
    let mut unproven = good.clone();
    unproven.control_authority[1].authority.evidence = AuthorityEvidence::Declared;
    let mut incomplete = good.clone();
    incomplete.snapshot_read_authority.pop();
    let mut drifted = good.clone();
    drifted.topology.topology_hash_at_preflight = "f".repeat(64);
    let mut refused = good.clone();
    refused.quiescence.accepted = false;
    let future = fleet::preflight(
        &run.plan,
        "preflight-1",
        setup.network.now() + 3_600_000_000_000,
        VALIDITY,
    );

    let before = Records::of(&setup).await?;
    for bad in [of_another_plan, unproven, incomplete, drifted, refused, future] {
        assert_refused!(run.accept(&bad).await, Error::Journal(Journal::Preflight(_)));
    }
    assert_eq!(Records::of(&setup).await?, before);
    run.accept(&good).await?;
    Ok(())
}

async fn a_preflight_without_receipts_does_not_expire(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.create().await?;
    let accept = |id: &'static str| {
        let id = PreflightId::from(id);
        let (client, run_id) = (&run.client, &run.run_id);
        async move { client.accept_preflight_bundle(run_id, &id).await }
    };
    assert_refused!(accept(" ").await, Error::Journal(Journal::MissingField { .. }));
    accept("preflight-1").await?;
    accept("preflight-1").await?;
    setup.network.advance(VALIDITY * 1_000);
    assert_refused!(
        accept("preflight-2").await,
        Error::Journal(Journal::PreflightAlreadyAccepted { .. })
    );
    assert_eq!(run.finish().await?.state, RunState::Completed);
    Ok(())
}
