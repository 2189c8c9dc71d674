//! The figures are those of the queries.

use backup_coordinator_client::journal::{
    Sequence, Timestamp,
    api::{AuditEvent, CoordinatorArgs, Visibility},
    block::{BLOCK_TYPES, block_type},
    journal::{ResumeSummary, RunState},
};
use integration_tests::{
    Network, Outcome, Setup, assert_refused, fleet,
    prometheus::Scrape,
    scenarios,
    web::{http_get, page},
};
use std::{collections::BTreeMap, time::Duration};

scenarios![
    figures_are_those_of_the_queries,
    ages_count_from_what_is_oldest,
    refusals_are_counted_until_an_upgrade,
    an_empty_coordinator_has_figures_too,
    fleets_are_named_and_elsewhere_the_longest_age_is_told,
    the_hundred_canisters_that_owe_a_start_the_longest_are_named,
];

/// A run of each state, starts owed in two of them, and a draft.
pub async fn busy(setup: &Setup) -> Outcome {
    let fleet = |run| fleet::paper_fleet_of(run, 3);
    let done = setup.driver_of(fleet::plan("done", &fleet("done")));
    done.begin().await?;
    while done.client.next_ready_operation(&done.run_id).await?.is_some() {
        done.pretend().await?;
    }
    let stopped = setup.driver_of(fleet::plan("stopped", &fleet("stopped")));
    stopped.begin().await?;
    for _ in 0..2 {
        stopped.pretend().await?;
        setup.network.advance(Duration::from_secs(10));
    }
    stopped.claim().await?;
    let failed = setup.driver_of(fleet::plan("failed", &fleet("failed")));
    failed.begin().await?;
    failed.pretend().await?;
    let claimed = failed.claim().await?;
    failed.report(&failed.failed(&claimed, "out of cycles")).await?;
    setup.driver_of(fleet::plan("waiting", &fleet("waiting"))).create().await?;
    let draft = fleet::plan("drafted", &fleet("waiting")).header;
    setup.as_operator().begin_journal_draft(&draft).await?;
    Ok(())
}

fn scrape(setup: &Setup) -> Scrape {
    Scrape::parse(&page(setup, "/metrics"))
}

/// Metrics that have samples only where there is something to have an age.
const AGES: [&str; 5] = [
    "backup_oldest_pending_operation_age_seconds",
    "backup_oldest_start_owed_age_seconds",
    "backup_last_on_network_age_seconds",
    "backup_last_complete_age_seconds",
    "backup_last_proven_age_seconds",
];

fn count(number: usize) -> f64 {
    u32::try_from(number).expect("small numbers").into()
}

async fn figures_are_those_of_the_queries(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    busy(&setup).await?;
    let auditor = setup.as_auditor();
    let (runs, events) = (auditor.all_journals().await?, auditor.all_audit_events().await?);
    let scrape = scrape(&setup);

    let in_state = |state| count(runs.iter().filter(|run| run.state == state).count());
    let by_state = scrape.by("backup_runs", "state");
    assert_eq!(by_state.len(), RunState::ALL.len());
    assert_eq!(by_state["awaiting_preflight"], in_state(RunState::AwaitingPreflight));
    assert_eq!(by_state["in_progress"], in_state(RunState::InProgress));
    assert_eq!(by_state["failed"], in_state(RunState::Failed));
    assert_eq!(by_state["completed"], in_state(RunState::Completed));
    assert_eq!(by_state["aborting"], in_state(RunState::Aborting));
    assert_eq!(by_state["aborted"], in_state(RunState::Aborted));
    check_operations(&scrape, &runs);
    check_events(&scrape, &events);

    let owed: u32 = runs.iter().map(|run| run.starts_owed).sum();
    assert_eq!(scrape.value("backup_starts_owed"), f64::from(owed));
    // Of those, one stop is claimed and one has failed: both may have happened.
    assert_eq!(owed, 5);
    assert_eq!(scrape.value("backup_drafts_open"), 1.0);
    assert_eq!(scrape.value("backup_fleets"), 1.0);
    let stable = setup.network.lock().stable_memory(setup.coordinator).len();
    assert_eq!(scrape.value("backup_stable_memory_bytes"), count(stable));
    assert!(scrape.value("backup_cycles_balance") > 1e9);
    assert_eq!(scrape.time, setup.network.now() / 1_000_000);
    let costs = scrape.by("backup_last_transition_instructions", "kind");
    assert_eq!(
        costs.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "draft_begun",
            "journal_created",
            "operation_claimed",
            "preflight_receipts_accepted",
            "receipt_recorded",
        ]
    );
    assert!(costs.values().all(|cost| *cost > 1_000.0), "{costs:?}");
    Ok(())
}

