//! The library `@icp-sdk/core`, in a program for node.

use crate::{common::Served, installed::clients};
use std::{fs, process::Command};

#[test]
#[ignore = "needs @icp-sdk/core from npm: scripts/test.sh installs it where it can"]
fn core_calls_and_verifies_from_npm() {
    let served = Served::start(&[]);
    let (_, nobody) = canister_sandbox::Sandbox::canister_range();
    // It lies beside the library, where node looks for it.
    let program = clients().join("client.mjs");
    fs::write(&program, include_str!("client.mjs")).expect("written");
    let output = Command::new("node")
        .arg(program)
        .args([served.url.as_str(), &served.canister.to_text(), &nobody.to_text()])
        .output()
        .expect("node can be run");
    let problems = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{problems}");
    let checks: Vec<&str> = said.lines().collect();
    let expected = [
        "call",
        "query",
        "asynchronous call",
        "ECDSA",
        "delegation",
        "rejects",
        "state",
        "forged signature",
        "expired envelope",
        "unknown canister",
        "another root key",
    ];
    assert_eq!(checks, expected);
}
