//! The page of a run tells who did what when.

use crate::html::{links, text};
use backup_coordinator_client::journal::{api::Visibility, journal::Operation};
use integration_tests::{
    Driver, Network, Outcome, Setup, callers, fleet, scenarios,
    web::{http_get, page},
};
use std::time::Duration;

scenarios![
    each_attempt_has_its_time_and_its_people,
    a_claim_that_waits_is_pending,
    operations_page_by_page,
    runs_in_between_do_not_disturb,
];

async fn failing(
    run: &Driver,
    seconds: u64,
    setup: &Setup,
) -> Result<Operation, Box<dyn std::error::Error>> {
    let claimed = run.claim().await?;
    setup.network.advance(Duration::from_secs(seconds));
    run.report(&run.failed(&claimed, "no cycles left")).await?;
    Ok(claimed)
}

async fn each_attempt_has_its_time_and_its_people(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(2)));
    run.begin().await?;
    let failed = failing(&run, 125, &setup).await?;
    let second = setup.client(callers::second_operator());
    let again = second.mark_operation_pending(&run.run_id, failed.sequence).await?;
    setup.network.advance(Duration::from_secs(7));
    run.report(&run.completed(&again)).await?;

    let text = text(&page(&setup, "/dashboard/run/nightly"));
    let (_, timeline) = text.split_once("4 Stop completed").ok_or_else(|| text.clone())?;
    let (timeline, _) = timeline.split_once("5 Stop ready").ok_or("the next operation")?;
    let (operator, other) = (callers::operator(), callers::second_operator());
    let target = failed.target_canister_id.ok_or("a stop has a target")?;
    for part in [
        target.to_text(),
        "attempts: 2".to_string(),
        "Attempt 1 failed after 2 min 5 s , receipt 0 reason: no cycles left claimed".to_string(),
        format!("by {operator} Attempt 2 completed after 7 s , receipt 1 claimed"),
        format!("by {other} reported"),
        format!("by {operator}"),
    ] {
        assert!(timeline.contains(&part), "{part}: {timeline}");
    }
    Ok(())
}

async fn a_claim_that_waits_is_pending(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(2)));
    run.begin().await?;
    run.claim().await?;
    setup.network.advance(Duration::from_hours(30));
    let text = text(&page(&setup, "/dashboard/run/nightly"));
    assert!(text.contains("pending for 1 d 6 h"), "{text}");
    Ok(())
}

async fn operations_page_by_page(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(24)));
    run.begin().await?;
    for _ in 0..60 {
        run.pretend().await?;
    }
    let links_in_the_midst = links(&page(&setup, "/dashboard/run/nightly"));
    let next = ("/dashboard/run/nightly?page=2#o64".to_string(), "64 Start, ready".to_string());
    assert!(links_in_the_midst.contains(&next), "{links_in_the_midst:?}");
    while run.client.next_ready_operation(&run.run_id).await?.is_some() {
        run.pretend().await?;
        setup.network.advance(Duration::from_secs(3));
    }
    let operations = run.client.all_operations(&run.run_id).await?;
    let (mut all, mut next) = (String::new(), Some("/dashboard/run/nightly".to_string()));
    while let Some(url) = next {
        let body = page(&setup, &url);
        all.push_str(&text(&body));
        next = links(&body).into_iter().find(|(_, text)| text == "Next").map(|(href, _)| href);
    }
    assert_eq!(operations.len(), 125);
    for operation in &operations {
        let heading = format!("{} {:?} completed", operation.sequence, operation.kind);
        assert!(all.contains(&heading), "{heading}");
    }
    assert_eq!(all.matches(" claimed ").count(), 121, "all but preflight were claimed");
    for absent in ["?page=4", "?page=0", "?page=4294967296", "?page=x", "?page="] {
        let answer = http_get(&setup, &format!("/dashboard/run/nightly{absent}"));
        assert!([400, 404].contains(&answer.status), "{absent}: {}", answer.status);
    }
    Ok(())
}

/// Claims that the trail hides behind too many others are left out; the receipts are there still.
async fn runs_in_between_do_not_disturb(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let fleet = fleet::paper_fleet(2);
    let run = setup.driver_of(fleet::plan("slow", &fleet));
    run.create().await?;
    for number in 0..20 {
        let other = setup.driver_of(fleet::plan(
            &format!("other-{number}"),
            &fleet::paper_fleet_of(&number.to_string(), 2),
        ));
        other.begin().await?;
        while other.client.next_ready_operation(&other.run_id).await?.is_some() {
            other.pretend().await?;
        }
    }
    run.accept_preflight().await?;
    run.pretend().await?;
    let text = text(&page(&setup, "/dashboard/run/slow"));
    assert!(text.contains("4 Stop completed"), "{text}");
    assert!(text.contains("Attempt 1 completed , receipt 0 reported"), "{text}");
    Ok(())
}
