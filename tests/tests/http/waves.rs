//! The pages show the wave of a run, why it was aborted, and how long its canisters were down.

use crate::html::{Piece, attributes, parse, text};
use backup_coordinator_client::journal::{
    Timestamp,
    api::{AuditEventKind, CoordinatorArgs, Visibility},
    journal::{Operation, ReceiptOutcome, ReceiptRecord, RunState},
    plan::BackupOperationKind as Kind,
    text::visible,
};
use integration_tests::{
    Driver, Network, Outcome, Setup, fleet, on_sandbox, scenarios,
    web::{http_get, page},
};
use std::{collections::BTreeMap, time::Duration};

scenarios![
    a_run_shows_its_wave,
    what_is_under_way_is_listed_up_to_a_bound,
    an_aborted_run_says_why_and_what_is_left,
    a_canister_that_is_down_is_shown_until_now,
    an_aborted_run_has_a_band_after_its_waves,
];

const RUN: &str = "/dashboard/run/nightly";

/// What somebody might type who means no good.
const REASON: &str = "</bdi><script>alert(1)</script>\u{202e}\" onload=\"x & y";

async fn begun(setup: &Setup, members: u32) -> Result<Driver, Box<dyn std::error::Error>> {
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(members)));
    run.begin().await?;
    Ok(run)
}

fn public(network: Network) -> Setup {
    Setup::builder(network).visibility(Visibility::Public).build()
}

/// Claims so many operations of the wave.
async fn claim(run: &Driver, limit: u32) -> Result<Vec<Operation>, Box<dyn std::error::Error>> {
    Ok(run.client.claim_operations(&run.run_id, limit).await?)
}

/// Reports that these were done.
async fn complete(run: &Driver, operations: &[Operation]) -> Outcome {
    let receipts: Vec<_> = operations.iter().map(|operation| run.completed(operation)).collect();
    for batch in receipts.chunks(100) {
        for answer in run.client.record_operation_receipts(&run.run_id, batch).await? {
            answer.map_err(|error| format!("{error:?}"))?;
        }
    }
    Ok(())
}

async fn a_run_shows_its_wave(network: Network) -> Outcome {
    let setup = public(network);
    // Half of the members are below the others.
    let run = begun(&setup, 80).await?;
    let before = text(&page(&setup, RUN));
    assert!(before.contains("Now wave 1 of 7, stop: 0 of 40 over 0 of 40 done"), "{before}");
    let claimed = claim(&run, 12).await?;
    complete(&run, &claimed[..5]).await?;
    run.report(&run.failed(&claimed[5], "no cycles left")).await?;
    let words = "Now wave 1 of 7, stop: 5 of 40 over, 6 claimed, 1 failed";
    for url in ["/dashboard/runs", RUN] {
        let shown = text(&page(&setup, url));
        assert!(shown.contains(words), "{url}: {shown}");
    }
    let body = page(&setup, RUN);
    let label = "5 of 40 operations of the wave are done".to_string();
    assert!(attributes(&body, "aria-label").contains(&label));
    let shown = text(&body);
    assert!(shown.contains("5 of 40 done 5 over 1 failed 6 claimed 28 not claimed"), "{shown}");
    for operation in &claimed[5..] {
        let state = if operation.sequence == claimed[5].sequence { "failed" } else { "pending" };
        let target = operation.target_canister_id.ok_or("a stop has a target")?;
        let row = format!("{} Stop {state} {target} for ", operation.sequence);
        assert!(shown.contains(&row), "{row}: {shown}");
    }
    let status = run.client.current_wave(&run.run_id).await?.ok_or("it is in a wave")?;
    assert_eq!((status.over, status.pending, status.failed, status.operations), (5, 6, 1, 40));

    // Numbers alone, where names are for members.
    let args =
        CoordinatorArgs { visibility: Some(Visibility::Members), ..CoordinatorArgs::default() };
    setup.upgrade(Some(args))?;
    assert!(!page(&setup, "/dashboard").contains("wave"));
    assert_eq!(http_get(&setup, RUN).status, 403);
    Ok(())
}

async fn what_is_under_way_is_listed_up_to_a_bound(network: Network) -> Outcome {
    let setup = public(network);
    let run = begun(&setup, 60).await?;
    let shown = text(&page(&setup, RUN));
    assert!(!shown.contains(" for "), "nothing is under way: {shown}");
    for (limit, listed, more) in [(20, 20, false), (1, 20, true)] {
        claim(&run, limit).await?;
        let body = page(&setup, RUN);
        let (_, list) = body.split_once("<ul class=\"open\">").ok_or("there is a list")?;
        let (list, _) = list.split_once("</ul>").ok_or("which ends")?;
        assert_eq!(list.matches("<code>").count(), listed);
        assert_eq!(list.contains("and more"), more);
    }
    Ok(())
}