fn check_operations(scrape: &Scrape, runs: &[ResumeSummary]) {
    let sum = |of: fn(&ResumeSummary) -> u32| f64::from(runs.iter().map(of).sum::<u32>());
    let expected = BTreeMap::from([
        ("ready".to_string(), sum(|run| run.operations.ready)),
        ("pending".to_string(), sum(|run| run.operations.pending)),
        ("blocked".to_string(), sum(|run| run.operations.blocked)),
        ("completed".to_string(), sum(|run| run.operations.completed)),
        ("failed".to_string(), sum(|run| run.operations.failed)),
        ("skipped".to_string(), sum(|run| run.operations.skipped)),
    ]);
    assert_eq!(scrape.by("backup_operations", "state"), expected);
}

fn check_events(scrape: &Scrape, events: &[AuditEvent]) {
    assert_eq!(scrape.value("backup_audit_length"), count(events.len()));
    let mut expected: BTreeMap<String, f64> =
        BLOCK_TYPES.iter().map(|(name, _)| (name.replace("backup_", ""), 0.0)).collect();
    for event in events {
        let kind = block_type(&event.kind).replace("backup_", "");
        *expected.get_mut(&kind).expect("every kind is listed") += 1.0;
    }
    assert_eq!(scrape.by("backup_transitions_total", "kind"), expected);
    assert_eq!(scrape.described["backup_transitions_total"].1, "counter");
}

/// The seconds from `since` until now, as a figure.
fn age(setup: &Setup, since: Timestamp) -> f64 {
    let millis = (setup.network.now() - since.0) / 1_000_000;
    f64::from(u32::try_from(millis).expect("a test does not take weeks")) / 1e3
}

async fn ages_count_from_what_is_oldest(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    busy(&setup).await?;
    setup.network.advance(Duration::from_secs(1_234));
    let auditor = setup.as_auditor();
    let claimed = auditor.next_ready_operation(&fleet::run("stopped")).await?;
    let claimed = claimed.and_then(|operation| operation.state_updated_at).ok_or("claimed")?;
    let mut owed = auditor.list_starts_owed(&fleet::run("stopped"), None, 10).await?;
    owed.extend(auditor.list_starts_owed(&fleet::run("failed"), None, 10).await?);
    let owed = owed.iter().map(|owed| owed.owed.since).min().ok_or("owed")?;
    let done = auditor.resume_summary(&fleet::run("done")).await?;
    let scrape = scrape(&setup);
    let claim = scrape.value("backup_oldest_pending_operation_age_seconds");
    assert_eq!(claim, age(&setup, claimed));
    assert_eq!(scrape.value("backup_oldest_start_owed_age_seconds"), age(&setup, owed));
    assert!(claim >= 1_234.0);
    for metric in ["backup_last_on_network_age_seconds", "backup_last_complete_age_seconds"] {
        let fleets = scrape.by(metric, "fleet");
        assert_eq!(fleets, BTreeMap::from([("shop".to_string(), age(&setup, done.updated_at))]));
    }
    Ok(())
}

async fn refusals_are_counted_until_an_upgrade(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = setup.driver_of(fleet::plan("nightly", &fleet::paper_fleet(1)));
    run.create().await?;
    let before = setup.network.lock().stable_memory(setup.coordinator);
    for _ in 0..2 {
        assert_refused!(run.create().await, _);
    }
    assert_refused!(run.client.resume_summary(&fleet::run("none")).await, _);
    assert_refused!(run.client.mark_next_operation_pending(&fleet::run("none")).await, _);
    assert_refused!(run.client.retry_failed_operation(&run.run_id, Sequence(0)).await, _);
    let refusals = scrape(&setup).by("backup_refusals_total", "kind");
    let expected = [("Duplicate", 2.0), ("OperationNotFailed", 1.0), ("RunNotFound", 1.0)];
    let counted = refusals.iter().filter(|(_, n)| **n > 0.0).map(|(kind, n)| (kind.as_str(), *n));
    assert_eq!(counted.collect::<Vec<_>>(), expected);
    assert!(setup.network.lock().stable_memory(setup.coordinator) == before, "it left a trace");
    setup.upgrade(None)?;
    let scrape = scrape(&setup);
    let after: BTreeMap<_, _> = refusals.into_keys().map(|kind| (kind, 0.0)).collect();
    assert_eq!(scrape.by("backup_refusals_total", "kind"), after, "every kind, from zero on");
    let (help, kind) = &scrape.described["backup_refusals_total"];
    assert!(help.contains("with each upgrade"), "{help}");
    assert_eq!(kind, "counter");
    Ok(())
}

