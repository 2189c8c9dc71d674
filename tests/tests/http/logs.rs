//! Log lines in the form that tools of this ecosystem read.

use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{
    Network, Outcome, Setup, callers, fleet, scenarios,
    web::{http_get, page},
};
use serde_json::Value;
use std::time::Duration;

scenarios![changes_and_refusals_have_a_line_each, the_buffer_is_bounded];

fn entries(setup: &Setup, url: &str) -> Vec<Value> {
    let log: Value = serde_json::from_str(&page(setup, url)).expect("the log is JSON");
    log["entries"].as_array().expect("a list of entries").clone()
}

fn messages(setup: &Setup, url: &str) -> Vec<String> {
    let entries = entries(setup, url);
    entries.iter().map(|entry| entry["message"].as_str().expect("a text").to_string()).collect()
}

async fn changes_and_refusals_have_a_line_each(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).with_root().build();
    let (root, operator) = (setup.root.ok_or("a root")?, callers::operator());
    let run = setup.driver_of(fleet::plan("\"nightly\"", &fleet::paper_fleet(1)));
    run.create().await?;
    setup.network.advance(Duration::from_secs(5));
    run.create().await.err();
    run.accept_preflight().await?;
    let arg = candid::encode_args((root, backup_coordinator_client::journal::api::Role::Auditor))?;
    let args = (setup.coordinator, "grant_role", arg);
    let _: Result<Vec<u8>, String> = setup.network.update(operator, root, "forward", args)?;

    let changes = [
        format!("preflight_receipts_accepted of \"nightly\" by {operator}"),
        format!("journal_created of \"nightly\" by {operator}"),
        format!("configured by {}", callers::controller()),
    ];
    let refusals = [format!("refused: {root} does not have the role Administrator")];
    assert_eq!(messages(&setup, "/logs?priority=info"), changes);
    assert_eq!(messages(&setup, "/logs?priority=WARN"), refusals);
    let all = entries(&setup, "/logs?sort=asc");
    assert_eq!(all.len(), 4);
    for (entry, priority) in all.iter().zip(["Info", "Info", "Info", "Warn"]) {
        assert_eq!(entry["priority"], priority);
        assert!(entry["timestamp"].is_u64() && entry["counter"].is_u64() && entry["line"].is_u64());
        assert!(entry["file"].is_string());
    }
    let since = all[2]["timestamp"].as_u64().ok_or("a time")?;
    assert_eq!(entries(&setup, &format!("/logs?sort=asc&time={since}")), all[2..]);
    setup.upgrade(None)?;
    let upgraded = messages(&setup, "/logs");
    assert_eq!(upgraded.len(), 1);
    assert!(upgraded[0].contains(&format!("by {}", callers::controller())), "{upgraded:?}");
    Ok(())
}

async fn the_buffer_is_bounded(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let mut plan = fleet::plan(&"n".repeat(128), &fleet::paper_fleet(40));
    plan.header.plan_id = "plan".into();
    let run = setup.driver_of(plan);
    run.begin().await?;
    for _ in 0..160 {
        run.pretend().await?;
    }
    let answer = http_get(&setup, "/logs");
    assert_eq!(entries(&setup, "/logs").len(), 300);
    assert!(answer.body.len() < 1_000_000, "{}", answer.body.len());
    Ok(())
}