async fn an_aborted_run_says_why_and_what_is_left(network: Network) -> Outcome {
    let setup = public(network);
    let run = begun(&setup, 6).await?;
    assert!(!page(&setup, RUN).contains("class=\"notice\""));
    let claimed = claim(&run, 2).await?;
    complete(&run, &claimed[..1]).await?;
    run.client.abort_run(&run.run_id, REASON).await?;
    let body = page(&setup, RUN);
    assert!(!body.contains("<script") && !body.contains('\u{202e}'), "{body}");
    let shown = text(&body);
    let reason = visible(REASON).split_whitespace().collect::<Vec<_>>().join(" ");
    let notice = format!("Reason: {reason} 2 starts are left to be done.");
    assert!(shown.contains(&notice), "{notice}: {shown}");
    assert!(!shown.contains("Now wave"), "{shown}");

    // Whoever watches sees that they are owed.
    assert_eq!(run.client.resume_summary(&run.run_id).await?.state, RunState::Aborting);
    setup.network.advance(Duration::from_hours(2));
    let health = http_get(&setup, "/health");
    assert_eq!(health.status, 503);
    assert!(health.body.contains("2 canisters must be started"), "{}", health.body);
    for operation in &claimed {
        let target = operation.target_canister_id.ok_or("a stop has a target")?;
        assert!(health.body.contains(&format!("{target} of run nightly")), "{}", health.body);
    }
    let starts = claim(&run, 100).await?;
    complete(&run, &starts[..1]).await?;
    let shown = text(&page(&setup, RUN));
    assert!(shown.contains("1 start is left to be done."), "{shown}");
    complete(&run, &starts[1..]).await?;
    let shown = text(&page(&setup, RUN));
    assert!(shown.contains("No start is left to be done."), "{shown}");
    assert_eq!(http_get(&setup, "/health").status, 200);
    Ok(())
}

/// As the pages write it.
fn span(nanos: u64) -> String {
    match nanos / 1_000_000_000 {
        0 => format!("{} ms", nanos / 1_000_000),
        s @ 1..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
    }
}

async fn a_canister_that_is_down_is_shown_until_now(network: Network) -> Outcome {
    let setup = public(network);
    let run = begun(&setup, 4).await?;
    assert!(!page(&setup, RUN).contains("Downtime"));
    let claimed = claim(&run, 2).await?;
    let shown = text(&page(&setup, RUN));
    assert!(shown.contains("Downtime Total "), "{shown}");
    assert!(!shown.contains("Longest"), "neither is known to be down: {shown}");
    setup.network.advance(Duration::from_secs(100));
    complete(&run, &claimed).await?;
    setup.network.advance(Duration::from_secs(50));
    let body = page(&setup, RUN);
    let shown = text(&body);
    for part in ["Total 2 min 3", "so far", "to now", "Longest 5", "1 stop 2 min 3", "down now"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("Median"), "{shown}");
    let (_, chart) = body.split_once("class=\"chart\"").ok_or("there is a chart")?;
    assert_eq!(chart.matches("<rect class=\"failed\"").count(), 2);
    for operation in &claimed {
        let target = operation.target_canister_id.ok_or("a stop has a target")?;
        assert!(shown.contains(&format!("{target} 5")), "{target}: {shown}");
    }
    Ok(())
}

async fn an_aborted_run_has_a_band_after_its_waves(network: Network) -> Outcome {
    let setup = public(network);
    let run = begun(&setup, 2).await?;
    for _ in 0..2 {
        let stop = claim(&run, 1).await?;
        setup.network.advance(Duration::from_secs(20));
        complete(&run, &stop).await?;
    }
    claim(&run, 1).await?;
    setup.network.advance(Duration::from_secs(100));
    run.client.abort_run(&run.run_id, "enough").await?;
    setup.network.advance(Duration::from_mins(5));
    for _ in 0..2 {
        let start = claim(&run, 1).await?;
        complete(&run, &start).await?;
    }
    let body = page(&setup, RUN);
    let classes: Vec<String> = rects(&body).into_iter().map(|(class, ..)| class).collect();
    let bands: Vec<&str> = classes.iter().map(String::as_str).collect();
    let bands = bands.iter().filter(|class| ["stop", "snapshot", "start", "late"].contains(class));
    assert_eq!(bands.copied().collect::<Vec<_>>(), ["stop", "stop", "snapshot", "late"]);
    let shown = text(&body);
    assert!(shown.contains("after the abort 5 min"), "{shown}");
    assert!(!shown.contains("so far"), "{shown}");
    Ok(())
}

