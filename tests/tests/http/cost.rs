//! What a page costs does not grow with what is stored.

use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{
    Setup,
    costs::crowd::{PAGE_ALLOWED as ALLOWED, add_completed, add_stopped, page_cost as cost},
    fleet, on_sandbox,
};

/// How many runs there are in the end.
const RUNS: u32 = 300;

/// How many fleets `/metrics` names at most.
const FLEETS: u64 = 500;

#[test]
fn pages_do_not_grow_with_the_number_of_runs() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Public).build();
        let pages = ["/health", "/dashboard", "/dashboard/audit"];
        add_completed(&setup, 0..50).await?;
        add_stopped(&setup).await?;
        let before = pages.map(|page| cost(&setup, page));
        let (few, fleets) = (cost(&setup, "/metrics"), u64::from(RUNS - 50));
        add_completed(&setup, 50..RUNS).await?;
        for (page, before) in pages.into_iter().zip(before) {
            let after = cost(&setup, page);
            assert!(after <= before + before / 2, "{page}: {before}, then {after}");
            assert!(after < ALLOWED / 2, "{page}: {after}");
        }
        // Of the metrics, those by fleet grow until as many are named as ever are.
        let many = cost(&setup, "/metrics");
        let at_most = few + many.saturating_sub(few) * FLEETS / fleets;
        assert!(at_most < ALLOWED, "/metrics: {few}, then {many}, and up to {at_most}");
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
