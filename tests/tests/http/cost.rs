//! What a page costs does not grow with what is stored.

use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{Outcome, Setup, fleet, on_sandbox, web::http_get};

/// What a page may cost.
const ALLOWED: u64 = 100_000_000;

fn cost(setup: &Setup, url: &str) -> u64 {
    let answer = http_get(setup, url);
    assert!([200, 503].contains(&answer.status), "{url}: {}", answer.body);
    let cost = setup.network.lock().as_sandbox().expect("the sandbox").last_cost().instructions;
    println!("{url}: {cost} instructions, {} bytes", answer.body.len());
    cost
}

/// More runs, each with a canister that owes a start and an operation that is claimed.
async fn add_runs(setup: &Setup, from: u32, to: u32) -> Outcome {
    let fleet = fleet::paper_fleet(2);
    for number in from..to {
        let name = format!("{number}-{}", "n".repeat(100));
        let mut plan = fleet::plan(&name, &fleet);
        plan.header.fleet = format!("fleet-{number}-{}", "f".repeat(100));
        let run = setup.driver_of(plan);
        run.begin().await?;
        run.pretend().await?;
        run.claim().await?;
    }
    Ok(())
}

#[test]
fn pages_do_not_grow_with_the_number_of_runs() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Public).build();
        let pages = ["/metrics", "/health", "/dashboard", "/dashboard/audit"];
        add_runs(&setup, 0, 50).await?;
        let before = pages.map(|page| cost(&setup, page));
        add_runs(&setup, 50, 300).await?;
        for (page, before) in pages.into_iter().zip(before) {
            let after = cost(&setup, page);
            assert!(after <= before + before / 2, "{page}: {before}, then {after}");
            assert!(after < ALLOWED / 2, "{page}: {after}");
        }
        Ok(())
    });
}

#[test]
fn the_page_of_a_run_does_not_grow_with_the_run() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Public).build();
        for (name, targets) in [("small", 20), ("large", 1_000)] {
            let run = setup.driver_of(fleet::plan(name, &fleet::paper_fleet(targets)));
            run.begin().await?;
            for _ in 0..60 {
                run.pretend().await?;
            }
        }
        let small = cost(&setup, "/dashboard/run/small");
        let large = cost(&setup, "/dashboard/run/large");
        assert!(large <= small * 2 && large < ALLOWED, "{small}, then {large}");
        assert!(cost(&setup, "/dashboard/run/large?page=2") < ALLOWED);
        assert!(cost(&setup, "/dashboard/run/large?page=101") < ALLOWED);
        Ok(())
    });
}
