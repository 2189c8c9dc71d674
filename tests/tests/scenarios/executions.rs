//! The coordinator backs a fleet up by itself.

use backup_coordinator_client::journal::{
    RunId,
    api::CoordinatorError as Error,
    execution::{BackupRequest, ExecutionError, ExecutionPhase, ExecutionStatus},
    fleet::{FleetPolicy, TransferPolicy},
    journal::{JournalError as Journal, OperationState, ResumeSummary, RunOutcome, RunState},
    plan::BackupOperationKind as Kind,
};
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{
    Network, Outcome, Setup, assert_refused, callers, fleet, records::Records, scenarios,
};
use std::time::Duration;

scenarios![
    one_call_backs_a_fleet_up,
    what_is_against_a_backup_is_told_before_anything_is_stopped,
    one_run_of_a_fleet_at_a_time,
    a_paused_execution_begins_nothing,
    an_upgrade_in_the_midst_loses_nothing,
    an_aborted_backup_starts_what_it_has_stopped,
    the_deadline_starts_what_a_driver_has_left_stopped,
    a_member_that_did_not_run_is_left_as_it_is,
    a_member_that_cannot_be_started_holds_up_no_other,
    a_preview_says_what_would_stop_a_backup,
];

pub const FLEET: &str = "shop";

/// A backup that leaves the snapshots on the network.
pub fn skipping() -> BackupRequest {
    let policy = FleetPolicy { transfer: TransferPolicy::Skip, ..FleetPolicy::default() };
    BackupRequest { policy: Some(policy), ..BackupRequest::default() }
}

/// A fleet of a root and so many members, which the coordinator controls.
pub async fn registered(
    network: Network,
    members: u32,
) -> Result<Setup, Box<dyn std::error::Error>> {
    let setup = Setup::builder(network).members(members).with_root().executed().build();
    let registration = fleet::registration(FLEET, &setup.registry);
    setup.as_administrator().register_fleet(&registration).await?;
    Ok(setup)
}

/// Leaves the coordinator to itself until it has done its part, or that takes too long.
pub async fn finish(
    setup: &Setup,
    run_id: &RunId,
) -> Result<(ExecutionStatus, ResumeSummary), Box<dyn std::error::Error>> {
    let client = setup.as_auditor();
    for _ in 0..1_000 {
        setup.network.lock().run();
        let status = client.execution_status(run_id).await?;
        if status.phase == ExecutionPhase::Over {
            return Ok((status, client.resume_summary(run_id).await?));
        }
        setup.network.advance(Duration::from_secs(5));
    }
    Err(format!("it is not over: {:?}", client.execution_status(run_id).await?).into())
}

