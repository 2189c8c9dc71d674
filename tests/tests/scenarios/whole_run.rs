//! A fleet is backed up from beginning to end, with its canisters really stopped, snapshotted and started.

use backup_coordinator_client::journal::{
    api::AuditEventKind,
    journal::{RunState, Stage},
};
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{
    Network, Outcome, Setup, callers, driver, fleet,
    records::{self, Records},
    scenarios,
};

scenarios![
    whole_run,
    a_snapshot_of_the_run_restores_a_member,
    starts_are_owed_while_members_are_stopped,
];

async fn whole_run(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(4).build();
    let run = setup.driver("nightly");
    let input = fleet::plan_input("nightly", &setup.registry);
    assert_eq!(run.client.build_backup_plan(&input).await?, run.plan);

    run.begin().await?;
    let end = run.finish().await?;

    assert_eq!(end.state, RunState::Completed);
    assert_eq!((end.stage, end.next_operation), (None, None));
    assert_eq!(end.operations.completed, 4 + 5 * 4 + 1);
    assert!(!end.restart_required);
    for member in &setup.members {
        check_member(&setup, *member).await?;
    }
    Records::of(&setup).await?.check();
    audit_tells_of_everything(&setup).await
}

/// A member runs again, and the run has its one snapshot on record.
async fn check_member(setup: &Setup, member: candid::Principal) -> Outcome {
    let managed = setup.network.manage(callers::operator(), member);
    assert_eq!(managed.status()?, CanisterStatusType::Running);
    let snapshots = managed.snapshots()?;
    let [snapshot] = snapshots.as_slice() else {
        panic!("{member} has {} snapshots", snapshots.len());
    };
    let record = records::run(setup, "nightly").await?;
    let status = record
        .targets
        .iter()
        .find(|status| status.target.canister_id == member)
        .ok_or("the run lists every member")?;
    let artifact = status.artifact.clone().ok_or("the run has an artifact")?;
    assert_eq!(artifact.snapshot_id, Some(hex::encode(&snapshot.id)));
    assert_eq!(artifact.artifact_path, Some(driver::path(&snapshot.id)));
    assert_eq!(artifact.checksum, Some(driver::checksum(&snapshot.id)));
    Ok(())
}

/// One event for the installation, the creation and the preflight, and two for each operation.
async fn audit_tells_of_everything(setup: &Setup) -> Outcome {
    let audit = setup.as_auditor().all_audit_events().await?;
    assert_eq!(audit.len(), 3 + 2 * (5 * 4 + 1));
    assert!(matches!(audit[0].kind, AuditEventKind::Configured { .. }));
    assert_eq!(audit[0].caller, callers::controller());
    for event in &audit[1..] {
        assert_eq!(event.caller, callers::operator());
        assert_eq!(event.run_id, Some(fleet::run("nightly")));
    }
    Ok(())
}

async fn a_snapshot_of_the_run_restores_a_member(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let (network, member) = (&setup.network, setup.members[0]);
    let digest = || network.query::<String>(callers::stranger(), member, "digest", ());
    let bump = || network.update::<u64>(callers::stranger(), member, "bump", ());
    bump()?;
    let at_backup = digest()?;

    let run = setup.driver("nightly");
    run.begin().await?;
    run.finish().await?;
    bump()?;
    assert_ne!(digest()?, at_backup);

    let managed = network.manage(callers::operator(), member);
    let snapshot = managed.snapshots()?.remove(0);
    managed.stop()?;
    managed.load_snapshot(snapshot.id)?;
    managed.start()?;
    assert_eq!(digest()?, at_backup);
    Ok(())
}

async fn starts_are_owed_while_members_are_stopped(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).build();
    let run = setup.driver("nightly");
    let mut owed = Vec::new();
    let mut summary = run.begin().await?;
    while summary.stage != Some(Stage::Transfer) {
        let receipt = run.step().await?;
        let stopped = receipt.receipt.target_canister_id;
        match summary.stage {
            Some(Stage::Stop) => owed.extend(stopped),
            Some(Stage::Start) => owed.retain(|id| Some(*id) != stopped),
            _ => {}
        }
        summary = check_owed(&setup, &owed).await?.summary;
    }
    assert_eq!(owed, []);
    assert!(!summary.restart_required);
    Ok(())
}

/// Exactly these canisters owe a start, and exactly these do not run.
async fn check_owed(
    setup: &Setup,
    owed: &[candid::Principal],
) -> Result<records::RunRecord, Box<dyn std::error::Error>> {
    let record = records::run(setup, "nightly").await?;
    let mut listed: Vec<_> = record.starts_owed.iter().map(|o| o.canister_id).collect();
    let mut expected = owed.to_vec();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    assert_eq!(record.summary.restart_required, !owed.is_empty());
    for status in &record.targets {
        let id = status.target.canister_id;
        let running = setup.network.manage(callers::operator(), id).status()?;
        let is_owed = owed.contains(&id);
        assert_eq!(running != CanisterStatusType::Running, is_owed);
        assert_eq!(status.owed_start.is_some(), is_owed);
    }
    Ok(record)
}