async fn an_empty_coordinator_has_figures_too(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let scrape = scrape(&setup);
    assert_eq!(scrape.value("backup_audit_length"), 1.0);
    for zero in ["backup_starts_owed", "backup_drafts_open", "backup_fleets"] {
        assert_eq!(scrape.value(zero), 0.0, "{zero}");
    }
    for age in AGES {
        assert!(scrape.described.contains_key(age), "{age}");
        assert!(scrape.samples(age).is_empty(), "there is nothing that has the {age}");
    }
    let content = http_get(&setup, "/metrics");
    assert_eq!(content.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    Ok(())
}

/// Backs up a fleet for each name, the last longest ago.
async fn back_up(setup: &Setup, names: &[String]) -> Outcome {
    for (number, name) in names.iter().enumerate().rev() {
        let mut plan =
            fleet::plan(&format!("run-{number}"), &fleet::paper_fleet_of(&number.to_string(), 1));
        plan.header.fleet.clone_from(name);
        let run = setup.driver_of(plan);
        run.begin().await?;
        while run.client.next_ready_operation(&run.run_id).await?.is_some() {
            run.pretend().await?;
        }
        setup.network.advance(Duration::from_secs(1));
    }
    Ok(())
}

async fn fleets_are_named_and_elsewhere_the_longest_age_is_told(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let fleets: Vec<String> = (0..102).map(|number| format!("a \"fleet\" \\{number:03}")).collect();
    back_up(&setup, &fleets).await?;
    let shown = scrape(&setup);
    assert_eq!(shown.value("backup_fleets"), 102.0);
    let ages = shown.by("backup_last_complete_age_seconds", "fleet");
    assert_eq!(ages.keys().collect::<Vec<_>>(), fleets.iter().collect::<Vec<_>>());

    let visibility = Some(Visibility::Members);
    setup.upgrade(Some(CoordinatorArgs { visibility, ..CoordinatorArgs::default() }))?;
    let told = scrape(&setup);
    let passed = count(usize::try_from(told.time - shown.time)?) / 1e3;
    let among = told.by("backup_last_complete_age_seconds", "among_fleets");
    for (which, fleet) in [("longest", &fleets[101]), ("shortest", &fleets[0])] {
        assert!((among[which] - ages[fleet] - passed).abs() < 0.002, "{which}: {among:?}");
    }
    Ok(())
}

async fn the_hundred_canisters_that_owe_a_start_the_longest_are_named(network: Network) -> Outcome {
    const METRIC: &str = "backup_start_owed_since_seconds";
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let run = setup.driver_of(fleet::plan("a \"run\"", &fleet::paper_fleet(102)));
    run.begin().await?;
    for _ in 0..102 {
        run.pretend().await?;
        setup.network.advance(Duration::from_secs(1));
    }
    let mut owed = setup.as_auditor().list_starts_owed(&run.run_id, None, 200).await?;
    owed.sort_by_key(|owed| owed.owed.since);
    let seconds = |at: Timestamp| {
        let millis = at.0 / 1_000_000;
        format!("{}.{:03}", millis / 1_000, millis % 1_000).parse::<f64>().expect("a number")
    };
    let expected: BTreeMap<String, f64> = owed[..100]
        .iter()
        .map(|owed| (owed.canister_id.to_text(), seconds(owed.owed.since)))
        .collect();
    let scrape = scrape(&setup);
    assert_eq!(scrape.by(METRIC, "canister"), expected);
    assert_eq!(scrape.by(METRIC, "run").into_keys().collect::<Vec<_>>(), ["a \"run\""]);
    assert_eq!(scrape.value("backup_starts_owed"), 102.0);
    Ok(())
}
