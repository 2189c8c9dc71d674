//! Where reading is open to members only, nobody learns a name over HTTP.

use crate::{html::text, metrics::busy};
use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{
    Network, Outcome, Setup, callers, fleet,
    prometheus::Scrape,
    scenarios,
    web::{http_get, page},
};
use std::time::Duration;

scenarios![no_page_tells_a_name, numbers_are_told_still];

/// Pages that are there, and pages that would tell whether there is such a run.
const PAGES: [(&str, u16); 10] = [
    ("/metrics", 200),
    ("/health", 503),
    ("/dashboard", 200),
    ("/dashboard/runs", 403),
    ("/style.css", 200),
    ("/dashboard/audit", 403),
    ("/dashboard/run/done", 403),
    ("/dashboard/run/none", 403),
    ("/logs", 403),
    ("/nowhere", 404),
];

/// Every name and every principal that the coordinator was told, and its own.
async fn names(setup: &Setup) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut names = Vec::new();
    for summary in setup.as_auditor().all_journals().await? {
        names.extend([summary.run_id.to_string(), summary.plan_id.to_string(), summary.fleet]);
        for operation in setup.as_auditor().all_operations(&summary.run_id).await? {
            names.push(operation.operation_id);
            names.extend(operation.target_canister_id.map(|target| target.to_text()));
            names.extend(operation.reason);
        }
    }
    names.extend(integration_tests::setup::roles().iter().map(|role| role.principal.to_text()));
    names.extend([callers::controller().to_text(), setup.coordinator.to_text()]);
    // Words that are also states, or what the pages are about.
    names.retain(|name| !["stopped", "failed", "waiting", "done"].contains(&name.as_str()));
    Ok(names)
}

async fn no_page_tells_a_name(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    busy(&setup).await?;
    setup.driver_of(fleet::plan("a-secret-name", &fleet::paper_fleet(2))).begin().await?;
    setup.network.advance(Duration::from_hours(5));
    let names = names(&setup).await?;
    assert!(names.contains(&"a-secret-name".to_string()) && names.contains(&"shop".to_string()));
    for (url, status) in PAGES {
        let answer = http_get(&setup, url);
        assert_eq!(answer.status, status, "{url}: {}", answer.body);
        for name in &names {
            assert!(!answer.body.contains(name), "{url} tells {name}");
        }
    }
    let refusal = http_get(&setup, "/dashboard/run/done").body;
    assert_eq!(refusal, http_get(&setup, "/dashboard/run/none").body);
    assert!(refusal.contains("members only"), "{refusal}");
    Ok(())
}

async fn numbers_are_told_still(network: Network) -> Outcome {
    let members = Setup::builder(network.clone()).build();
    let public = Setup::builder(network).visibility(Visibility::Public).build();
    busy(&members).await?;
    busy(&public).await?;
    let [theirs, all] = [&members, &public].map(|setup| Scrape::parse(&page(setup, "/metrics")));
    for (metric, label) in [
        ("backup_runs", "state"),
        ("backup_operations", "state"),
        ("backup_transitions_total", "kind"),
    ] {
        assert_eq!(theirs.by(metric, label), all.by(metric, label), "{metric}");
    }
    assert_eq!(theirs.value("backup_starts_owed"), all.value("backup_starts_owed"));
    let ages = theirs.by("backup_last_complete_age_seconds", "among_fleets");
    assert_eq!(ages.keys().map(String::as_str).collect::<Vec<_>>(), ["longest", "shortest"]);
    assert!(ages["longest"] >= ages["shortest"] && ages["shortest"] > 0.0, "{ages:?}");
    let text = text(&page(&members, "/dashboard"));
    assert!(text.contains("Runs 4"), "{text}");
    assert!(text.contains("5 canisters must be started"), "{text}");
    Ok(())
}
