//! Runs `backupctl verify` and `backupctl import` on what a rehearsal has left.

mod common;
#[path = "common/rehearsal.rs"]
#[allow(dead_code, reason = "other tests look at more of a rehearsal")]
mod rehearsal;

use rehearsal::{Rehearsal, list, text};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn backupctl(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
    command.current_dir(folder).args(args).output().expect("backupctl cannot be run")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("text")
}

#[test]
fn a_backup_verifies_until_a_byte_of_it_changes() {
    let rehearsal = Rehearsal::run(&["--out", "backup", "--run-id", "nightly"]);
    let folder = rehearsal.path("");
    let verified = backupctl(&folder, &["verify", "backup"]);
    let told = stdout(&verified);
    assert_eq!(verified.status.code(), Some(0), "{told}");
    assert!(told.contains("run        nightly of the fleet"), "{told}");
    assert!(told.contains("snapshots  7, with 28 files"), "{told}");
    assert!(told.contains("verified   every file is what was downloaded"), "{told}");

    let canister = "rno2w-sqaaa-aaaaa-aaacq-cai";
    let path = rehearsal.path(&format!("backup/{canister}/stable_memory.bin"));
    let mut bytes = fs::read(&path).expect("a file");
    bytes[2_100_000] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let verified = backupctl(&folder, &["verify", "backup"]);
    let told = stdout(&verified);
    assert_eq!(verified.status.code(), Some(1));
    let damaged = format!(
        "damaged    {canister}/stable_memory.bin: it is damaged (bytes 2000000 to {})",
        bytes.len()
    );
    assert!(told.contains(&damaged), "{told}");
    assert!(!told.contains("verified"), "{told}");

    let verified = backupctl(&folder, &["verify", "backup", "--json"]);
    assert_eq!((verified.status.code(), verified.stderr.len()), (Some(1), 0));
    let result: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!((&result["ok"], &result["run_id"]), (&false.into(), &"nightly".into()));
    let listed = list(&result["damages"]);
    assert_eq!(listed.len(), 1);
    assert_eq!(text(&listed[0]["canister_id"]), canister);
    assert_eq!(listed[0]["from"], 2_000_000);
}

#[test]
fn what_is_no_backup_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let verified = backupctl(folder.path(), &["verify", "."]);
    assert_eq!(verified.status.code(), Some(1));
    let told = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(told.contains(". is not the folder of a backup"), "{told}");
}

/// The folder of a canister in a backup is one that `icp` or `dfx` could have downloaded.
#[test]
fn the_folder_of_a_canister_can_be_imported() {
    let rehearsal = Rehearsal::run(&["--targets", "1", "--json", "--out", "backup"]);
    let target = &rehearsal.json(0)["targets"][0];
    let (id, snapshot) = (text(&target["canister_id"]), text(&target["snapshot_id"]));
    let from = format!("backup/{id}");
    let folder = rehearsal.path("");
    let args = ["import", &from, "--canister", id, "--snapshot", snapshot];
    let imported = backupctl(&folder, &args);
    let told = stdout(&imported);
    assert_eq!(imported.status.code(), Some(0), "{told}");
    assert!(told.contains(&format!("snapshot   of {id}, with 4 files")), "{told}");
    assert!(told.contains(text(&target["checksum"])), "{told}");
    assert!(told.contains(&format!("next       backupctl verify ./backup-{id}")), "{told}");
    let verified = backupctl(&folder, &["verify", &format!("backup-{id}")]);
    assert_eq!(verified.status.code(), Some(0), "{}", stdout(&verified));

    let again = backupctl(&folder, &args);
    assert_eq!(again.status.code(), Some(2), "a backup is never written over");
    let without = backupctl(&folder, &["import", &from, "--canister", id, "--out", "o", "--json"]);
    let manifest: Value = serde_json::from_slice(&without.stdout).expect("JSON");
    assert_eq!(manifest["members"][0]["snapshot_id"], Value::Null);
    assert_eq!(manifest["members"][0]["checksum"], target["checksum"]);
}
