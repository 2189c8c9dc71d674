//! What is looked at before a run that the coordinator makes by itself.

use super::executions::{FLEET, finish, registered, skipping};
use backup_coordinator_client::journal::{
    FleetName,
    api::CoordinatorError as Error,
    execution::{BackupRequest, ExecutionError, ExecutionPhase, OwnCycles, RestoreRequest},
    fleet::FleetUpdate,
    journal::{ResumeSummary, RunOutcome, RunState},
    schedule::{Schedule, Timing, TurnOutcome},
};
use integration_tests::{
    Network, Outcome, Setup, assert_refused, callers, on_sandbox, records::Records, scenarios,
};
use std::time::Duration;

scenarios![another_module_than_registered_is_told];

fn name() -> FleetName {
    FLEET.into()
}

/// More than the sandbox wants to be there for a call; a timer is one, too.
const A_CALL: u64 = 41_000_000_000;

/// Gives the coordinator so many cycles.
fn have(setup: &Setup, cycles: u64) {
    let mut network = setup.network.lock();
    network.as_sandbox().expect("a sandbox").set_cycles(setup.coordinator, cycles.into());
}

/// What a backup of the fleet needs of the coordinator's cycles, by its preview.
async fn own_cycles(setup: &Setup) -> Result<OwnCycles, Box<dyn std::error::Error>> {
    Ok(setup.as_operator().preview_backup(&name(), &skipping()).await?.coordinator_cycles)
}

#[test]
fn a_run_is_refused_when_the_coordinator_has_too_few_cycles() {
    on_sandbox(|network| async move {
        let setup = registered(network, 2).await?;
        let operator = setup.as_operator();
        let backup = operator.start_backup(&name(), &skipping()).await?.run_id;
        finish(&setup, &backup).await?;
        let planned =
            BackupRequest { start_later: Some(true), run_id: Some("later".into()), ..skipping() };
        let planned = operator.start_backup(&name(), &planned).await?.run_id;
        let OwnCycles { needed, .. } = own_cycles(&setup).await?;
        have(&setup, needed - 1);
        assert_eq!(own_cycles(&setup).await?, OwnCycles { available: needed - 1, needed });
        let refusal =
            || Error::Execution(ExecutionError::TooFewCycles { available: needed - 1, needed });
        let before = Records::of(&setup).await?;
        let refused = operator.start_execution(&planned).await;
        assert_refused!(refused, error if error == refusal());
        assert_eq!(Records::of(&setup).await?, before);
        operator.abort_run(&planned, "not needed").await?;
        finish(&setup, &planned).await?;

        let before = Records::of(&setup).await?;
        let refused = operator.start_backup(&name(), &skipping()).await;
        assert_refused!(refused, error if error == refusal());
        let refused = operator.start_restore(&backup, &RestoreRequest::default()).await;
        assert_refused!(refused, Error::Execution(ExecutionError::TooFewCycles { .. }));
        let restore = operator.preview_restore(&backup, &RestoreRequest::default()).await?;
        assert!(restore.coordinator_cycles.needed > needed, "a restore makes more calls");
        assert_eq!(Records::of(&setup).await?, before, "a refused call changes nothing");

        have(&setup, needed);
        setup.network.advance(Duration::from_secs(2));
        let run_id = operator.start_backup(&name(), &skipping()).await?.run_id;
        let (_, summary) = finish(&setup, &run_id).await?;
        assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
        Outcome::Ok(())
    });
}

#[test]
fn a_run_that_was_begun_goes_on_and_is_given_up_with_few_cycles() {
    on_sandbox(|network| async move {
        let setup = registered(network, 2).await?;
        let operator = setup.as_operator();
        let run_id = operator.start_backup(&name(), &skipping()).await?.run_id;
        // Enough for one call after the other.
        have(&setup, A_CALL);
        operator.pause_execution(&run_id, "there is traffic").await?;
        operator.resume_execution(&run_id).await?;
        let stopped = |summary: &ResumeSummary| summary.starts_owed > 0;
        super::executions::step_until(&setup, &run_id, stopped).await?;
        operator.abort_run(&run_id, "not tonight").await?;
        let (_, summary) = finish(&setup, &run_id).await?;
        assert_eq!((summary.state, summary.starts_owed), (RunState::Aborted, 0));
        super::executions::all_run(&setup)
    });
}

