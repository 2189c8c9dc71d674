//! Health turns with time, and back when the canister is started.

use backup_coordinator_client::journal::api::{CoordinatorArgs, Visibility};
use integration_tests::{Driver, Network, Outcome, Setup, fleet, scenarios, web::http_get};
use std::time::Duration;

scenarios![
    a_restart_that_is_overdue_is_named,
    members_get_the_number_alone,
    the_time_allowed_can_be_set,
];

const HOUR: Duration = Duration::from_hours(1);

async fn two_stopped(setup: &Setup) -> Result<Driver, Box<dyn std::error::Error>> {
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(2)));
    run.begin().await?;
    run.pretend().await?;
    run.pretend().await?;
    Ok(run)
}

async fn a_restart_that_is_overdue_is_named(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    assert_eq!(http_get(&setup, "/health").status, 200);
    let run = two_stopped(&setup).await?;
    let answer = http_get(&setup, "/health");
    assert_eq!((answer.status, answer.body.lines().count()), (200, 1), "{}", answer.body);

    setup.network.advance(HOUR + Duration::from_secs(1));
    let answer = http_get(&setup, "/health");
    let lines: Vec<&str> = answer.body.lines().collect();
    assert_eq!((answer.status, lines.len()), (503, 3), "{}", answer.body);
    assert!(lines[0].contains("2 canisters"), "{}", lines[0]);
    for target in &run.plan.targets {
        let named = format!("{} of run nightly", target.canister_id);
        assert!(lines.iter().any(|line| line.contains(&named)), "{named}: {}", answer.body);
    }
    while run.client.resume_summary(&run.run_id).await?.starts_owed > 0 {
        run.pretend().await?;
    }
    assert_eq!(http_get(&setup, "/health").status, 200);
    Ok(())
}

async fn members_get_the_number_alone(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    two_stopped(&setup).await?;
    setup.network.advance(HOUR * 2);
    let answer = http_get(&setup, "/health");
    assert_eq!((answer.status, answer.body.lines().count()), (503, 1), "{}", answer.body);
    assert!(answer.body.contains("2 canisters"), "{}", answer.body);
    Ok(())
}

async fn the_time_allowed_can_be_set(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = two_stopped(&setup).await?;
    setup.network.advance(HOUR * 2);
    let allow = |seconds| {
        let restart_overdue_after_seconds = Some(seconds);
        let args = CoordinatorArgs { restart_overdue_after_seconds, ..CoordinatorArgs::default() };
        setup.upgrade(Some(args))
    };
    allow(86_400)?;
    assert_eq!(http_get(&setup, "/health").status, 200);
    allow(10)?;
    assert_eq!(http_get(&setup, "/health").status, 503);
    allow(u64::MAX)?;
    assert_eq!(http_get(&setup, "/health").status, 200);
    drop(run);
    Ok(())
}