async fn one_call_backs_a_fleet_up(network: Network) -> Outcome {
    let setup = registered(network, 6).await?;
    let started = setup.as_operator().start_backup(&FLEET.into(), &skipping()).await?;
    assert_eq!(started.phase, ExecutionPhase::Preflight);

    let (status, summary) = finish(&setup, &started.run_id).await?;
    assert_eq!(status.problem, None);
    assert_eq!((summary.state, summary.starts_owed), (RunState::Completed, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    assert_eq!((summary.total_targets, summary.targets_with_snapshot), (7, 7));
    for member in setup.members.iter().chain(&setup.root) {
        let managed = setup.network.manage(callers::operator(), *member);
        assert_eq!(managed.status()?, CanisterStatusType::Running);
        assert_eq!(managed.snapshots()?.len(), 1, "{member}");
    }
    let operations = setup.as_auditor().all_operations(&started.run_id).await?;
    assert!(operations.iter().all(|operation| operation.state != OperationState::Pending));
    Records::of(&setup).await?.check();
    Ok(())
}

async fn what_is_against_a_backup_is_told_before_anything_is_stopped(network: Network) -> Outcome {
    let setup = registered(network, 2).await?;
    // The coordinator is no controller of it any more.
    let lost = setup.network.manage(callers::operator(), setup.members[1]);
    lost.set_controllers(vec![callers::controller(), callers::operator()])?;
    let started = setup.as_operator().start_backup(&FLEET.into(), &skipping()).await?;

    let (status, summary) = finish(&setup, &started.run_id).await?;
    assert_eq!(summary.state, RunState::Aborted);
    assert_eq!(summary.outcome, Some(RunOutcome::Nothing));
    let problem = status.problem.ok_or("the problem is told")?;
    assert!(problem.contains(&setup.members[1].to_text()), "{problem}");
    assert_eq!(status.deadline.and_then(|deadline| deadline.at), None, "nothing was stopped");
    Records::of(&setup).await?.check();
    Ok(())
}

async fn one_run_of_a_fleet_at_a_time(network: Network) -> Outcome {
    let setup = registered(network, 2).await?;
    let operator = setup.as_operator();
    let planned = BackupRequest { start_later: Some(true), ..skipping() };
    let first = operator.start_backup(&FLEET.into(), &planned).await?;
    assert_eq!(first.phase, ExecutionPhase::Planned);
    assert_refused!(
        operator.start_backup(&FLEET.into(), &skipping()).await,
        Error::Execution(ExecutionError::FleetBusy { run_id, .. }) if run_id == first.run_id
    );
    operator.start_execution(&first.run_id).await?;
    assert_refused!(
        operator.start_execution(&first.run_id).await,
        Error::Execution(ExecutionError::AlreadyStarted { .. })
    );
    finish(&setup, &first.run_id).await?;
    setup.network.advance(Duration::from_secs(2));
    operator.start_backup(&FLEET.into(), &skipping()).await?;
    Ok(())
}

async fn a_paused_execution_begins_nothing(network: Network) -> Outcome {
    let setup = registered(network, 2).await?;
    let operator = setup.as_operator();
    let planned = BackupRequest { start_later: Some(true), ..skipping() };
    let run_id = operator.start_backup(&FLEET.into(), &planned).await?.run_id;
    operator.start_execution(&run_id).await?;
    operator.pause_execution(&run_id, "there is traffic").await?;
    for _ in 0..5 {
        setup.network.lock().run();
        setup.network.advance(Duration::from_secs(40));
    }
    let status = operator.execution_status(&run_id).await?;
    assert!(status.pause.is_some() && status.under_way.is_empty(), "{status:?}");
    assert_eq!(operator.resume_summary(&run_id).await?.state, RunState::AwaitingPreflight);
    operator.resume_execution(&run_id).await?;
    let (_, summary) = finish(&setup, &run_id).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    Ok(())
}

async fn an_upgrade_in_the_midst_loses_nothing(network: Network) -> Outcome {
    let setup = registered(network, 6).await?;
    let run_id = setup.as_operator().start_backup(&FLEET.into(), &skipping()).await?.run_id;
    // The coordinator waits for its calls before it is stopped.
    let coordinator = setup.network.manage(callers::controller(), setup.coordinator);
    for _ in 0..6 {
        coordinator.stop()?;
        setup.upgrade(None)?;
        coordinator.start()?;
    }
    let (_, summary) = finish(&setup, &run_id).await?;
    assert_eq!((summary.state, summary.starts_owed), (RunState::Completed, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    all_run(&setup)?;
    Records::of(&setup).await?.check();
    Ok(())
}

async fn an_aborted_backup_starts_what_it_has_stopped(network: Network) -> Outcome {
    let setup = registered(network, 6).await?;
    let operator = setup.as_operator();
    let run_id = operator.start_backup(&FLEET.into(), &skipping()).await?.run_id;
    step_until(&setup, &run_id, |summary| summary.starts_owed > 0).await?;
    let aborted = operator.abort_run(&run_id, "not tonight").await?;
    assert_eq!(aborted.state, RunState::Aborting);
    let (_, summary) = finish(&setup, &run_id).await?;
    assert_eq!((summary.state, summary.starts_owed), (RunState::Aborted, 0));
    all_run(&setup)?;
    Records::of(&setup).await?.check();
    Ok(())
}

async fn the_deadline_starts_what_a_driver_has_left_stopped(network: Network) -> Outcome {
    let setup = registered(network, 2).await?;
    let driver = setup.driver("by-hand");
    driver.begin().await?;
    let deadline = Duration::from_mins(5);
    assert_eq!(driver.client.restart_deadline(&driver.run_id).await?, None);
    driver.client.set_restart_deadline(&driver.run_id, deadline.as_secs()).await?;
    let set = driver.client.restart_deadline(&driver.run_id).await?.ok_or("it is set")?;
    assert_eq!((set.seconds, set.at), (deadline.as_secs(), None));
    // It stops a member, reports it, claims the next stop, and dies.
    let claimed = driver.claim().await?;
    let target = claimed.target_canister_id.ok_or("it stops a canister")?;
    let stopped = setup.network.manage(callers::operator(), target);
    stopped.stop()?;
    driver.report(&driver.completed(&claimed)).await?;
    driver.claim().await?;
    let owed = driver.client.list_starts_owed(&driver.run_id, None, 1).await?;
    let at = driver.client.restart_deadline(&driver.run_id).await?.and_then(|deadline| deadline.at);
    assert!(at.is_some_and(|at| at > owed[0].owed.since), "{at:?}");

    let step = Duration::from_secs(10);
    let mut waited = Duration::ZERO;
    while stopped.status()? != CanisterStatusType::Running {
        setup.network.advance(step);
        setup.network.lock().run();
        waited += step;
        assert!(waited <= deadline + Duration::from_mins(1), "it is still stopped");
    }
    assert!(waited >= deadline, "it was started after {waited:?}");
    assert_refused!(
        driver.client.claim_operations(&driver.run_id, 10).await,
        Error::Journal(Journal::RunAborted { .. })
    );
    // The outcome of the second stop is not known, so its target is looked at again.
    let (status, summary) = finish(&setup, &driver.run_id).await?;
    assert!(status.starts_only);
    assert_eq!((summary.state, summary.starts_owed), (RunState::Aborted, 0));
    all_run(&setup)?;
    Ok(())
}

async fn a_member_that_did_not_run_is_left_as_it_is(network: Network) -> Outcome {
    let setup = registered(network, 3).await?;
    let asleep = setup.network.manage(callers::operator(), setup.members[2]);
    asleep.stop()?;
    let run_id = setup.as_operator().start_backup(&FLEET.into(), &skipping()).await?.run_id;
    let (_, summary) = finish(&setup, &run_id).await?;
    assert_eq!((summary.state, summary.starts_owed), (RunState::Completed, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    assert_eq!(asleep.status()?, CanisterStatusType::Stopped);
    assert_eq!(asleep.snapshots()?.len(), 1);
    let operations = setup.as_auditor().all_operations(&run_id).await?;
    let skipped = operations.iter().filter(|operation| {
        operation.target_canister_id == Some(setup.members[2])
            && [Kind::Stop, Kind::Start].contains(&operation.kind)
    });
    let states: Vec<OperationState> = skipped.map(|operation| operation.state).collect();
    assert_eq!(states, [OperationState::Skipped; 2]);
    Records::of(&setup).await?.check();
    Ok(())
}

/// Lets the coordinator go on, a message or a round at a time, until its run has come so far.
pub async fn step_until(
    setup: &Setup,
    run_id: &RunId,
    reached: impl Fn(&ResumeSummary) -> bool,
) -> Outcome {
    for _ in 0..400 {
        if reached(&setup.as_auditor().resume_summary(run_id).await?) {
            return Ok(());
        }
        setup.network.lock().step();
    }
    Err("the run does not come so far".into())
}

/// Every member and the root run.
pub fn all_run(setup: &Setup) -> Outcome {
    for member in setup.members.iter().chain(&setup.root) {
        let managed = setup.network.manage(callers::operator(), *member);
        assert_eq!(managed.status()?, CanisterStatusType::Running, "{member}");
    }
    Ok(())
}

async fn a_member_that_cannot_be_started_holds_up_no_other(network: Network) -> Outcome {
    let setup = registered(network, 6).await?;
    let operator = setup.as_operator();
    let run_id = operator.start_backup(&FLEET.into(), &skipping()).await?.run_id;
    step_until(&setup, &run_id, |summary| summary.starts_owed == 7).await?;
    // A member of the lowest level, which is started first, is taken away from the coordinator.
    let lost = setup.network.manage(callers::operator(), setup.members[5]);
    lost.set_controllers(vec![callers::controller(), callers::operator()])?;
    for _ in 0..20 {
        setup.network.advance(Duration::from_secs(10));
        setup.network.lock().run();
    }
    for member in setup.members[..5].iter().chain(&setup.root) {
        let managed = setup.network.manage(callers::operator(), *member);
        assert_eq!(managed.status()?, CanisterStatusType::Running, "{member}");
    }
    let status = operator.execution_status(&run_id).await?;
    assert_eq!(status.state, RunState::Aborting);
    let waiting = status.waiting.iter().find(|it| it.canister_id == setup.members[5]);
    assert!(waiting.is_some_and(|it| it.reason.contains("start_canister")), "{status:?}");

    // Somebody gives it back.
    let coordinator = setup.coordinator;
    lost.set_controllers(vec![callers::controller(), callers::operator(), coordinator])?;
    let (_, summary) = finish(&setup, &run_id).await?;
    assert_eq!((summary.state, summary.starts_owed), (RunState::Aborted, 0));
    all_run(&setup)
}

async fn a_preview_says_what_would_stop_a_backup(network: Network) -> Outcome {
    let setup = registered(network, 3).await?;
    let operator = setup.as_operator();
    let before = Records::of(&setup).await?;
    let preview = operator.preview_backup(&FLEET.into(), &BackupRequest::default()).await?;
    assert_eq!((preview.targets, preview.problems.len(), preview.free_snapshots), (4, 0, 10));
    assert!(preview.snapshot_bytes > 100_000 && preview.expected_downtime_seconds > 0);

    let asleep = setup.network.manage(callers::operator(), setup.members[0]);
    asleep.stop()?;
    let lost = setup.network.manage(callers::operator(), setup.members[2]);
    lost.set_controllers(vec![callers::controller(), callers::operator()])?;
    let preview = operator.preview_backup(&FLEET.into(), &BackupRequest::default()).await?;
    assert_eq!(preview.not_running, [setup.members[0]]);
    let problems: Vec<_> = preview.problems.iter().map(|problem| problem.canister_id).collect();
    assert_eq!(problems, [setup.members[2]]);
    assert_eq!(Records::of(&setup).await?, before, "a preview changes nothing");
    Ok(())
}

/// What a backup costs, by the cycles that the network charges.
#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn what_a_backup_costs_on_pocket_ic() {
    integration_tests::on_pocket_ic(|network| async move {
        let setup = registered(network, 9).await?;
        let fleet: Vec<_> = setup.members.iter().chain(&setup.root).copied().collect();
        let balance = |canister| setup.network.lock().cycles(canister);
        let balances = || fleet.iter().map(|canister| balance(*canister)).sum::<u128>();
        let (coordinator, members) = (balance(setup.coordinator), balances());
        let run_id = setup.as_operator().start_backup(&FLEET.into(), &skipping()).await?.run_id;
        let (_, summary) = finish(&setup, &run_id).await?;
        assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
        let coordinator = (coordinator - balance(setup.coordinator)) / fleet.len() as u128;
        let member = (members - balances()) / fleet.len() as u128;
        println!("cycles of the coordinator for a member: {coordinator}");
        println!("cycles of a member: {member}");
        assert!(coordinator < member, "the coordinator pays more than the member");
        Ok(())
    });
}