#[test]
fn a_scheduled_backup_is_skipped_when_the_coordinator_has_too_few_cycles() {
    on_sandbox(|network| async move {
        let setup = registered(network, 1).await?;
        let timing = Timing::EverySeconds(3_600);
        let hourly =
            Schedule { timing, window_seconds: None, paused: false, keep_on_network: None };
        setup.as_administrator().set_schedule(&name(), &hourly).await?;
        have(&setup, A_CALL);
        let last = async || {
            for _ in 0..61 {
                setup.network.advance(Duration::from_mins(1));
                setup.network.lock().run();
            }
            let page = setup.as_auditor().list_schedules(0, 1).await?;
            let status = page.items.into_iter().next().ok_or("there is a schedule")?;
            let outcome = status.last.ok_or("it had a turn")?.outcome;
            Ok::<TurnOutcome, Box<dyn std::error::Error>>(outcome)
        };
        let TurnOutcome::Skipped { reason } = last().await? else { panic!("it was begun") };
        assert!(reason.contains(&format!("the coordinator has {A_CALL} cycles")), "{reason}");
        assert!(setup.as_auditor().all_journals().await?.is_empty());
        have(&setup, u64::MAX);
        assert!(matches!(last().await?, TurnOutcome::Started { .. }));
        Outcome::Ok(())
    });
}

#[test]
fn a_member_with_too_few_cycles_or_slots_is_told_before_anything_is_stopped() {
    on_sandbox(|network| async move {
        let setup = registered(network, 2).await?;
        let operator = setup.as_operator();
        let poor = setup.members[0];
        setup.network.lock().as_sandbox().expect("a sandbox").set_cycles(poor, 1_000);
        let full = setup.network.manage(callers::operator(), setup.members[1]);
        for _ in 0..10 {
            full.take_snapshot()?;
        }
        let preview = operator.preview_backup(&name(), &skipping()).await?;
        let mut problems: Vec<_> =
            preview.problems.iter().map(|it| (it.canister_id, it.problem.as_str())).collect();
        problems.sort_unstable();
        let told = |canister, text: &str| {
            problems.iter().any(|(it, problem)| *it == canister && problem.contains(text))
        };
        assert_eq!((problems.len(), preview.free_snapshots), (2, 0));
        assert!(told(poor, "1000 cycles") && told(setup.members[1], "10 snapshots"));

        let run_id = operator.start_backup(&name(), &skipping()).await?.run_id;
        let (status, summary) = finish(&setup, &run_id).await?;
        assert_eq!((status.phase, summary.state), (ExecutionPhase::Over, RunState::Aborted));
        assert_eq!(status.deadline.and_then(|deadline| deadline.at), None, "nothing was stopped");
        let problem = status.problem.ok_or("the problem is told")?;
        for (canister, told) in problems {
            assert!(problem.contains(&format!("{canister}: {told}")), "{problem}");
        }
        Outcome::Ok(())
    });
}

async fn another_module_than_registered_is_told(network: Network) -> Outcome {
    let setup = registered(network, 2).await?;
    let mut set = vec![setup.registry[1].clone()];
    set[0].module_hash = Some("0".repeat(64));
    let update = FleetUpdate { set, ..FleetUpdate::default() };
    setup.as_administrator().update_fleet(&name(), &update).await?;
    let preview = setup.as_operator().preview_backup(&name(), &skipping()).await?;
    assert_eq!((preview.drifted, preview.problems.len()), (vec![setup.members[0]], 0));
    let run_id = setup.as_operator().start_backup(&name(), &skipping()).await?.run_id;
    let (_, summary) = finish(&setup, &run_id).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    Ok(())
}
