//! What has been rehearsed, called with the network's own tools.

use crate::served::Served;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, process::Command};
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

/// The files of a snapshot, with those in folders.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else if name != ".lock" {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

/// What this program downloads, `icp` uploads to another canister, which then answers as the first one; what `icp`
/// downloads is the same, byte by byte, and this program imports and verifies it.
#[test]
#[ignore = "needs icp from npm: scripts/test.sh installs it where it can"]
fn snapshots_go_both_ways_between_backupctl_and_icp_from_npm() {
    let home = tempfile::tempdir().expect("a folder");
    icp(&home, &["identity", "new", "tester", "--storage", "plaintext", "--quiet"]);
    let tester = icp(&home, &["identity", "principal", "--identity", "tester"]);
    let folder = tempfile::tempdir().expect("a folder");
    let registry = r#"{"fleet": "pair", "canisters": [
        {"canister_id": "aaaaa-aa", "role": "root", "state": {"seed": 1, "bytes": 10}},
        {"canister_id": "2vxsx-fae", "role": "ledger", "parent_canister_id": "aaaaa-aa",
         "state": {"seed": 7, "bytes": 5000000}},
        {"canister_id": "rrkah-fqaaa-aaaaa-aaaaq-cai", "role": "index", "parent_canister_id": "aaaaa-aa",
         "state": {"seed": 8, "bytes": 70000}}]}"#;
    fs::write(folder.path().join("fleet.json"), registry).expect("written");
    let args = ["--registry", "fleet.json", "--operator", tester.trim()];
    let served = Served::start_in(folder, &args);
    let said = |field: &str| served.said[field].as_str().expect(field);
    let (network, key) = (said("network"), said("root_key"));
    let network = ["--network", network, "--root-key", key, "--identity", "tester"];
    let canister = |args: &[&str]| icp(&home, &[&["canister"], args, &network].concat());
    let target = |role: &str| {
        let targets = served.report["targets"].as_array().expect("targets");
        targets.iter().find(|target| target["role"] == role).expect(role).clone()
    };
    let (ledger, index) = (target("ledger"), target("index"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (from, to) = (text(&ledger["canister_id"]), text(&index["canister_id"]));
    let digest = |id: &str| canister(&["call", id, "digest", "()", "--query"]);
    let before = digest(&from);
    assert_ne!(digest(&to), before);

    let backup = served.folder().join("backup");
    let ours = backup.join(&from);
    let input = ours.to_str().expect("text");
    canister(&["stop", &to]);
    let uploaded = canister(&["snapshot", "upload", &to, "--input", input]);
    let snapshots = canister(&["snapshot", "list", &to]);
    let taken = text(&index["snapshot_id"]);
    let mut words = snapshots.split(|c: char| !c.is_ascii_hexdigit());
    let new = words.find(|word| word.len() == taken.len() && **word != taken);
    let new = new.unwrap_or_else(|| panic!("no other snapshot: {snapshots} {uploaded}"));
    canister(&["snapshot", "restore", &to, new]);
    canister(&["start", &to]);
    assert_eq!(digest(&to), before);

    let output = home.path().join("theirs");
    let theirs = output.to_str().expect("text");
    let snapshot = text(&ledger["snapshot_id"]);
    canister(&["snapshot", "download", &from, &snapshot, "--output", theirs]);
    let (found, expected) = (files(&output), files(&ours));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found == expected, "the files differ");
    let backupctl = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
        let output = command.current_dir(home.path()).args(args).output().expect("it can be run");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        told
    };
    let imported =
        backupctl(&["import", theirs, "--canister", &from, "--snapshot", &snapshot, "--out", "b"]);
    assert!(imported.contains(&text(&ledger["checksum"])), "{imported}");
    backupctl(&["verify", "b"]);
    // The upload has left a lock in it, which is no damage.
    backupctl(&["verify", backup.to_str().expect("text")]);
}
