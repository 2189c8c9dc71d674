//! What has been rehearsed, called with the network's own tools.

use crate::served::Served;
use serde_json::Value;
use std::{path::Path, process::Command};
use tempfile::TempDir;

/// Runs `icp` with settings of its own in this folder.
#[track_caller]
fn icp(home: &TempDir, args: &[&str]) -> String {
    let program = "../../target/clients/node_modules/@icp-sdk/icp-cli-linux-x64/bin/icp";
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(program);
    assert!(program.exists(), "icp is missing; install it with: scripts/install-clients.sh");
    let output = Command::new(program.canonicalize().expect("a path"))
        .args(args)
        .current_dir(home.path())
        .env("ICP_HOME", home.path().join("home"))
        .env("DO_NOT_TRACK", "1")
        .output()
        .expect("icp can be run");
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "icp {args:?}: {problems}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn a_rehearsal_is_called_with_icp_from_npm() {
    let home = tempfile::tempdir().expect("a folder");
    icp(&home, &["identity", "new", "tester", "--storage", "plaintext", "--quiet"]);
    let tester = icp(&home, &["identity", "principal", "--identity", "tester"]);
    let operator = ["--operator", tester.trim()];
    let served =
        Served::start(&[&["--targets", "2", "--run-id", "weekly"], &operator[..]].concat());
    let said = |field: &str| served.said[field].as_str().expect(field);
    let (network, key) = (said("network"), said("root_key"));
    let network = ["--network", network, "--root-key", key, "--identity", "tester"];
    let canister = |args: &[&str]| icp(&home, &[&["canister"], args, &network].concat());

    let coordinator = said("coordinator");
    let run = canister(&["call", coordinator, "resume_summary", r#"("weekly")"#, "--query"]);
    assert!(run.contains("targets_with_snapshot = 2"), "{run}");
    // An operator's calls come through to the journal; this one is refused there, since the run is over.
    let refused = canister(&["call", coordinator, "abort_run", r#"("weekly", "for a test")"#]);
    assert!(refused.contains("Err"), "{refused}");

    let target = &served.report["targets"][0];
    let member = target["canister_id"].as_str().expect("a member");
    let status = canister(&["status", member, "--json"]);
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["status"], "Running", "{status}");
    let snapshot = target["snapshot_id"].as_str().expect("a snapshot");
    let listed = canister(&["snapshot", "list", member]);
    assert!(listed.contains(snapshot), "{snapshot}: {listed}");
}
