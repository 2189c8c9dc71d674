//! Backups that the coordinator begins by itself, at the times of a schedule.

use backup_coordinator_client::journal::{
    FleetName, Timestamp,
    api::{AuditEventKind, CoordinatorError as Error},
    execution::{BackupRequest, ExecutionPhase},
    fleet::{FleetError, FleetPolicy, FleetUpdate, TransferPolicy},
    journal::RunOutcome,
    schedule::{LastTurn, Schedule, ScheduleError, ScheduleStatus, Timing, TurnOutcome},
};
use integration_tests::{
    Network, Outcome, Setup, assert_refused, callers, fleet, records::Records, scenarios,
};
use std::{error::Error as StdError, time::Duration};

scenarios![
    a_fleet_is_backed_up_at_each_time,
    a_time_is_skipped_while_a_run_of_the_fleet_is_executed,
    missed_times_are_made_up_for_once_or_not_at_all,
    a_schedule_can_be_paused_changed_and_removed,
];

const FLEET: &str = "shop";
const HOUR: u64 = 3_600;

pub fn name() -> FleetName {
    FLEET.into()
}

pub fn every(hours: u64) -> Schedule {
    let timing = Timing::EverySeconds(hours * HOUR);
    Schedule { timing, window_seconds: None, paused: false, keep_on_network: None }
}

/// A fleet of two members, whose snapshots stay on the network.
pub async fn registered(network: Network) -> Result<Setup, Box<dyn StdError>> {
    let setup = Setup::builder(network).members(1).with_root().executed().build();
    let mut registration = fleet::registration(FLEET, &setup.registry);
    let policy = FleetPolicy { transfer: TransferPolicy::Skip, ..FleetPolicy::default() };
    registration.policy = Some(policy);
    setup.as_administrator().register_fleet(&registration).await?;
    Ok(setup)
}

/// Lets so much time pass, with whatever the coordinator does then.
pub fn pass(setup: &Setup, seconds: u64) {
    setup.network.advance(Duration::from_secs(seconds));
    for _ in 0..40 {
        setup.network.lock().run();
        setup.network.advance(Duration::from_secs(5));
    }
    setup.network.lock().run();
}

pub fn seconds_until(setup: &Setup, at: Timestamp) -> u64 {
    at.nanos_since(Timestamp(setup.network.now())) / 1_000_000_000
}

pub async fn status(setup: &Setup) -> Result<ScheduleStatus, Box<dyn StdError>> {
    let page = setup.as_auditor().list_schedules(0, 10).await?;
    Ok(page.items.into_iter().next().ok_or("there is a schedule")?)
}

async fn last(setup: &Setup) -> Result<LastTurn, Box<dyn StdError>> {
    Ok(status(setup).await?.last.ok_or("it had a turn")?)
}

async fn runs(setup: &Setup) -> Result<usize, Box<dyn StdError>> {
    Ok(setup.as_auditor().all_journals().await?.len())
}

async fn a_fleet_is_backed_up_at_each_time(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let set = setup.as_administrator().set_schedule(&name(), &every(24)).await?;
    let mut next_at = set.next_at.ok_or("it has a time")?;
    assert_eq!(set.last, None);
    assert_eq!(setup.as_auditor().next_runs(&name(), 1).await?, [next_at]);
    for night in 1..=3 {
        pass(&setup, seconds_until(&setup, next_at) - 60 * 5);
        assert_eq!(runs(&setup).await?, night - 1, "before its time");
        setup.upgrade(None)?;
        pass(&setup, 60 * 5);
        assert_eq!(runs(&setup).await?, night);
        let LastTurn { planned_at, outcome, .. } = last(&setup).await?;
        assert_eq!(planned_at, next_at);
        let TurnOutcome::Started { run_id } = outcome else { panic!("{outcome:?}") };
        let summary = setup.as_auditor().resume_summary(&run_id).await?;
        assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork), "{summary:?}");
        let after = status(&setup).await?.next_at.ok_or("it goes on")?;
        assert_eq!(after.nanos_since(next_at), 24 * HOUR * 1_000_000_000);
        next_at = after;
    }
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_time_is_skipped_while_a_run_of_the_fleet_is_executed(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let request = BackupRequest { start_later: Some(true), ..BackupRequest::default() };
    let planned = setup.as_operator().start_backup(&name(), &request).await?;
    assert_eq!(planned.phase, ExecutionPhase::Planned);
    setup.as_administrator().set_schedule(&name(), &every(6)).await?;
    pass(&setup, 6 * HOUR);
    let LastTurn { planned_at, outcome, .. } = last(&setup).await?;
    let TurnOutcome::Skipped { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains(planned.run_id.as_str()), "{reason}");
    let events = setup.as_auditor().all_audit_events().await?;
    let skipped = AuditEventKind::ScheduledBackupSkipped { fleet: name(), planned_at, reason };
    assert_eq!(events.last().map(|event| &event.kind), Some(&skipped));
    // The next time comes when that run is over.
    setup.as_operator().abort_run(&planned.run_id, "not needed").await?;
    pass(&setup, 6 * HOUR);
    let outcome = last(&setup).await?.outcome;
    assert!(matches!(outcome, TurnOutcome::Started { .. }), "{outcome:?}");
    Records::of(&setup).await?.check();
    Ok(())
}

