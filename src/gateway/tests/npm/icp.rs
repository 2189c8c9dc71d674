//! The `icp` program.

use crate::{common::Served, installed::clients};
use candid::{Principal, decode_one, encode_one};
use ic_management_canister_types::{CanisterIdRecord, ChunkHash, UploadChunkArgs};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};
use tempfile::TempDir;

/// The program, with an identity and settings of its own.
struct Icp {
    home: TempDir,
}

impl Icp {
    fn new() -> Self {
        let icp = Self { home: tempfile::tempdir().expect("a folder") };
        icp.succeed(&["identity", "new", "tester", "--storage", "plaintext", "--quiet"]);
        icp
    }

    fn principal(&self) -> Principal {
        let said = self.succeed(&["identity", "principal", "--identity", "tester"]);
        Principal::from_text(said.trim()).expect("a principal")
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(clients().join("node_modules/@icp-sdk/icp-cli-linux-x64/bin/icp"))
            .args(args)
            .current_dir(self.home.path())
            .env("ICP_HOME", self.home.path().join("home"))
            .env("DO_NOT_TRACK", "1")
            .output()
            .expect("icp can be run")
    }

    #[track_caller]
    fn succeed(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let problems = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "icp {args:?}: {problems}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a command about canisters of a sandbox.
    #[track_caller]
    fn canister(&self, served: &Served, args: &[&str]) -> String {
        self.succeed(&[&["canister"], args, &network(served, "fetch")].concat())
    }

    #[track_caller]
    fn refused(&self, served: &Served, root_key: &str, args: &[&str]) -> String {
        let args = [&["canister"], args, &network(served, root_key)].concat();
        let output = self.run(&args);
        assert!(!output.status.success(), "icp {args:?} has succeeded");
        String::from_utf8(output.stderr).expect("text")
    }
}

fn network<'a>(served: &'a Served, root_key: &'a str) -> [&'a str; 6] {
    ["--network", &served.url, "--root-key", root_key, "--identity", "tester"]
}

#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn icp_calls_and_backs_up_a_canister_from_npm() {
    let icp = Icp::new();
    let served = Served::start(&[icp.principal()]);
    let id = served.canister.to_text();
    let id = id.as_str();
    assert!(icp.canister(&served, &["call", id, "count", "()"]).contains("(1 : nat32)"));
    let counted = ["call", id, "counted", "()", "--query"];
    assert!(icp.canister(&served, &counted).contains("(1 : nat32)"));
    let interface = icp.canister(&served, &["metadata", id, "candid:service"]);
    assert!(interface.contains("service : {"), "{interface}");

    let status = || -> Value {
        let said = icp.canister(&served, &["status", id, "--json"]);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    };
    assert_eq!(status()["status"], "Running");
    icp.canister(&served, &["stop", id]);
    assert_eq!(status()["status"], "Stopped");
    let taken = icp.canister(&served, &["snapshot", "create", id, "--quiet"]);
    let snapshot = taken.trim();
    assert_eq!(
        served.sandbox.lock().expect("nobody has panicked").snapshots(served.canister).len(),
        1
    );
    assert!(icp.canister(&served, &["snapshot", "list", id]).contains(snapshot));
    let folder = icp.home.path().join("snapshot");
    let output = folder.to_str().expect("text");
    icp.canister(&served, &["snapshot", "download", id, snapshot, "--output", output]);
    let module = fs::read(folder.join("wasm_module.bin")).expect("downloaded");
    assert!(module == crate::common::probe(), "another module was downloaded");
    icp.canister(&served, &["start", id]);
    icp.canister(&served, &["call", id, "count", "()"]);
    icp.canister(&served, &["stop", id]);
    icp.canister(&served, &["snapshot", "restore", id, snapshot]);
    icp.canister(&served, &["start", id]);
    assert!(icp.canister(&served, &counted).contains("(1 : nat32)"));
}

/// A snapshot with a chunk store goes to another canister, which has then what the first one had.
#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn icp_brings_a_snapshot_to_another_canister_from_npm() {
    let icp = Icp::new();
    let owner = icp.principal();
    let served = Served::start(&[owner]);
    let (from, to) = {
        let mut sandbox = served.sandbox.lock().expect("nobody has panicked");
        let to = sandbox.create_canister(&[owner]);
        let chunk = UploadChunkArgs { canister_id: served.canister, chunk: vec![7; 1 << 20] };
        let chunk = encode_one(chunk).expect("encoded");
        let management = Principal::management_canister();
        sandbox.update(owner, management, "upload_chunk", chunk).expect("stored");
        (served.canister.to_text(), to.to_text())
    };
    icp.canister(&served, &["call", &from, "count", "()"]);
    icp.canister(&served, &["stop", &from]);
    let taken = icp.canister(&served, &["snapshot", "create", &from, "--quiet"]);
    let folder = icp.home.path().join("snapshot");
    let folder = folder.to_str().expect("text");
    icp.canister(&served, &["snapshot", "download", &from, taken.trim(), "--output", folder]);
    icp.canister(&served, &["snapshot", "upload", &to, "--input", folder]);
    let uploaded = {
        let sandbox = served.sandbox.lock().expect("nobody has panicked");
        let to = Principal::from_text(&to).expect("an id");
        sandbox.snapshots(to).pop().expect("a snapshot")
    };
    icp.canister(&served, &["stop", &to]);
    icp.canister(&served, &["snapshot", "restore", &to, &hex::encode(&uploaded.id)]);
    icp.canister(&served, &["start", &to]);
    let counted = icp.canister(&served, &["call", &to, "counted", "()", "--query"]);
    assert!(counted.contains("(1 : nat32)"), "{counted}");
    let mut sandbox = served.sandbox.lock().expect("nobody has panicked");
    let sizes = [&from, &to].map(|id| {
        let id = Principal::from_text(id).expect("an id");
        sandbox.snapshots(id).pop().expect("a snapshot").total_size
    });
    assert_eq!(sizes[0], sizes[1]);
    let arg = CanisterIdRecord { canister_id: Principal::from_text(&to).expect("an id") };
    let arg = encode_one(arg).expect("encoded");
    let stored = sandbox.update(owner, Principal::management_canister(), "stored_chunks", arg);
    let stored: Vec<ChunkHash> = decode_one(&stored.expect("listed")).expect("a list");
    assert_eq!(stored.len(), 1);
}

#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn icp_is_told_why_it_is_refused_from_npm() {
    let icp = Icp::new();
    let served = Served::start(&[]);
    let id = served.canister.to_text();
    let trap = icp.refused(&served, "fetch", &["call", &id, "fail_now", "()"]);
    assert!(trap.contains("told to trap"), "{trap}");
    let foreign = icp.refused(&served, "fetch", &["stop", &id]);
    assert!(foreign.contains("Only controllers"), "{foreign}");
    let (_, nobody) = canister_sandbox::Sandbox::canister_range();
    let unknown = icp.refused(&served, "fetch", &["call", &nobody.to_text(), "count", "()"]);
    assert!(unknown.contains("not found"), "{unknown}");
    let untrusted = icp.refused(&served, "mainnet", &["call", &id, "count", "()"]);
    assert!(untrusted.contains("verification failed"), "{untrusted}");
    // Who may not read the status is shown what everybody may read.
    let public = icp.canister(&served, &["status", &id]);
    assert!(public.contains("Module hash"), "{public}");
}