/// The parts of all pictures: class, where it begins, and how wide it is.
fn rects(body: &str) -> Vec<(String, u64, u64)> {
    let parse = parse(body).into_iter().filter_map(|piece| match piece {
        Piece::Open(name, attributes) if name == "rect" => {
            let get = |wanted: &str| {
                attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
            };
            let number = |name| get(name)?.parse().ok();
            Some((get("class")?, number("x")?, number("width")?))
        }
        _ => None,
    });
    parse.collect()
}

/// How long each canister was down, by its receipts.
async fn downtimes(run: &Driver) -> Result<BTreeMap<String, u64>, Box<dyn std::error::Error>> {
    let mut stops = BTreeMap::new();
    let mut downs = BTreeMap::new();
    for record in run.client.all_operation_receipts(&run.run_id).await? {
        let receipt = &record.receipt;
        let Some(target) = receipt.target_canister_id else { continue };
        match (receipt.kind, receipt.outcome) {
            (Kind::Stop, ReceiptOutcome::Completed) => {
                stops.insert(target, record.done_at());
            }
            (Kind::Start, ReceiptOutcome::Completed) => {
                let since = stops.get(&target).ok_or("it was stopped")?;
                downs.insert(target.to_text(), record.done_at().nanos_since(*since));
            }
            _ => {}
        }
    }
    Ok(downs)
}

#[test]
fn the_chart_of_a_large_fleet_shows_those_that_were_down_longest() {
    on_sandbox(|network| async move {
        let setup = public(network);
        let run = begun(&setup, 250).await?;
        // Stops and starts at times of their own: some are down for minutes, others for an hour.
        for operations in [125, 125, 250, 125, 125] {
            let mut claimed = Vec::new();
            while claimed.len() < operations {
                claimed.extend(claim(&run, 100).await?);
            }
            for part in claimed.chunks(7) {
                setup.network.advance(Duration::from_secs(61));
                complete(&run, part).await?;
            }
        }
        let downs = downtimes(&run).await?;
        assert_eq!(downs.len(), 250);
        let mut sorted: Vec<u64> = downs.values().copied().collect();
        sorted.sort_unstable();
        let body = page(&setup, RUN);
        let shown = text(&body);
        let (longest, median) = (span(sorted[249]), span(sorted[124]));
        for part in [
            format!("Longest {longest}"),
            format!("Median {median} of 250 canisters"),
            "The 200 canisters that were down longest.".to_string(),
            "180 more".to_string(),
        ] {
            assert!(shown.contains(&part), "{part}: {shown}");
        }
        // The longest first, none left out that is longer than one that is there.
        let (_, chart) = shown.split_once("The 200 canisters").ok_or("there is a chart")?;
        let (chart, _) = chart.split_once("Timeline").ok_or("before the timeline")?;
        let least = sorted[50];
        let above: Vec<_> = downs.iter().filter(|(_, nanos)| **nanos > least).collect();
        for (canister, nanos) in above {
            let row = format!("{canister} {} stopped after ", span(*nanos));
            assert!(chart.contains(&row), "{row}");
        }
        assert_eq!(chart.matches("started after ").count(), 200);
        let events = setup.as_auditor().all_audit_events().await?;
        let claimed = events.iter().find_map(|event| {
            matches!(event.kind, AuditEventKind::OperationsClaimed { .. }).then_some(event.time)
        });
        check_total(&run, claimed.ok_or("stops were claimed")?, &shown).await?;
        let parts = rects(&body);
        assert_eq!(parts.iter().filter(|(class, ..)| class == "down").count(), 200);
        assert_eq!(parts.iter().filter(|(class, ..)| class == "taken").count(), 200);
        assert!(parts.iter().all(|(_, x, width)| x + width <= 1_000), "{parts:?}");
        let bands =
            parts.iter().filter(|it| ["stop", "snapshot", "start"].contains(&it.0.as_str()));
        assert_eq!(bands.count(), 5);
        // Only the first page of the timeline has it.
        assert!(!page(&setup, &format!("{RUN}?page=2")).contains("Downtime"));
        assert!(run.client.validate_journal(&run.run_id, 0, 500).await?.violations.is_empty());
        Ok(())
    });
}

/// From the first claim to the last start.
async fn check_total(run: &Driver, first: Timestamp, shown: &str) -> Outcome {
    let receipts = run.client.all_operation_receipts(&run.run_id).await?;
    let starts = receipts.iter().filter(|record| record.receipt.kind == Kind::Start);
    let last = starts.map(ReceiptRecord::done_at).max().ok_or("all were started")?;
    let total = format!("Total {} from the claim", span(last.nanos_since(first)));
    assert!(shown.contains(&total), "{total}: {shown}");
    Ok(())
}
