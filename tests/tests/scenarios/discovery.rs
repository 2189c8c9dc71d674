//! Canisters that a fleet has and that are not registered.

use super::executions::{FLEET, all_run, finish, skipping};
use backup_coordinator_client::{
    audit,
    journal::{
        FleetName, RunId,
        api::CoordinatorError as Error,
        block::Payload,
        fleet::{Discovery, DiscoveryOutcome, FleetError, FleetRegistration, FleetUpdate},
        journal::RunOutcome,
    },
};
use candid::Principal;
use integration_tests::{
    Network, Outcome, Setup, assert_refused, fleet, records::Records, scenarios,
};

scenarios![
    canisters_that_are_not_registered_are_told,
    a_discovery_that_fails_stops_nothing,
    a_discovery_is_replaced_and_removed,
];

type Failed = Box<dyn std::error::Error>;

fn name() -> FleetName {
    FLEET.into()
}

/// A fleet that is registered without its last member, and has this method of the root to list all.
async fn registered(network: Network, method: &str) -> Result<Setup, Failed> {
    let setup = Setup::builder(network).members(3).with_root().executed().build();
    let known = setup.registry.len() - 1;
    let registration = FleetRegistration {
        discovery: Some(of_root(&setup, method)),
        ..fleet::registration(FLEET, &setup.registry[..known])
    };
    setup.as_administrator().register_fleet(&registration).await?;
    Ok(setup)
}

fn of_root(setup: &Setup, method: &str) -> Discovery {
    let canister_id = setup.root.expect("there is a root");
    Discovery { canister_id, method: method.to_string() }
}

async fn change(setup: &Setup, discovery: Discovery) -> Result<(), Failed> {
    let update = FleetUpdate { discovery: Some(discovery), ..FleetUpdate::default() };
    setup.as_administrator().update_fleet(&name(), &update).await?;
    Ok(())
}

/// Backs the fleet up. Answers with the run and the message of the receipt of its topology.
async fn back_up(setup: &Setup) -> Result<(RunId, Option<String>), Failed> {
    setup.network.advance(std::time::Duration::from_secs(2));
    let run_id = setup.as_operator().start_backup(&name(), &skipping()).await?.run_id;
    let (status, summary) = finish(setup, &run_id).await?;
    assert_eq!((status.problem, summary.outcome), (None, Some(RunOutcome::OnNetwork)));
    all_run(setup)?;
    let evidence = setup.as_auditor().fetch_log().await?;
    let receipts =
        audit::entries(&evidence.blocks)?.into_iter().rev().find_map(|entry| match entry.payload {
            Some(Payload::Receipts(receipts)) => Some(receipts),
            _ => None,
        });
    let message = receipts.ok_or("it has a preflight")?.topology.message;
    Records::of(setup).await?.check();
    Ok((run_id, message))
}

async fn preview(setup: &Setup) -> Result<Option<DiscoveryOutcome>, Failed> {
    Ok(setup.as_operator().preview_backup(&name(), &skipping()).await?.discovery)
}

async fn canisters_that_are_not_registered_are_told(network: Network) -> Outcome {
    let setup = registered(network, "members").await?;
    let missing = setup.members[2];
    let expected = DiscoveryOutcome::Listed { listed: 4, unregistered: 1, first: vec![missing] };
    let before = Records::of(&setup).await?;
    assert_eq!(preview(&setup).await?.as_ref(), Some(&expected));
    assert_eq!(Records::of(&setup).await?, before, "a preview changes nothing");
    assert_eq!(setup.as_auditor().last_discovery(&name()).await?, None);

    let (run_id, message) = back_up(&setup).await?;
    let text = format!("1 canisters of the fleet are not registered: {missing}");
    assert_eq!(message, Some(text));
    let told = setup.as_auditor().last_discovery(&name()).await?.ok_or("it was called")?;
    assert_eq!((&told.run_id, &told.outcome), (&run_id, &expected));

    // Records with a field `canister_id` are read as well.
    change(&setup, of_root(&setup, "registry")).await?;
    assert_eq!(setup.as_auditor().last_discovery(&name()).await?, None, "it is another method");
    assert_eq!(preview(&setup).await?, Some(expected));

    let set = vec![setup.registry[3].clone()];
    let update = FleetUpdate { set, ..FleetUpdate::default() };
    setup.as_administrator().update_fleet(&name(), &update).await?;
    let (run_id, message) = back_up(&setup).await?;
    assert_eq!(message, None);
    let told = setup.as_auditor().last_discovery(&name()).await?.ok_or("it was called")?;
    let all = DiscoveryOutcome::Listed { listed: 4, unregistered: 0, first: Vec::new() };
    assert_eq!((told.run_id, told.outcome), (run_id, all));
    Ok(())
}

