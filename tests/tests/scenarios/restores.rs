//! A backup is restored call by call: its canisters are really stopped, loaded and started.

use backup_coordinator_client::{
    ClientError,
    journal::{
        api::{CoordinatorError as Error, Page},
        journal::{
            DrillReport, JournalError as Journal, Operation, RestoreProgress, RunOutcome, RunState,
        },
        plan::{BackupOperationKind as Kind, PlanError, RestoreSelection, SnapshotPlace},
    },
};
use candid::Principal;
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{
    Driver, Network, Outcome, Setup, callers, fleet, records::Records, scenarios,
};
use std::error::Error as StdError;

scenarios![
    a_fleet_is_restored_from_the_network,
    a_contained_fleet_is_rolled_back,
    a_restore_is_undone_by_another_restore,
    what_a_backup_does_not_have_is_not_restored,
    a_drill_is_kept_with_its_run,
];

const MEMBERS: u32 = 3;

/// A fleet that was backed up, and whose data have changed since; its members as they were and as they are.
struct Scene {
    setup: Setup,
    saved: Vec<String>,
    spoilt: Vec<String>,
}

fn digests(setup: &Setup) -> Result<Vec<String>, Box<dyn StdError>> {
    let ask = |member: &Principal| {
        Ok(setup.network.query::<String>(callers::stranger(), *member, "digest", ())?)
    };
    setup.members.iter().map(ask).collect()
}

fn bump(setup: &Setup) -> Outcome {
    for member in &setup.members {
        setup.network.update::<u64>(callers::stranger(), *member, "bump", ())?;
    }
    Ok(())
}

async fn scene(network: Network) -> Result<Scene, Box<dyn StdError>> {
    let setup = Setup::builder(network).members(MEMBERS).build();
    bump(&setup)?;
    let saved = digests(&setup)?;
    let run = setup.driver("nightly");
    run.begin().await?;
    run.finish().await?;
    bump(&setup)?;
    let spoilt = digests(&setup)?;
    assert!(saved.iter().zip(&spoilt).all(|(saved, spoilt)| saved != spoilt));
    Ok(Scene { setup, saved, spoilt })
}

/// A run that restores what `of` has saved, with its preflight accepted.
async fn begin(setup: &Setup, of: &str, run_id: &str) -> Result<Driver, Box<dyn StdError>> {
    let client = setup.as_operator();
    let plan = client.build_restore_plan(&of.into(), &fleet::selection(run_id)).await?;
    let run = setup.driver_of(plan);
    run.begin().await?;
    Ok(run)
}

/// Performs operations until the next one is of this kind.
async fn perform_until(run: &Driver, kind: Kind) -> Outcome {
    while run.client.next_ready_operation(&run.run_id).await?.is_some_and(|it| it.kind != kind) {
        run.step().await?;
    }
    Ok(())
}

fn assert_running(setup: &Setup, expected: &[String]) -> Outcome {
    for member in &setup.members {
        let status = setup.network.manage(callers::operator(), *member).status()?;
        assert_eq!(status, CanisterStatusType::Running, "{member}");
    }
    assert_eq!(digests(setup)?, expected);
    Ok(())
}

fn refused<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> Error {
    match answer {
        Err(ClientError::Refused(error)) => error,
        other => panic!("it is not refused: {other:?}"),
    }
}

