//! What a page costs does not grow with what is stored.

use backup_coordinator_client::journal::{api::Visibility, journal::Stage};
use integration_tests::{
    Driver, Outcome, Setup,
    costs::crowd::{
        FLEETS_ALLOWED, PAGE_ALLOWED as ALLOWED, STOPPED, add_completed, add_stopped,
        page_cost as cost,
    },
    fleet, on_sandbox,
};

/// How many runs there are in the end.
const RUNS: u32 = 300;

/// How many fleets `/metrics` and `/dashboard` look at, at most.
const FLEETS: u64 = 500;

#[test]
fn pages_do_not_grow_with_the_number_of_runs() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Public).build();
        let pages = ["/health", "/dashboard/runs", "/dashboard/audit"];
        let of_fleets = ["/metrics", "/dashboard"];
        add_completed(&setup, 0..50).await?;
        add_stopped(&setup).await?;
        let before = pages.map(|page| cost(&setup, page));
        let (few, fleets) = (of_fleets.map(|page| cost(&setup, page)), u64::from(RUNS - STOPPED));
        add_completed(&setup, 50..RUNS).await?;
        for (page, before) in pages.into_iter().zip(before) {
            let after = cost(&setup, page);
            assert!(after <= before + before / 2, "{page}: {before}, then {after}");
            assert!(after < ALLOWED / 2, "{page}: {after}");
        }
        // What is said of fleets grows until it is said of as many as it ever is.
        for (page, few) in of_fleets.into_iter().zip(few) {
            let many = cost(&setup, page);
            let at_most = few + many.saturating_sub(few) * FLEETS / fleets;
            assert!(at_most < FLEETS_ALLOWED, "{page}: {few}, then {many}, and up to {at_most}");
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

/// Claims and completes the operations of a run up to its first download, in batches.
async fn start_again(run: &Driver) -> Outcome {
    while run.client.current_wave(&run.run_id).await?.is_some_and(|it| it.stage < Stage::Transfer) {
        let claimed = run.client.claim_operations(&run.run_id, 100).await?;
        let receipts: Vec<_> = claimed.iter().map(|it| run.completed(it)).collect();
        run.client.record_operation_receipts(&run.run_id, &receipts).await?;
    }
    Ok(())
}

/// Keys that are read for the median of a run of any size.
const HALF: u64 = 10_000;

#[test]
fn the_chart_of_the_largest_run_can_be_drawn() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Public).build();
        let mut costs = Vec::new();
        for targets in [250_u32, 750] {
            let name = format!("of-{targets}");
            let fleet = fleet::paper_fleet_of(&name, targets);
            let run = setup.driver_of(fleet::plan(&name, &fleet));
            run.begin().await?;
            start_again(&run).await?;
            let page = format!("/dashboard/run/{name}");
            let whole = cost(&setup, &page);
            assert!(whole < ALLOWED, "{page}: {whole}");
            // Both pages read the trail of a wave of the same size; the first one has the chart.
            costs.push(whole.saturating_sub(cost(&setup, &format!("{page}?page=2"))));
        }
        // Both have the same number of rows. What grows is the way to the median.
        let per_key = costs[1].saturating_sub(costs[0]) / 250;
        let largest = costs[1] + per_key * HALF;
        println!("{per_key} instructions for each key, {largest} for the largest chart");
        assert!(largest < 2 * ALLOWED, "{costs:?}: {largest}");
        Ok(())
    });
}
