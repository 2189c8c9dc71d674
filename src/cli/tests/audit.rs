//! Runs `backupctl rehearse --audit` and `backupctl audit` on what it dumps, honest and tampered with.

mod common;

use common::module;
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// Blocks of a run of two targets: installation, journal and preflight, one for each report, and one for each claim. The
/// rows of the preflight and the manifest are claimed one by one, the stops and the starts by level, the snapshots, the
/// downloads and the verifications at once.
const BLOCKS: u64 = 3 + 15 + (4 + 1) + (2 + 2) + 3;

/// Each kind of tampering, and what is then said of a log of that length: of the block in the middle or behind
/// it, or of the end.
const TAMPERED: [(&str, &str); 6] = [
    ("change", "block 16 does not follow block 15"),
    ("drop", "block 15 does not follow block 14"),
    ("swap", "block 15 does not follow block 14"),
    ("append", "block 30 is not certified: the last certified block is 29"),
    ("forge-tip", "the tip is forged"),
    ("old-certificate", "block 2 is not certified: the last certified block is 1"),
];

fn backupctl(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_backupctl"))
        .current_dir(folder)
        .args(args)
        .output()
        .expect("backupctl cannot be run")
}

/// Rehearses with two targets and these arguments.
fn rehearse(folder: &Path, args: &[&str]) -> Output {
    let modules = [module("backup_coordinator"), module("fleet_member")];
    let [coordinator, member] = modules.each_ref().map(|path| path.to_str().expect("text"));
    let modules = ["--coordinator-module", coordinator, "--member-module", member];
    backupctl(folder, &[&["rehearse", "--targets", "2"], &modules[..], args].concat())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// A log in a folder of its own, and how to audit it.
struct Dumped {
    folder: TempDir,
    tip: String,
    command: Vec<String>,
}

impl Dumped {
    /// Rehearses, audits and dumps.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let output = rehearse(folder.path(), &["--audit", "--dump", "log", "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let audit = &result["audit"];
        assert_eq!((&audit["ok"], &audit["blocks"]), (&true.into(), &BLOCKS.into()));
        assert_eq!(audit["coordinator"], result["coordinator"]);
        let (_, command) = text(&output.stderr)
            .split_once("To audit the log: backupctl ")
            .expect("it is said how to audit the log");
        let command = command.lines().next().expect("a line").split_whitespace();
        Self {
            folder,
            tip: audit["tip"].as_str().expect("a hash").to_owned(),
            command: command.map(str::to_owned).collect(),
        }
    }

    /// Audits as was said, with these arguments in addition.
    fn audit(&self, args: &[&str]) -> Output {
        let command: Vec<&str> = self.command.iter().map(String::as_str).collect();
        backupctl(self.folder.path(), &[&command[..], args].concat())
    }

    /// Audits as was said, but for the value of one option.
    fn audit_with(&self, option: &str, value: &str) -> Output {
        let mut command = self.command.clone();
        let at = command.iter().position(|word| word == option).expect("the option is there");
        value.clone_into(&mut command[at + 1]);
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        backupctl(self.folder.path(), &command)
    }
}

#[track_caller]
fn assert_fails(output: &Output, status: i32, problem: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(problem), "{}", text(&output.stderr));
}

#[test]
fn a_rehearsal_ends_with_the_tip_and_the_number_of_blocks() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = "--audit --fail stop:1 --upgrade-every 3 --crash-at 6";
    let args: Vec<&str> = args.split_whitespace().collect();
    let output = rehearse(folder.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let last = text(&output.stdout).lines().last().expect("a line");
    // A failure adds a claim, a report and a retry.
    let (_, tip) = last.split_once(" blocks hold, up to ").expect("the audit");
    assert!(last.starts_with(&format!("audit         {} ", BLOCKS + 3)), "{last}");
    assert_eq!(tip.len(), 64);
}

#[test]
fn tampering_with_a_rehearsed_log_is_found() {
    for (kind, problem) in TAMPERED {
        let folder = tempfile::tempdir().expect("a folder");
        let output = rehearse(folder.path(), &["--audit", "--tamper", kind]);
        assert_fails(&output, 1, &format!("error: the log does not hold: {problem}"));
        assert!(text(&output.stdout).contains("all 7 checks hold"), "{kind}");
    }
}