async fn a_discovery_that_fails_stops_nothing(network: Network) -> Outcome {
    let setup = registered(network, "nowhere").await?;
    let of = |canister_id, method: &str| Discovery { canister_id, method: method.to_string() };
    let mut reasons = Vec::new();
    for discovery in [
        of_root(&setup, "nowhere"),
        // It takes arguments, and traps without.
        of_root(&setup, "forward"),
        // It answers with a number.
        of(setup.members[0], "value"),
        of(fleet::paper_canister(9), "members"),
    ] {
        change(&setup, discovery).await?;
        let (_, message) = back_up(&setup).await?;
        let told = setup.as_auditor().last_discovery(&name()).await?.ok_or("it was called")?;
        let DiscoveryOutcome::Failed { reason } = told.outcome else { panic!("{told:?}") };
        assert_eq!(message, Some(format!("the canisters of the fleet were not listed: {reason}")));
        let DiscoveryOutcome::Failed { reason: previewed } =
            preview(&setup).await?.ok_or("it was called")?
        else {
            panic!("it was answered");
        };
        assert_eq!(reason, previewed);
        reasons.push(reason);
    }
    assert!(reasons[2].contains("neither vec principal nor"), "{reasons:?}");
    Ok(())
}

async fn a_discovery_is_replaced_and_removed(network: Network) -> Outcome {
    let setup = registered(network, "members").await?;
    let administrator = setup.as_administrator();
    let fleet = administrator.get_fleet(&name()).await?.fleet;
    assert_eq!(fleet.discovery, Some(of_root(&setup, "members")));
    let before = Records::of(&setup).await?;
    let refused = |canister_id, method: &str| {
        let discovery = Some(Discovery { canister_id, method: method.to_string() });
        FleetUpdate { discovery, ..FleetUpdate::default() }
    };
    assert_refused!(
        administrator.update_fleet(&name(), &refused(setup.coordinator, "get_settings")).await,
        Error::CoordinatorIsTarget { .. }
    );
    let nobody = refused(Principal::management_canister(), "raw_rand");
    assert_refused!(
        administrator.update_fleet(&name(), &nobody).await,
        Error::Fleet(FleetError::NoCanister { .. })
    );
    let long = refused(setup.members[0], &"m".repeat(129));
    assert_refused!(
        administrator.update_fleet(&name(), &long).await,
        Error::LimitExceeded(limit) if limit.what == "discovery.method"
    );
    let other = FleetRegistration {
        discovery: Some(of_root(&setup, "registry")),
        ..fleet::registration(FLEET, &setup.registry[..3])
    };
    assert_refused!(administrator.register_fleet(&other).await, Error::FleetExists { .. });
    assert_eq!(Records::of(&setup).await?, before);

    let update = FleetUpdate { remove_discovery: Some(true), ..FleetUpdate::default() };
    let fleet = administrator.update_fleet(&name(), &update).await?;
    assert_eq!(fleet.discovery, None);
    let (_, message) = back_up(&setup).await?;
    assert_eq!((message, preview(&setup).await?), (None, None));
    assert_eq!(setup.as_auditor().last_discovery(&name()).await?, None);
    Ok(())
}
