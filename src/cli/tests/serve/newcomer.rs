//! The way of a newcomer without a network: `docs/operating.md` as it is typed.

use crate::served::Served;
use serde_json::Value;
use std::process::{Command, Stdio};

/// The commands of the page that begin with this word, without their comments.
fn commands(program: &str) -> Vec<Vec<String>> {
    let page = include_str!("../../../../docs/operating.md");
    let section = page.split("## Without a network").nth(1).expect("there is such a section");
    let section = section.split("\n## ").next().expect("it has an end");
    let lines = section.lines().filter_map(|line| line.strip_prefix(program));
    lines
        .map(|line| line.split('#').next().unwrap_or_default())
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn a_served_fleet_is_backed_up_from_another_terminal() {
    let [serve] = &commands("scripts/rehearse.sh serve")[..] else { panic!("it is served once") };
    let [run] = &commands("target/release/backupctl")[..] else { panic!("it is run once") };
    let serve: Vec<&str> = serve.iter().map(String::as_str).collect();
    let served = Served::start_with(tempfile::tempdir().expect("a folder"), &serve);
    let output = Command::new(env!("CARGO_BIN_EXE_backupctl"))
        .current_dir(served.folder())
        .args(run)
        // The rehearsal may have begun within the same second, after which it is named.
        .args(["--run-id", "mine", "--yes", "--json"])
        .stdin(Stdio::null())
        .output()
        .expect("backupctl can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let outcome: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    assert_eq!(outcome["outcome"], "Complete");
    assert_eq!(outcome["members"].as_array().map(Vec::len), Some(8));
    // The same run, typed as the page says after a kill.
    let run_id = outcome["run_id"].as_str().expect("a run");
    let resumed = Command::new(env!("CARGO_BIN_EXE_backupctl"))
        .current_dir(served.folder())
        .args(["resume", run_id, "--config", "served/backupctl.toml"])
        .output()
        .expect("backupctl can be run");
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
}
