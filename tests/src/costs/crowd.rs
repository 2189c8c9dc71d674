//! A coordinator that has much to show on its pages.

use crate::{Driver, Outcome, Setup, fleet, web::http_get};
use backup_journal::journal::Tally;
use std::ops::Range;

/// What a page may cost.
pub const PAGE_ALLOWED: u64 = 100_000_000;

/// What a page may cost that looks at as many fleets as such a page ever does: a tenth of what the network allows to a query.
pub const FLEETS_ALLOWED: u64 = 500_000_000;

/// Runs with stopped canisters: more than any page names.
pub const STOPPED: u32 = 110;

/// Adds runs, each of which has completed a backup of a fleet of its own.
///
/// # Errors
/// As the coordinator says.
pub async fn add_completed(setup: &Setup, numbers: Range<u32>) -> Outcome {
    for number in numbers {
        let run = run(setup, "completed", number);
        let Tally { ready, blocked, .. } = run.begin().await?.operations;
        for _ in 0..ready + blocked {
            run.pretend().await?;
        }
    }
    Ok(())
}

/// Adds [`STOPPED`] runs, each with a canister that owes a start and an operation that is claimed.
///
/// # Errors
/// As the coordinator says.
pub async fn add_stopped(setup: &Setup) -> Outcome {
    for number in 0..STOPPED {
        let run = run(setup, "stopped", number);
        run.begin().await?;
        run.pretend().await?;
        run.claim().await?;
    }
    Ok(())
}

/// Every name is long, so that the pages are.
fn run(setup: &Setup, state: &str, number: u32) -> Driver {
    let name = format!("{number}-{state}-{}", "n".repeat(100));
    let mut plan = fleet::plan(&name, &fleet::paper_fleet_of(&name, 1));
    plan.header.fleet = format!("fleet-{number}-{}", "f".repeat(100));
    setup.driver_of(plan)
}

/// The instructions of a page, by the count of the network.
///
/// # Panics
/// When there is no such page, or the network does not count.
pub fn page_cost(setup: &Setup, url: &str) -> u64 {
    let answer = http_get(setup, url);
    assert!([200, 503].contains(&answer.status), "{url}: {}", answer.body);
    let cost = setup.network.lock().last_cost().instructions;
    println!("{url}: {cost} instructions, {} bytes", answer.body.len());
    cost
}
