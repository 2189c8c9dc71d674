//! Registered fleets: whole and in batches, changed and removed, each change in the log.

use backup_coordinator_client::{
    ClientError,
    journal::{
        FleetName,
        api::{AuditEventKind, CoordinatorError as Error, Duplicate, RemoveProgress},
        fleet::{FleetError, FleetPhase, FleetPolicy, FleetRegistration, FleetUpdate},
        limits::{MAX_DRAFT_BATCH, MAX_FLEETS, MAX_PLAN_TARGETS, MAX_RUN_TARGETS},
        topology::topology_hash,
    },
};
use integration_tests::{
    Network, Outcome, Setup, callers, fleet, records::Records, scenarios, setup::Client,
};

scenarios![
    a_fleet_is_registered_changed_and_removed,
    a_large_fleet_is_registered_and_removed_in_steps,
    what_is_sent_again_changes_nothing,
    a_refused_change_of_a_fleet_changes_nothing,
    a_fleet_stays_while_a_run_of_it_is_not_over,
];

fn shop() -> FleetName {
    "shop".into()
}

/// Why the fleet is refused.
fn broken<T>(answer: Result<T, ClientError>) -> Option<FleetError> {
    match answer {
        Err(ClientError::Refused(Error::Fleet(error))) => Some(error),
        _ => None,
    }
}

async fn kinds(client: &Client) -> Result<Vec<AuditEventKind>, ClientError> {
    let events = client.all_audit_events().await?.into_iter();
    Ok(events.map(|event| event.kind).skip(1).collect())
}

async fn a_fleet_is_registered_changed_and_removed(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (administrator, auditor) = (setup.as_administrator(), setup.as_auditor());
    let registry = fleet::paper_fleet(4);
    let registered = administrator.register_fleet(&fleet::registration("shop", &registry)).await?;
    assert_eq!((registered.phase, registered.members), (FleetPhase::Complete, 5));
    assert_eq!(registered.registered_by, callers::administrator());
    let found = auditor.get_fleet(&shop()).await?;
    assert_eq!(found.topology_hash, Some(topology_hash(&registry)));
    assert_eq!(found.fleet, registered);
    assert_eq!(auditor.all_fleet_members(&shop()).await?, registry);

    let policy = FleetPolicy { max_parallel: 3, ..FleetPolicy::default() };
    let mut renamed = registry[1].clone();
    renamed.role = Some("orders".to_string());
    let update = FleetUpdate {
        policy: Some(policy),
        removed: vec![registry[4].canister_id],
        set: vec![renamed.clone()],
        ..FleetUpdate::default()
    };
    let changed = administrator.update_fleet(&shop(), &update).await?;
    assert_eq!((changed.policy, changed.members), (policy, 4));
    let expected = [registry[0].clone(), renamed, registry[2].clone(), registry[3].clone()];
    assert_eq!(auditor.all_fleet_members(&shop()).await?, expected);
    assert_eq!(auditor.get_fleet(&shop()).await?.topology_hash, Some(topology_hash(&expected)));

    let before = Records::of(&setup).await?;
    setup.upgrade(None)?;
    assert_eq!(Records::of(&setup).await?, before, "an upgrade keeps fleets");

    assert_eq!(administrator.remove_fleet(&shop()).await?, RemoveProgress::Removed);
    assert_eq!(auditor.list_fleets(0, 10).await?.total, 0);
    let gone = auditor.get_fleet(&shop()).await;
    assert!(matches!(gone, Err(ClientError::Refused(Error::FleetNotFound { .. }))), "{gone:?}");
    let told = [
        AuditEventKind::FleetRegistered {
            fleet: shop(),
            root_canister_id: registry[0].canister_id,
            count: 5,
        },
        AuditEventKind::FleetUpdated { fleet: shop(), members: 4 },
        AuditEventKind::FleetRemoved { fleet: shop() },
    ];
    assert_eq!(kinds(&auditor).await?, told);
    administrator.register_fleet(&fleet::registration("shop", &registry[..1])).await?;
    assert_eq!(auditor.all_fleet_members(&shop()).await?, registry[..1]);
    Ok(())
}

async fn a_large_fleet_is_registered_and_removed_in_steps(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let administrator = setup.as_administrator();
    let registry = fleet::paper_fleet(250);
    let other = fleet::registration("another", &registry[..3]);
    administrator.register_fleet(&other).await?;
    let registration = fleet::registration("shop", &registry);
    let registered = administrator.register_large_fleet(registration.clone()).await?;
    assert_eq!((registered.phase, registered.members), (FleetPhase::Complete, 251));
    assert_eq!(administrator.register_large_fleet(registration).await?, registered);
    assert_eq!(administrator.all_fleet_members(&shop()).await?, registry);
    let page = administrator.list_fleets(1, 1).await?;
    assert_eq!((page.items, page.next, page.total), (vec![registered], None, 2));

    let before = kinds(&administrator).await?.len();
    let RemoveProgress::Removing(left) = administrator.remove_fleet(&shop()).await? else {
        panic!("more than one step");
    };
    assert_eq!((left.phase, left.members), (FleetPhase::Removing, 123));
    let update = FleetUpdate::default();
    let refused = administrator.update_fleet(&shop(), &update).await;
    assert_eq!(broken(refused), Some(FleetError::BeingRemoved));
    let refused = administrator.register_fleet(&fleet::registration("shop", &registry[..1])).await;
    assert_eq!(broken(refused), Some(FleetError::BeingRemoved));
    setup.upgrade(None)?;
    administrator.remove_whole_fleet(&shop()).await?;
    assert_eq!(kinds(&administrator).await?.len(), before + 1, "told once");
    assert_eq!(administrator.all_fleet_members(&other.fleet).await?, registry[..3]);
    Ok(())
}

