//! A rehearsal, and what it must leave.

use crate::common::module;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// A finished rehearsal in a folder of its own.
pub struct Rehearsal {
    folder: TempDir,
    output: Output,
}

impl Rehearsal {
    /// Rehearses with these arguments, in an empty folder.
    pub fn run(args: &[&str]) -> Self {
        Self::run_in(tempfile::tempdir().expect("a folder"), args)
    }

    pub fn run_in(folder: TempDir, args: &[&str]) -> Self {
        let output = Command::new(env!("CARGO_BIN_EXE_backupctl"))
            .current_dir(folder.path())
            .arg("rehearse")
            .arg("--coordinator-module")
            .arg(module("backup_coordinator"))
            .arg("--member-module")
            .arg(module("fleet_member"))
            .args(args)
            .output()
            .expect("backupctl cannot be run");
        Self { folder, output }
    }

    pub fn stdout(&self) -> &str {
        std::str::from_utf8(&self.output.stdout).expect("text")
    }

    pub fn stderr(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).expect("text")
    }

    pub fn exit(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The result that was written with `--json`, of a rehearsal that ended with this status.
    pub fn json(&self, exit: i32) -> Value {
        assert_eq!(self.exit(), Some(exit), "{}", self.stderr());
        serde_json::from_str(self.stdout()).expect("JSON and nothing else")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn is_untouched(&self) -> bool {
        fs::read_dir(self.folder.path()).expect("a folder").count() == 0
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// The folder of a target has exactly the files that the manifest lists, and the journal has the SHA-256 of what
/// `sha256sum` prints for them.
fn check_artifact(backup: &Path, member: &Value, target: &Value) {
    let artifact = backup.join(text(&target["artifact_path"]));
    let (mut sums, mut names) = (Vec::new(), BTreeSet::new());
    for file in list(&member["files"]) {
        let name = text(&file["name"]);
        let bytes = fs::read(artifact.join(name)).expect("a listed file");
        assert_eq!(sha256(&bytes), text(&file["sha256"]), "{name}");
        assert_eq!(bytes.len() as u64, file["bytes"].as_u64().expect("a length"));
        sums.push(format!("{}  {name}\n", sha256(&bytes)));
        names.insert(name);
    }
    assert_eq!(sha256(sums.concat().as_bytes()), text(&target["checksum"]));
    let found: BTreeSet<String> = fs::read_dir(&artifact)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().unwrap())
        .collect();
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<&str>>(), names);
    assert!(names.contains("stable_memory.bin"));
}

/// Manifest, result and files say the same about each target.
pub fn check_backup(backup: &Path, result: &Value) {
    let manifest = fs::read(backup.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    for field in ["run_id", "plan_id", "fleet"] {
        assert_eq!(manifest[field], result[field]);
    }
    let (members, targets) = (list(&manifest["members"]), list(&result["targets"]));
    assert_eq!(members.len(), targets.len());
    for (member, target) in members.iter().zip(targets) {
        for field in ["canister_id", "role", "snapshot_id", "checksum"] {
            assert_eq!(member[field], target[field]);
        }
        assert!(list(&member["files"]).len() >= 4);
        check_artifact(backup, member, target);
    }
    let left_over = |entry: fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".part");
    assert!(!fs::read_dir(backup).unwrap().any(|entry| left_over(entry.unwrap())));
}

pub fn check_success(result: &Value, targets: usize) {
    assert_eq!(result["ok"], true, "{:#}", result["checks"]);
    assert_eq!(result["state"], "Completed");
    assert_eq!(result["restart_required"], false);
    assert_eq!(list(&result["starts_owed"]).len(), 0);
    assert_eq!(list(&result["targets"]).len(), targets);
    assert_eq!(list(&result["operations"]).len(), 5 * targets + 5);
    assert_eq!(result["counts"]["completed"], 5 * targets + 5);
    assert!(list(&result["checks"]).len() >= 7);
}