async fn a_fleet_is_restored_from_the_network(network: Network) -> Outcome {
    let Scene { setup, saved, .. } = scene(network).await?;
    let run = begin(&setup, "nightly", "restored").await?;
    setup.upgrade(None)?;
    let end = run.finish().await?;
    assert_eq!((end.state, end.outcome), (RunState::Completed, Some(RunOutcome::Restored)));
    let expected = RestoreProgress {
        loads: MEMBERS,
        loads_claimed: MEMBERS,
        loads_over: MEMBERS,
        verified: MEMBERS,
        ..RestoreProgress::default()
    };
    assert_eq!(end.restore, Some(expected));
    assert_running(&setup, &saved)?;
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_contained_fleet_is_rolled_back(network: Network) -> Outcome {
    let Scene { setup, spoilt, .. } = scene(network).await?;
    let run = begin(&setup, "nightly", "restored").await?;
    perform_until(&run, Kind::LoadSnapshot).await?;
    run.step().await?;
    let failing = run.claim().await?;
    let state = run.client.resume_summary(&run.run_id).await?.state;
    assert_eq!(state, RunState::Contained);
    let early = refused(run.client.roll_back_run(&run.run_id, "it cannot be loaded").await);
    assert_eq!(early, Error::Journal(Journal::LoadsClaimed { claimed: 1 }));
    run.report(&run.failed(&failing, "the network refuses")).await?;
    let aborted = refused(run.client.abort_run(&run.run_id, "enough").await);
    assert_eq!(aborted, Error::Journal(Journal::Contained { loaded: 1, loads: MEMBERS }));
    setup.upgrade(None)?;
    run.client.roll_back_run(&run.run_id, "it cannot be loaded").await?;
    Records::of(&setup).await?.check();
    let end = run.finish().await?;
    assert_eq!((end.state, end.outcome), (RunState::Aborted, Some(RunOutcome::RolledBack)));
    assert_running(&setup, &spoilt)?;
    let rows: Page<Operation> = run.client.list_operations(&run.run_id, 0, 500).await?;
    let rolled_back = rows.items.iter().filter(|row| row.kind == Kind::RollBack);
    let attempts: Vec<u32> = rolled_back.map(|row| row.attempt.0).collect();
    assert_eq!(attempts, [1, 1, 0], "only what may have been loaded is rolled back");
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_restore_is_undone_by_another_restore(network: Network) -> Outcome {
    let Scene { setup, saved, spoilt } = scene(network).await?;
    begin(&setup, "nightly", "restored").await?.finish().await?;
    assert_running(&setup, &saved)?;
    let undone = begin(&setup, "restored", "undone").await?.finish().await?;
    assert_eq!(undone.outcome, Some(RunOutcome::Restored));
    assert_running(&setup, &spoilt)
}

async fn what_a_backup_does_not_have_is_not_restored(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    perform_until(&run, Kind::CreateSnapshot).await?;
    run.step().await?;
    let client = setup.as_operator();
    let all = fleet::selection("restored");
    let answer = refused(client.build_restore_plan(&run.run_id, &all).await);
    let Error::InvalidPlan(PlanError::NothingSaved { canister_id: without }) = answer else {
        panic!("{answer:?}")
    };
    let with = setup.members.iter().copied().find(|member| *member != without);
    let one = RestoreSelection { members: with.map(|member| vec![member]), ..all };
    let plan = client.build_restore_plan(&run.run_id, &one).await?;
    assert_eq!(plan.targets.len(), 1);
    let folder = RestoreSelection { place: SnapshotPlace::Folder, ..one };
    let answer = refused(client.build_restore_plan(&run.run_id, &folder).await);
    assert!(matches!(answer, Error::InvalidPlan(PlanError::NothingSaved { .. })), "{answer:?}");
    let answer = refused(client.build_restore_plan(&"another".into(), &folder).await);
    assert_eq!(answer, Error::RunNotFound { run_id: "another".into() });
    Ok(())
}

async fn a_drill_is_kept_with_its_run(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let report = DrillReport { proven_targets: 2, note: Some("on a laptop".to_string()) };
    let early = refused(run.client.record_drill(&run.run_id, &report).await);
    assert_eq!(early, Error::Journal(Journal::NotComplete { outcome: None }));
    run.finish().await?;
    setup.network.advance(std::time::Duration::from_mins(1));
    run.client.record_drill(&run.run_id, &report).await?;
    setup.upgrade(None)?;
    let drill = run.client.resume_summary(&run.run_id).await?.drill.expect("it was recorded");
    assert_eq!((drill.proven_targets, drill.note), (2, report.note));
    assert_eq!(drill.recorded_by, callers::operator());
    Records::of(&setup).await?.check();
    Ok(())
}
