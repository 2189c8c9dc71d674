//! The pages as a person sees them, held against what the queries say.

use crate::{
    asked::Asked,
    browser::{Browser, VIEWS, View},
    looks,
    served::Served,
    walk::Walk,
};
use std::fs;
use tokio::runtime::Builder;

/// What somebody might type who means no good, or does not know better.
const REASON: &str = r#"<script>document.title = window.pwned = "1"</script><img src=x onerror="alert(window.pwned = 2)"> no cycles left & "nothing" to do"#;

/// Walks through all pages in all views.
fn walk_through(name: &str, served: &Served, reason: Option<&str>) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = Browser::start().await;
        for view in VIEWS {
            browser.view(view).await;
            let walk = Walk { browser: &browser, report: &served.report, reason };
            let picture = |page: &str| format!("{name}-{page}-{}", view.name);
            browser.open(&served.url("/dashboard")).await;
            look(&browser, view, &picture("dashboard")).await;
            walk.dashboard().await;
            walk.follow_runs().await;
            look(&browser, view, &picture("runs")).await;
            walk.runs().await;
            walk.follow_run().await;
            walk.downtime(view).await;
            browser.ask("document.querySelector('.chart')?.scrollIntoView()").await;
            look(&browser, view, &picture("chart")).await;
            look(&browser, view, &picture("run")).await;
            walk.timeline().await;
            looks::check(&browser, view).await;
            if let Some(again) = walk.first_with_two_attempts() {
                browser.open(&served.url(&again)).await;
                look(&browser, view, &picture("attempts")).await;
            }
            walk.follow_next_operation().await;
            look(&browser, view, &picture("next")).await;
            walk.follow_audit().await;
            look(&browser, view, &picture("audit")).await;
            walk.audit().await;
        }
    });
}

/// Keeps a picture of a page, and checks that it is fit to be looked at.
async fn look(browser: &Browser, view: View, picture: &str) {
    browser.shoot(picture).await;
    looks::check(browser, view).await;
}

#[test]
#[ignore = "needs a browser: scripts/test.sh installs one where it can"]
fn a_run_in_its_midst_in_a_browser() {
    let args = ["--targets", "12", "--run-id", "shop-weekly", "--pause-at", "30"];
    let served =
        Served::start(&[&args[..], &["--fail", "stop:2", "--fail-reason", REASON]].concat());
    assert_eq!(served.report["starts_owed"].as_array().map(Vec::len), Some(10));
    walk_through("midst", &served, Some(REASON));
}

#[test]
#[ignore = "needs a browser: scripts/test.sh installs one where it can"]
fn a_completed_run_in_a_browser() {
    let served = Served::start(&["--targets", "12", "--run-id", "shop-weekly", "--crash-at", "40"]);
    assert_eq!(served.report["state"], "Completed");
    walk_through("completed", &served, None);
}

#[test]
#[ignore = "needs a browser: scripts/test.sh installs one where it can"]
fn names_as_long_as_may_be_in_a_browser() {
    let folder = tempfile::tempdir().expect("a folder");
    let ids = [
        "rrkah-fqaaa-aaaaa-aaaaq-cai",
        "ryjl3-tyaaa-aaaaa-aaaba-cai",
        "r7inp-6aaaa-aaaaa-aaabq-cai",
    ];
    let registry = serde_json::json!({"fleet": "f".repeat(128), "canisters": [
        {"canister_id": "aaaaa-aa", "role": "r".repeat(128)},
        {"canister_id": ids[0], "role": "r".repeat(128), "parent_canister_id": "aaaaa-aa"},
        {"canister_id": ids[1], "role": "m".repeat(128), "parent_canister_id": ids[0]},
        {"canister_id": ids[2], "role": "w".repeat(128), "parent_canister_id": ids[1]},
    ]});
    fs::write(folder.path().join("fleet.json"), registry.to_string()).expect("written");
    let reason = format!("{REASON}{}", "W".repeat(2_048 - REASON.len()));
    // It is given up, so that the reason stands as the last word.
    let stop = ["--fail", "stop:2"].repeat(3);
    let run_id = "W".repeat(123);
    let args = ["--registry", "fleet.json", "--run-id", &run_id, "--fail-reason", &reason];
    let served = Served::start_in(folder, &[&args[..], &stop].concat());
    assert_eq!(served.report["state"], "Failed");
    walk_through("long", &served, Some(&reason));
}