#[test]
fn a_dumped_log_holds_without_the_coordinator() {
    let dumped = Dumped::new();
    let output = dumped.audit(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = format!("audit         {BLOCKS} blocks hold, up to {}\n", dumped.tip);
    assert!(text(&output.stdout).contains(&said), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("(Completed), owed starts: 0\n"));
    let result: Value = serde_json::from_slice(&dumped.audit(&["--json"]).stdout).expect("JSON");
    assert_eq!(result["tip"], dumped.tip);
    assert_eq!(result["runs"][0]["state"], "Completed");
}

#[test]
fn tampering_belongs_to_a_rehearsal() {
    assert_fails(&Dumped::new().audit(&["--tamper", "drop"]), 2, "--tamper");
}

#[test]
fn a_dumped_log_counts_for_its_key_its_coordinator_and_its_time() {
    let dumped = Dumped::new();
    for (option, value, problem) in [
        ("--coordinator", "aaaaa-aa", "does not vouch for canister aaaaa-aa"),
        ("--root-key", "00", "not signed by the key of the network"),
        ("--at", "2026-06-01T00:00:00Z", "and 300 s are allowed"),
        ("--at", "2025-06-01T00:00:00Z", "s in the future"),
        ("--certificate", "log/blocks.hex", "there is no certificate"),
    ] {
        assert_fails(&dumped.audit_with(option, value), 1, problem);
    }
    let patient = ["--max-age", "86400"];
    let mut later = dumped.command.clone();
    let at = later.iter().position(|word| word == "--at").expect("there is a time") + 1;
    later[at] = later[at].replace("2026-01-01T00", "2026-01-01T20");
    let later: Vec<&str> = later.iter().map(String::as_str).collect();
    let output = backupctl(dumped.folder.path(), &[&later[..], &patient].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn pages_may_come_with_words_in_front_and_must_be_in_order() {
    let dumped = Dumped::new();
    let blocks = dumped.folder.path().join("log/blocks.hex");
    let answers = std::fs::read_to_string(&blocks).expect("a file");
    std::fs::write(&blocks, format!("response (hex): {answers}\n")).expect("written");
    assert_eq!(dumped.audit(&[]).status.code(), Some(0));
    std::fs::write(&blocks, answers.repeat(2)).expect("written");
    assert_fails(&dumped.audit(&[]), 1, "block 30 is missing: block 0 came in its place");
    std::fs::write(&blocks, "").expect("written");
    assert_fails(&dumped.audit(&[]), 1, "block 0 is missing: the log is certified up to block 29");
}

#[test]
fn wrong_usage_is_refused() {
    let dumped = Dumped::new();
    for (option, value, problem) in [
        ("--blocks", "nothing.hex", "cannot be read"),
        ("--certificate", "log", "cannot be read"),
        ("--root-key", "nothing.key", "cannot be read"),
        ("--at", "yesterday", "--at"),
        ("--coordinator", "orders", "--coordinator"),
    ] {
        assert_fails(&dumped.audit_with(option, value), 2, problem);
    }
    std::fs::write(dumped.folder.path().join("log/blocks.hex"), "no hex").expect("written");
    assert_fails(
        &dumped.audit(&[]),
        2,
        "line 1 of log/blocks.hex is not an answer in hexadecimal: no hex",
    );
    let nonsense = "7".repeat(100_000);
    std::fs::write(dumped.folder.path().join("log/blocks.hex"), nonsense).expect("written");
    let output = dumped.audit(&[]);
    assert_fails(&output, 5, "line 1 of log/blocks.hex is not such an answer: ");
    assert!(output.stderr.len() < 500, "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains(".rs"), "{}", text(&output.stderr));
    let output = rehearse(dumped.folder.path(), &["--tamper", "drop"]);
    assert_fails(&output, 2, "--audit");
    let output = rehearse(dumped.folder.path(), &["--audit", "--tamper", "bribe"]);
    assert_fails(&output, 2, "bribe");
}
