//! Who must be started, whatever was reported about the stops; and one run at a time for a canister.

use backup_coordinator_client::journal::{
    Timestamp,
    api::{CoordinatorError, Visibility},
    journal::{JournalError, OwedStart, ReceiptOutcome, RunOutcome, RunState, StopOutcome},
};
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, fleet, scenarios, web::http_get,
};
use std::time::Duration;

scenarios![
    a_driver_that_dies_over_a_stop_leaves_a_start_that_is_owed,
    a_stop_that_was_reported_as_failed_or_skipped_may_have_happened,
    a_run_that_skips_everything_is_no_backup_and_owes_its_starts,
    an_administrator_settles_a_start,
    two_runs_cannot_stop_one_canister,
    a_stop_counts_from_the_time_at_which_it_was_done,
];

const TWO_DAYS: Duration = Duration::from_hours(48);

/// A run of one target whose preflight is accepted, on a coordinator that everybody may read.
async fn begun(network: Network) -> Result<(Setup, Driver), Box<dyn std::error::Error>> {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(1)));
    run.begin().await?;
    Ok((setup, run))
}

async fn owed(run: &Driver) -> Result<Vec<OwedStart>, Box<dyn std::error::Error>> {
    let page = run.client.list_starts_owed(&run.run_id, None, 10).await?;
    Ok(page.into_iter().map(|start| start.owed).collect())
}

fn unknown_since(since: Timestamp) -> OwedStart {
    OwedStart { since, stop: StopOutcome::Unknown, start_skipped: false }
}

async fn a_driver_that_dies_over_a_stop_leaves_a_start_that_is_owed(network: Network) -> Outcome {
    let (setup, run) = begun(network).await?;
    let claimed = run.claim().await?;
    setup.network.advance(TWO_DAYS);
    let since = claimed.state_updated_at.ok_or("it was claimed")?;
    assert_eq!(owed(&run).await?, [unknown_since(since)]);
    let health = http_get(&setup, "/health");
    assert_eq!(health.status, 503, "{}", health.body);
    assert!(health.body.contains("stop claimed, outcome unknown"), "{}", health.body);
    let page = http_get(&setup, "/dashboard/run/nightly").body;
    assert!(page.contains("stop claimed, outcome unknown"), "{page}");
    Ok(())
}

async fn a_stop_that_was_reported_as_failed_or_skipped_may_have_happened(
    network: Network,
) -> Outcome {
    let (setup, run) = begun(network).await?;
    let claimed = run.claim().await?;
    let since = claimed.state_updated_at.ok_or("it was claimed")?;
    run.report(&run.failed(&claimed, "timed out")).await?;
    assert_eq!(owed(&run).await?, [unknown_since(since)]);
    let again = run.claim().await?;
    run.report(&run.receipt(&again, ReceiptOutcome::Skipped)).await?;
    assert_eq!(owed(&run).await?, [unknown_since(since)]);
    setup.upgrade(None)?;
    assert_eq!(owed(&run).await?, [unknown_since(since)]);
    setup.network.advance(TWO_DAYS);
    assert_eq!(http_get(&setup, "/health").status, 503);
    Ok(())
}

async fn a_run_that_skips_everything_is_no_backup_and_owes_its_starts(network: Network) -> Outcome {
    let (setup, run) = begun(network).await?;
    while run.client.next_ready_operation(&run.run_id).await?.is_some() {
        let claimed = run.claim().await?;
        run.report(&run.receipt(&claimed, ReceiptOutcome::Skipped)).await?;
    }
    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!((summary.state, summary.outcome), (RunState::Completed, Some(RunOutcome::Nothing)));
    assert_eq!(summary.starts_owed, 1);
    assert!(owed(&run).await?.iter().all(|owed| owed.start_skipped));
    let metrics = http_get(&setup, "/metrics").body;
    assert!(!metrics.contains("backup_last_on_network_age_seconds{"), "{metrics}");
    assert!(!metrics.contains("backup_last_complete_age_seconds{"), "{metrics}");
    Ok(())
}

async fn an_administrator_settles_a_start(network: Network) -> Outcome {
    let (setup, run) = begun(network).await?;
    let claimed = run.claim().await?;
    let target = claimed.target_canister_id.ok_or("a stop has a target")?;
    let administrator = setup.as_administrator();
    assert_refused!(
        administrator.settle_start(&run.run_id, target, &"x".repeat(2_049)).await,
        CoordinatorError::LimitExceeded(_)
    );
    let summary = administrator.settle_start(&run.run_id, target, "it runs").await?;
    assert_eq!(summary.starts_owed, 0);
    assert_eq!(owed(&run).await?, []);
    assert_refused!(
        administrator.settle_start(&run.run_id, target, "it runs").await,
        CoordinatorError::Journal(JournalError::StartNotOwed { canister_id })
            if canister_id == target
    );
    setup.network.advance(TWO_DAYS);
    assert_eq!(http_get(&setup, "/health").status, 200);
    let trail = http_get(&setup, "/dashboard/audit").body;
    assert!(
        trail.contains("an administrator removed a canister from the starts that the run owes"),
        "{trail}"
    );
    Ok(())
}

async fn two_runs_cannot_stop_one_canister(network: Network) -> Outcome {
    let (setup, first) = begun(network).await?;
    let second = setup.driver_of(fleet::plan("second", &fleet::paper_fleet(1)));
    second.begin().await?;
    let claimed = first.claim().await?;
    let target = claimed.target_canister_id.ok_or("a stop has a target")?;
    let held = |answer| {
        assert_refused!(
            answer,
            CoordinatorError::Journal(JournalError::TargetHeld { canister_id, run_id, .. })
                if canister_id == target && run_id == fleet::run("nightly")
        );
    };
    held(second.claim().await);
    first.report(&first.completed(&claimed)).await?;
    first.pretend().await?;
    setup.upgrade(None)?;
    held(second.claim().await);
    // The first run starts the canister; what it downloads may overlap with the stops of the second.
    first.pretend().await?;
    let claimed = second.claim().await?;
    assert_eq!(claimed.target_canister_id, Some(target));
    first.pretend().await?;
    Ok(())
}

async fn a_stop_counts_from_the_time_at_which_it_was_done(network: Network) -> Outcome {
    let (setup, run) = begun(network).await?;
    let claimed = run.claim().await?;
    setup.network.advance(Duration::from_secs(5));
    let done_at = Timestamp(setup.network.now());
    // The driver dies before it reports; another one does, hours later.
    setup.network.advance(Duration::from_hours(3));
    let mut receipt = run.completed(&claimed);
    receipt.performed_at = Some(Timestamp(claimed.state_updated_at.ok_or("claimed")?.0 - 1));
    assert_refused!(
        run.report(&receipt).await,
        CoordinatorError::Journal(JournalError::PerformedAtOutOfRange { .. })
    );
    receipt.performed_at = Some(done_at);
    let record = run.report(&receipt).await?;
    assert_eq!(record.receipt.performed_at, Some(done_at));
    let stopped = OwedStart { stop: StopOutcome::Stopped, ..unknown_since(done_at) };
    assert_eq!(owed(&run).await?, [stopped]);
    Ok(())
}
