//! Whoever reads the output may go away, or not keep up: a run goes on all the same, and its exit status tells
//! the truth.

mod common;

use common::module;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

/// A run that succeeds.
const GOOD: &str = "--targets 2";
/// A run that is given up.
const BAD: &str = "--targets 2 --fail stop:2 --fail stop:2 --fail stop:2";

fn rehearse(folder: &Path, args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backupctl"));
    command
        .current_dir(folder)
        .args(["rehearse", "--out", "backup", "--coordinator-module"])
        .arg(module("backup_coordinator"))
        .arg("--member-module")
        .arg(module("fleet_member"))
        .args(args.split_whitespace());
    command
}

/// The end of a pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn is_finished(folder: &Path) -> bool {
    folder.join("backup/manifest.json").exists()
}

/// `backupctl rehearse 2>&1 | head -3`
#[test]
fn a_reader_that_goes_after_three_lines_ends_no_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = rehearse(folder.path(), GOOD);
    command.stdout(writer.try_clone().expect("another end")).stderr(writer);
    let mut process = command.spawn().expect("backupctl can be run");
    // This process must not keep the other end open.
    drop(command);
    let lines: Vec<String> =
        BufReader::new(reader).lines().take(3).map(|line| line.expect("text")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(process.wait().expect("it ends").code(), Some(0));
    assert!(is_finished(folder.path()));
}

#[test]
fn with_nobody_to_read_the_exit_status_tells_the_truth() {
    for (args, exit) in [(GOOD, 0), (BAD, 1), ("--targets 0", 2)] {
        for json in ["", " --json"] {
            let folder = tempfile::tempdir().expect("a folder");
            let args = format!("{args}{json}");
            let status = rehearse(folder.path(), &args).stdout(closed()).stderr(closed()).status();
            let status = status.expect("backupctl can be run");
            assert_eq!(status.code(), Some(exit), "{args}");
            assert_eq!(is_finished(folder.path()), exit == 0, "{args}");
        }
    }
}

/// A full disk is as good as a full pipe to people, but a program would take an empty file for an answer.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_no_run() {
    let full = || File::options().write(true).open("/dev/full").expect("it can be opened");
    for (args, exit) in [(GOOD, 0), (BAD, 1), ("--targets 2 --json", 1)] {
        let folder = tempfile::tempdir().expect("a folder");
        let status = rehearse(folder.path(), args).stdout(full()).stderr(full()).status();
        assert_eq!(status.expect("backupctl can be run").code(), Some(exit), "{args}");
        assert_eq!(is_finished(folder.path()), args != BAD, "{args}");
    }
}

fn output(folder: &Path, args: &[&str]) -> Output {
    rehearse(folder, "").args(args).output().expect("backupctl can be run")
}

/// What an operator did not write moves no cursor, begins no line and turns no line around.
#[test]
fn names_and_reasons_forge_no_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let role = "a\u{1b}[2Jb\u{202e}c\nStopped: 0. All is well";
    let registry = serde_json::json!({ "fleet": "tiny", "canisters": [
        { "canister_id": "aaaaa-aa", "role": "root" },
        { "canister_id": "2vxsx-fae", "role": role, "parent_canister_id": "aaaaa-aa" },
    ]});
    fs::write(folder.path().join("fleet.json"), registry.to_string()).expect("written");
    let reason = "no\ncycles\u{7}\u{2066}";
    let fail = ["--fail", "stop:1"].repeat(3);
    let args = [&["--fail-reason", reason][..], &fail].concat();
    for registry in [&["--registry", "fleet.json"][..], &["--targets", "1"]] {
        let output = output(folder.path(), &[&args[..], registry].concat());
        let mut texts =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
        for text in &mut texts {
            let hidden =
                |c: char| c != '\n' && (c.is_control() || ('\u{200b}'..='\u{206f}').contains(&c));
            assert!(!text.contains(hidden), "{text:?}");
            assert!(!text.lines().any(|line| line.starts_with("Stopped: 0")), "{text}");
            assert!(!text.lines().any(|line| line.starts_with("cycles")), "{text}");
        }
        if output.status.code() == Some(1) {
            for text in texts {
                assert!(text.contains(r"no\ncycles\u{7}\u{2066}"), "{text}");
            }
        }
        let _ = fs::remove_dir_all(folder.path().join("backup"));
    }
}
