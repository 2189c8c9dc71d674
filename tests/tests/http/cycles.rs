//! The coordinator says in time that its cycles run out, and tells only members how many there are.

use backup_coordinator_client::{
    ClientError,
    journal::api::{CoordinatorError, Resources, Role, Visibility},
};
use integration_tests::{
    Network, Outcome, Setup, callers, on_sandbox,
    prometheus::Scrape,
    scenarios,
    web::{http_get, page},
};
use std::time::Duration;

scenarios![the_balance_is_told_to_members];

const T: u64 = 1_000_000_000_000;
const BURNED: u64 = 2 * T;
const LEFT: &str = "backup_cycles_days_left";

/// Lets days pass, in each of which so much is burned and something is changed.
pub async fn live(setup: &Setup, days: u64) -> Outcome {
    for _ in 0..days {
        setup.network.advance(Duration::from_hours(24));
        let left = balance(setup) - BURNED;
        have(setup, left);
        change(setup).await?;
    }
    Ok(())
}

async fn change(setup: &Setup) -> Outcome {
    setup.as_administrator().grant_role(callers::stranger(), Role::Auditor).await?;
    setup.as_administrator().revoke_role(callers::stranger(), Role::Auditor).await?;
    Ok(())
}

fn balance(setup: &Setup) -> u64 {
    let mut network = setup.network.lock();
    let sandbox = network.as_sandbox().expect("a sandbox");
    sandbox.cycles(setup.coordinator).try_into().expect("a usual balance")
}

fn have(setup: &Setup, cycles: u64) {
    let mut network = setup.network.lock();
    network.as_sandbox().expect("a sandbox").set_cycles(setup.coordinator, cycles.into());
}

/// Days left, as a line of `/health` says them where they are too few.
fn warned_of(setup: &Setup) -> Option<u64> {
    let answer = http_get(setup, "/health");
    let line = answer.body.lines().find(|line| line.starts_with("cycles low"));
    assert_eq!(answer.status, if line.is_some() { 503 } else { 200 }, "{}", answer.body);
    let (_, days) = line?.split_once("coordinator in ").expect("the days are told");
    Some(days.split(' ').next()?.parse().expect("a number"))
}

fn days_left(setup: &Setup) -> Option<f64> {
    let scrape = Scrape::parse(&page(setup, "/metrics"));
    assert!(scrape.described.contains_key(LEFT));
    (!scrape.samples(LEFT).is_empty()).then(|| scrape.value(LEFT))
}

#[test]
fn health_says_in_time_that_cycles_run_out() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        assert_eq!((days_left(&setup), warned_of(&setup)), (None, None), "nothing is known yet");
        live(&setup, 3).await?;
        assert_eq!(balance(&setup), 47 * BURNED);
        assert_eq!((days_left(&setup), warned_of(&setup)), (Some(47.0), None));
        // What arrives does not hide what is burned.
        have(&setup, 60 * BURNED);
        live(&setup, 2).await?;
        assert_eq!((days_left(&setup), warned_of(&setup)), (Some(58.0), None));
        live(&setup, 28).await?;
        assert_eq!((days_left(&setup), warned_of(&setup)), (Some(30.0), None));
        live(&setup, 1).await?;
        assert_eq!((days_left(&setup), warned_of(&setup)), (Some(29.0), Some(29)));
        setup.upgrade(None)?;
        assert_eq!(warned_of(&setup), Some(29), "an upgrade forgets nothing");
        // Nobody calls any more, and cycles go nevertheless.
        setup.network.advance(Duration::from_hours(24 * 20));
        have(&setup, 9 * BURNED);
        assert_eq!((days_left(&setup), warned_of(&setup)), (Some(9.0), Some(9)));
        have(&setup, 0);
        assert_eq!(warned_of(&setup), Some(0));
        have(&setup, 100 * BURNED);
        assert_eq!((days_left(&setup), warned_of(&setup)), (Some(100.0), None));
        Outcome::Ok(())
    });
}

#[test]
fn a_balance_that_stays_lasts_for_ever() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        change(&setup).await?;
        setup.network.advance(Duration::from_hours(72));
        assert_eq!((days_left(&setup), warned_of(&setup)), (None, None));
        let resources = setup.as_auditor().get_resources().await?;
        let expected = Resources {
            cycles_balance: balance(&setup),
            cycles_burned_per_day: Some(0),
            cycles_days_left: None,
            ..resources
        };
        assert_eq!(resources, expected);
        Outcome::Ok(())
    });
}

const PAGES: [&str; 7] = [
    "/metrics",
    "/health",
    "/dashboard",
    "/dashboard/runs",
    "/dashboard/audit",
    "/logs",
    "/nowhere",
];

async fn the_balance_is_told_to_members(network: Network) -> Outcome {
    let setup = Setup::builder(network.clone()).build();
    let balance = setup.as_auditor().get_resources().await?.cycles_balance;
    assert!(balance > 1_000_000_000);
    for url in PAGES {
        let body = http_get(&setup, url).body;
        for told in ["cycles_balance", "cycles_burned", &balance.to_string()] {
            assert!(!body.contains(told), "{url} tells {told}: {body}");
        }
    }
    let refused = setup.client(callers::stranger()).get_resources().await;
    let unauthorized =
        matches!(refused, Err(ClientError::Refused(CoordinatorError::Unauthorized { .. })));
    assert!(unauthorized, "{refused:?}");

    let public = Setup::builder(network).visibility(Visibility::Public).build();
    let told = Scrape::parse(&page(&public, "/metrics")).value("backup_cycles_balance");
    let asked = public.client(callers::stranger()).get_resources().await?.cycles_balance;
    let difference = told - f64::from(u32::try_from(asked / 1_000_000)?) * 1e6;
    assert!((0.0..1e9).contains(&difference), "{told} and {asked}");
    Ok(())
}