async fn missed_times_are_made_up_for_once_or_not_at_all(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let administrator = setup.as_administrator();
    administrator.set_schedule(&name(), &every(24)).await?;
    let coordinator = || setup.network.manage(callers::controller(), setup.coordinator);
    coordinator().stop()?;
    pass(&setup, 5 * 24 * HOUR);
    coordinator().start()?;
    pass(&setup, HOUR);
    assert_eq!(runs(&setup).await?, 1, "one for all five nights");

    let window = Schedule { window_seconds: Some(600), ..every(24) };
    administrator.set_schedule(&name(), &window).await?;
    let next_at = status(&setup).await?.next_at.ok_or("it has a time")?;
    coordinator().stop()?;
    pass(&setup, seconds_until(&setup, next_at) + 3 * HOUR);
    coordinator().start()?;
    pass(&setup, HOUR);
    assert_eq!(runs(&setup).await?, 1, "its window is over");
    let outcome = last(&setup).await?.outcome;
    assert!(matches!(outcome, TurnOutcome::Skipped { .. }), "{outcome:?}");
    let next_at = status(&setup).await?.next_at.ok_or("it has a time")?;
    pass(&setup, seconds_until(&setup, next_at));
    assert_eq!(runs(&setup).await?, 2, "the next night is as ever");
    Ok(())
}

async fn a_schedule_can_be_paused_changed_and_removed(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let (administrator, operator) = (setup.as_administrator(), setup.as_operator());
    let not_scheduled = || Error::Fleet(FleetError::Schedule(ScheduleError::NotScheduled));
    assert_refused!(operator.pause_schedule(&name(), true).await, error if error == not_scheduled());
    assert_refused!(administrator.remove_schedule(&name()).await, error if error == not_scheduled());
    let never = Schedule { timing: Timing::Cron("0 0 30 2 *".to_string()), ..every(1) };
    assert_refused!(
        administrator.set_schedule(&name(), &never).await,
        Error::Fleet(FleetError::Schedule(ScheduleError::Never))
    );
    assert_refused!(
        administrator.set_schedule(&"another".into(), &every(1)).await,
        Error::FleetNotFound { .. }
    );

    administrator.set_schedule(&name(), &every(24)).await?;
    let paused = operator.pause_schedule(&name(), true).await?;
    assert_eq!(paused.next_at, None);
    pass(&setup, 3 * 24 * HOUR);
    assert_eq!(runs(&setup).await?, 0);
    let continued = operator.pause_schedule(&name(), false).await?;
    assert!(continued.next_at > Some(Timestamp(setup.network.now())), "nothing is made up for");
    // What changes the fleet does not change its schedule.
    let update = FleetUpdate { policy: Some(FleetPolicy::default()), ..FleetUpdate::default() };
    administrator.update_fleet(&name(), &update).await?;
    assert_eq!(status(&setup).await?, continued);
    administrator.remove_schedule(&name()).await?;
    assert_eq!(setup.as_auditor().list_schedules(0, 10).await?.items, []);
    pass(&setup, 3 * 24 * HOUR);
    assert_eq!(runs(&setup).await?, 0);
    Records::of(&setup).await?.check();
    Ok(())
}
