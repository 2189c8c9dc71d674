//! The status of fleets: what the coordinator says of each, registered or not.

use crate::schedules::{every, name, pass, registered, seconds_until};
use backup_coordinator_client::journal::{
    Timestamp,
    api::CoordinatorError as Error,
    execution::BackupRequest,
    fleet_status::{FleetCondition, FleetProblem, FleetStatus},
    journal::{RunOutcome, RunState},
};
use integration_tests::{Network, Outcome, Setup, assert_refused, fleet, scenarios};
use std::{error::Error as StdError, time::Duration};

scenarios![
    the_status_of_a_fleet_follows_its_runs_and_its_schedule,
    canisters_that_are_down_are_told_first,
    every_fleet_has_a_status,
];

const HOUR: u64 = 3_600;

async fn status(setup: &Setup) -> Result<FleetStatus, Box<dyn StdError>> {
    Ok(setup.as_auditor().fleet_status(&name()).await?)
}

async fn the_status_of_a_fleet_follows_its_runs_and_its_schedule(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let new = status(&setup).await?;
    assert_eq!((new.members, new.condition), (Some(2), FleetCondition::Warning));
    assert_eq!(new.problems, [FleetProblem::NeverBackedUp]);
    assert_eq!((&new.last_run, &new.on_network, &new.schedule), (&None, &None, &None));

    let administrator = setup.as_administrator();
    let next_at = administrator.set_schedule(&name(), &every(24)).await?.next_at;
    let next_at = next_at.ok_or("it has a time")?;
    pass(&setup, seconds_until(&setup, next_at));
    setup.network.advance(Duration::from_secs(HOUR));
    let backed_up = status(&setup).await?;
    assert_eq!(backed_up.problems, []);
    assert_eq!((backed_up.condition, backed_up.executing), (FleetCondition::Well, None));
    let run = backed_up.last_run.ok_or("it has a run")?;
    assert_eq!((run.state, run.outcome), (RunState::Completed, Some(RunOutcome::OnNetwork)));
    let backup = backed_up.on_network.ok_or("it is a backup")?;
    assert_eq!(backup.run_id, run.run_id);
    let age = Timestamp(setup.network.now()).nanos_since(backup.completed_at) / 1_000_000_000;
    assert_eq!(backup.age_seconds, age);
    assert!((HOUR / 2..2 * HOUR).contains(&age), "{age}");
    assert_eq!((backed_up.complete, backed_up.proven), (None, None));

    // A run that is planned holds up the next two nights.
    let request = BackupRequest { start_later: Some(true), ..BackupRequest::default() };
    let planned = setup.as_operator().start_backup(&name(), &request).await?.run_id;
    assert_eq!(status(&setup).await?.executing, Some(planned.clone()));
    pass(&setup, 48 * HOUR);
    let skipped = status(&setup).await?;
    let kinds: Vec<&str> =
        skipped.problems.iter().map(|problem| FleetProblem::KINDS[problem.kind()]).collect();
    assert_eq!(kinds, ["turn_skipped", "backup_too_old"]);
    assert_eq!(skipped.condition, FleetCondition::Failing);
    setup.as_operator().abort_run(&planned, "not needed").await?;
    let aborted = status(&setup).await?.problems;
    let nothing = FleetProblem::LastRunIncomplete { run_id: planned, outcome: RunOutcome::Nothing };
    assert_eq!(aborted.first(), Some(&nothing));
    setup.as_operator().pause_schedule(&name(), true).await?;
    assert_eq!(status(&setup).await?.problems, [nothing, FleetProblem::SchedulePaused]);
    Ok(())
}

async fn canisters_that_are_down_are_told_first(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(2)));
    run.begin().await?;
    run.pretend().await?;
    assert_eq!(status(&setup).await?.problems, [FleetProblem::NeverBackedUp], "it is in time");
    setup.network.advance(Duration::from_secs(2 * HOUR));
    let down = status(&setup).await?;
    assert_eq!((down.condition, down.members), (FleetCondition::Urgent, None));
    let Some(FleetProblem::RestartOverdue { run_id, starts_owed: 1, waiting_seconds }) =
        down.problems.first()
    else {
        panic!("{:?}", down.problems);
    };
    assert_eq!(*run_id, run.run_id);
    assert!((2 * HOUR..3 * HOUR).contains(waiting_seconds), "{waiting_seconds}");
    while run.client.next_ready_operation(&run.run_id).await?.is_some() {
        run.pretend().await?;
    }
    let over = status(&setup).await?;
    assert_eq!((over.problems, over.condition), (vec![], FleetCondition::Well));
    let backups = [over.on_network, over.complete].map(|it| it.map(|backup| backup.run_id));
    assert_eq!(backups, [Some(run.run_id.clone()), Some(run.run_id.clone())]);
    Ok(())
}

async fn every_fleet_has_a_status(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let administrator = setup.as_administrator();
    let paper = fleet::paper_fleet(3);
    for name in ["b", "d"] {
        administrator.register_fleet(&fleet::registration(name, &paper)).await?;
    }
    let mut plan = fleet::plan("nightly", &fleet::paper_fleet_of("c", 1));
    plan.header.fleet = "c".to_string();
    let run = setup.driver_of(plan);
    run.begin().await?;
    let names = async || -> Result<Vec<String>, Box<dyn StdError>> {
        let statuses = setup.as_auditor().all_fleet_statuses().await?;
        Ok(statuses.into_iter().map(|status| status.fleet.to_string()).collect())
    };
    assert_eq!(names().await?, ["b", "c", "d"]);
    let page = setup.as_auditor().list_fleet_statuses(1, 1).await?;
    assert_eq!((page.items.len(), page.next, page.total), (1, Some(2), 3));
    assert_eq!(page.items[0].last_run.as_ref().map(|run| &run.run_id), Some(&run.run_id));
    assert_eq!(page.items[0], setup.as_auditor().fleet_status(&"c".into()).await?);
    // A fleet that was removed stays known for its runs; without runs it is gone.
    administrator.remove_whole_fleet(&"b".into()).await?;
    administrator.register_fleet(&fleet::registration("c", &paper)).await?;
    run.client.abort_run(&run.run_id, "enough").await?;
    administrator.remove_whole_fleet(&"c".into()).await?;
    assert_eq!(names().await?, ["c", "d"]);
    assert_refused!(
        setup.as_auditor().fleet_status(&"b".into()).await,
        Error::FleetNotFound { fleet } if fleet.as_str() == "b"
    );
    Ok(())
}