async fn what_is_sent_again_changes_nothing(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let administrator = setup.as_administrator();
    let registry = fleet::paper_fleet(2);
    let first = FleetRegistration {
        expected_members: Some(3),
        ..fleet::registration("shop", &registry[..1])
    };
    administrator.register_fleet(&first).await?;
    administrator.append_fleet_members(&shop(), 1, &registry[1..2]).await?;
    let before = Records::of(&setup).await?;
    let again = administrator.register_fleet(&first).await;
    assert!(matches!(again, Err(ClientError::Refused(Error::Duplicate(Duplicate::Fleet { .. })))));
    administrator.append_fleet_members(&shop(), 1, &registry[1..2]).await?;
    administrator.update_fleet(&shop(), &FleetUpdate::default()).await?;
    assert_eq!(Records::of(&setup).await?, before);
    let fleet = administrator.append_fleet_members(&shop(), 2, &registry[2..]).await?;
    assert_eq!(fleet.phase, FleetPhase::Complete);
    Ok(())
}

async fn a_refused_change_of_a_fleet_changes_nothing(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let administrator = setup.as_administrator();
    let registry = fleet::paper_fleet(3);
    administrator.register_fleet(&fleet::registration("shop", &registry)).await?;
    let before = Records::of(&setup).await?;

    let other = fleet::registration("shop", &registry[..2]);
    let refused = administrator.register_fleet(&other).await;
    assert!(matches!(refused, Err(ClientError::Refused(Error::FleetExists { .. }))));
    let mut itself = registry.clone();
    itself[3].canister_id = setup.coordinator;
    let refused = administrator.register_fleet(&fleet::registration("itself", &itself)).await;
    assert!(matches!(refused, Err(ClientError::Refused(Error::CoordinatorIsTarget { .. }))));
    let update = FleetUpdate { set: vec![itself[3].clone()], ..FleetUpdate::default() };
    let refused = administrator.update_fleet(&shop(), &update).await;
    assert!(matches!(refused, Err(ClientError::Refused(Error::CoordinatorIsTarget { .. }))));
    let update = FleetUpdate { removed: vec![registry[1].canister_id], ..FleetUpdate::default() };
    let refused = administrator.update_fleet(&shop(), &update).await;
    let canister_id = registry[1].canister_id;
    assert_eq!(broken(refused), Some(FleetError::HasChildren { canister_id }));
    let refused = administrator.append_fleet_members(&shop(), 4, &itself[3..]).await;
    assert_eq!(broken(refused), Some(FleetError::AlreadyComplete));

    let limit = |answer: Result<_, ClientError>, what: &str, maximum: usize| {
        let error = match answer {
            Ok(()) => panic!("{what} has no limit"),
            Err(ClientError::Refused(Error::LimitExceeded(limit))) => limit,
            Err(other) => panic!("{what}: {other}"),
        };
        assert_eq!((error.what.as_str(), error.maximum), (what, maximum as u64));
    };
    let many = fleet::paper_fleet(u32::try_from(MAX_PLAN_TARGETS)?);
    let refused = administrator.register_fleet(&fleet::registration("many", &many)).await;
    limit(refused.map(drop), "members", MAX_PLAN_TARGETS);
    let batch = &many[..=MAX_DRAFT_BATCH];
    let refused = administrator.append_fleet_members(&shop(), 4, batch).await;
    limit(refused.map(drop), "members", MAX_DRAFT_BATCH);
    let update = FleetUpdate { set: batch.to_vec(), ..FleetUpdate::default() };
    let refused = administrator.update_fleet(&shop(), &update).await;
    limit(refused.map(drop), "members", MAX_DRAFT_BATCH);
    let beyond = u32::try_from(MAX_RUN_TARGETS + 1)?;
    let larger = FleetRegistration {
        expected_members: Some(beyond),
        ..fleet::registration("large", &registry)
    };
    let refused = administrator.register_fleet(&larger).await;
    limit(refused.map(drop), "expected_members", MAX_RUN_TARGETS);
    assert_eq!(Records::of(&setup).await?, before);

    for number in 1..MAX_FLEETS {
        let name = format!("fleet-{number}");
        administrator.register_fleet(&fleet::registration(&name, &registry[..1])).await?;
    }
    let one_more = fleet::registration("one more", &registry[..1]);
    let refused = administrator.register_fleet(&one_more).await;
    limit(refused.map(drop), "fleets", MAX_FLEETS);
    Ok(())
}

async fn a_fleet_stays_while_a_run_of_it_is_not_over(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let administrator = setup.as_administrator();
    administrator.register_fleet(&fleet::registration("shop", &setup.registry)).await?;
    let (first, second) = (setup.driver("first"), setup.driver("second"));
    first.create().await?;
    second.create().await?;
    let in_use = |open_runs| Some(FleetError::InUse { open_runs });
    assert_eq!(broken(administrator.remove_fleet(&shop()).await), in_use(2));
    second.client.abort_run(&second.run_id, "not needed").await?;
    assert_eq!(broken(administrator.remove_fleet(&shop()).await), in_use(1));
    setup.upgrade(None)?;
    first.accept(&first.preflight("preflight-1")).await?;
    first.finish().await?;
    assert_eq!(administrator.remove_fleet(&shop()).await?, RemoveProgress::Removed);
    Ok(())
}
