//! Runs `backupctl rehearse` on the built modules, and holds what it says against what lies on disk.

mod common;
#[path = "common/rehearsal.rs"]
mod rehearsal;

use rehearsal::{Rehearsal, check_backup, check_success, list, text};
use std::{collections::BTreeSet, fs, process::Command};

/// Every kind of operation, with the sequence of the first of its kind in a run of two targets.
const FIRST_OF_KIND: [(&str, u32); 10] = [
    ("validate-topology", 0),
    ("validate-control-authority", 1),
    ("validate-snapshot-read-authority", 2),
    ("validate-quiescence-policy", 3),
    ("stop", 4),
    ("create-snapshot", 6),
    ("start", 8),
    ("download-snapshot", 10),
    ("verify-artifact", 11),
    ("finalize-manifest", 14),
];

#[test]
fn a_plain_run_backs_up_the_demo_fleet() {
    let rehearsal = Rehearsal::run(&["--run-id", "first"]);
    assert_eq!(rehearsal.exit(), Some(0), "{}", rehearsal.stderr());
    for line in [
        "run           first (Completed)",
        "operations    40 completed, 0 skipped, 0 failed, 0 pending, 0 ready, 0 blocked",
        "restart owed  no",
        "verified      all 7 checks hold",
    ] {
        assert!(rehearsal.stdout().contains(line), "{}", rehearsal.stdout());
    }
    assert_eq!(rehearsal.stderr().lines().count(), 40);
    let backup = rehearsal.path("backup-first");
    let users = backup.join("rno2w-sqaaa-aaaaa-aaacq-cai/stable_memory.bin");
    // More than one piece, and whole pages.
    assert_eq!(fs::metadata(users).expect("a file").len(), 39 * 65_536);
}

#[test]
fn nothing_in_a_pipe_has_escape_codes() {
    let rehearsal = Rehearsal::run(&["--targets", "2", "--fail", "stop:1", "--crash-at", "6"]);
    assert_eq!(rehearsal.exit(), Some(0), "{}", rehearsal.stderr());
    for text in [rehearsal.stdout(), rehearsal.stderr()] {
        assert!(!text.contains(['\u{1b}', '\r']), "{text:?}");
    }
}

#[test]
fn a_driver_may_die_over_every_kind_of_operation() {
    for (kind, sequence) in FIRST_OF_KIND {
        for moment in ["before", "half", "after"] {
            let crash = format!("{sequence}:{moment}");
            let args = ["--targets", "2", "--json", "--out", "backup", "--crash-at"];
            let rehearsal = Rehearsal::run(&[&args[..], &[&crash]].concat());
            let result = rehearsal.json(0);
            check_success(&result, 2);
            check_backup(&rehearsal.path("backup"), &result);
            let row = &result["operations"][sequence as usize];
            assert_eq!(row["kind"], kind);
            assert_eq!(row["attempts"], 1, "the attempt that stood is the one that was reported");
            assert_eq!(result["rehearsal"]["drivers"], 2);
        }
    }
}

#[test]
fn every_kind_of_operation_may_fail_once() {
    let mut args = vec!["--targets", "2", "--json", "--out", "backup"];
    let faults: Vec<String> = FIRST_OF_KIND.map(|(kind, _)| format!("{kind}:1")).to_vec();
    args.extend(faults.iter().flat_map(|fault| ["--fail", fault]));
    let rehearsal = Rehearsal::run(&args);
    let result = rehearsal.json(0);
    check_success(&result, 2);
    check_backup(&rehearsal.path("backup"), &result);
    for (_, sequence) in FIRST_OF_KIND {
        assert_eq!(result["operations"][sequence as usize]["attempts"], 2);
    }
}

#[test]
fn what_a_dead_driver_did_is_not_done_again_after_a_failure() {
    let args = "--targets 2 --crash-at 6:after --fail create-snapshot:1 --upgrade-every 1 --json";
    let args: Vec<&str> = args.split_whitespace().collect();
    let rehearsal = Rehearsal::run(&args);
    check_success(&rehearsal.json(0), 2);
}

#[test]
fn a_run_that_is_given_up_says_who_is_stopped() {
    let args = "--targets 2 --fail stop:2 --fail stop:2 --fail stop:2 --json";
    let args: Vec<&str> = args.split_whitespace().collect();
    let rehearsal = Rehearsal::run(&args);
    let result = rehearsal.json(1);
    assert_eq!(result["ok"], false);
    assert_eq!(result["state"], "Failed");
    assert_eq!(result["restart_required"], true);
    assert!(text(&result["error"]).contains("given up after attempt 3"));
    assert_eq!(list(&result["stopped"]).len(), 1);
    // The journal does not know that the stop that failed will not happen after all.
    let targets = list(&result["targets"]).iter().map(|target| text(&target["canister_id"]));
    let owed: BTreeSet<&str> = list(&result["starts_owed"]).iter().map(text).collect();
    assert_eq!(owed, targets.collect());
    assert!(owed.contains(text(&result["stopped"][0])));
    let start = format!("icp canister start {}", text(&result["stopped"][0]));
    assert!(rehearsal.stderr().contains(&start));
}

#[test]
fn a_registry_file_says_what_the_fleet_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = r#"{"fleet": "tiny", "canisters": [
        {"canister_id": "aaaaa-aa", "role": "root"},
        {"canister_id": "2vxsx-fae", "role": "only", "parent_canister_id": "aaaaa-aa",
         "state": {"seed": 7, "bytes": 70000}}]}"#;
    fs::write(folder.path().join("fleet.json"), registry).expect("written");
    let args = ["--registry", "fleet.json", "--json", "--out", "backup"];
    let rehearsal = Rehearsal::run_in(folder, &args);
    let result = rehearsal.json(0);
    check_success(&result, 1);
    check_backup(&rehearsal.path("backup"), &result);
    assert_eq!(result["fleet"], "tiny");
    assert_eq!(result["targets"][0]["role"], "only");
}

#[test]
fn wrong_usage_is_refused_before_anything_is_done() {
    for (args, problem) in [
        ("--fail halt:1", "there is no kind halt"),
        ("--fail stop", "expected KIND:N"),
        ("--fail stop:8", "this run has 7 operations of that kind"),
        ("--crash-at 40", "the operations of this run are 0 to 39"),
        ("--abort-at 40", "the operations of this run are 0 to 39"),
        ("--parallel 0", "0 is not in 1.."),
        ("--parallel-downloads 0", "0 is not in 1.."),
        ("--crash-at 4:later", "not one of before, half, after"),
        ("--upgrade-every 0", "0 is not in 1.."),
        ("--targets 0", "0 is not in 1.."),
        ("--targets 100001", "more than the 100000 that a run may have"),
        ("--targets 3 --registry x.json", "cannot be used with"),
        ("--registry x.json", "cannot be read"),
        ("--run-id ../up", "a run id has"),
        ("--out .. --json", "is not empty"),
        ("--out /proc/backup", "/proc/backup cannot be used"),
        ("--dump ..", "a log is never written over another"),
        ("--dump /proc/log", "/proc/log cannot be used"),
        ("--sideways", "unexpected argument"),
    ] {
        let args: Vec<&str> = args.split_whitespace().collect();
        let rehearsal = Rehearsal::run(&args);
        assert_eq!(rehearsal.exit(), Some(2), "{args:?}");
        assert!(rehearsal.stderr().contains(problem), "{}", rehearsal.stderr());
        assert_eq!(rehearsal.stdout(), "");
        assert!(rehearsal.is_untouched(), "{args:?}");
    }
}

/// An error may repeat what was typed, but not all of it.
#[test]
fn an_error_is_short_whatever_was_typed() {
    let long = format!("../{}", "x".repeat(50_000));
    let rehearsal = Rehearsal::run(&["--run-id", &long]);
    assert_eq!(rehearsal.exit(), Some(2));
    let shown = rehearsal.stderr().chars().count();
    assert!((10..5_000).contains(&shown), "{shown} characters");
}

#[test]
fn a_registry_that_the_coordinator_would_refuse_is_found_before_anything_is_written() {
    let long = "x".repeat(129);
    for (fleet, role, problem) in [
        (long.as_str(), "only", "its name: 129 of at most 128 bytes"),
        ("", "only", "its name is blank"),
        ("tiny", long.as_str(), "the role of 2vxsx-fae: 129 of at most 128 bytes"),
        ("tiny", " ", "the role of 2vxsx-fae is blank"),
    ] {
        let registry = serde_json::json!({ "fleet": fleet, "canisters": [
            { "canister_id": "aaaaa-aa" },
            { "canister_id": "2vxsx-fae", "role": role, "parent_canister_id": "aaaaa-aa" },
        ]});
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("fleet.json"), registry.to_string()).expect("written");
        let rehearsal = Rehearsal::run_in(folder, &["--registry", "fleet.json", "--out", "backup"]);
        assert_eq!(rehearsal.exit(), Some(2), "{}", rehearsal.stderr());
        assert!(rehearsal.stderr().contains(problem), "{}", rehearsal.stderr());
        assert!(!rehearsal.path("backup").exists());
    }
}

#[test]
fn missing_modules_are_named_with_what_builds_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_backupctl"))
        .current_dir(folder.path())
        .arg("rehearse")
        .output()
        .expect("backupctl cannot be run");
    assert_eq!(output.status.code(), Some(1));
    let problem = String::from_utf8(output.stderr).expect("text");
    assert!(problem.contains("scripts/build.sh --fixtures"), "{problem}");
}

/// Every kind of operation of a restore, with the sequence of the first of its kind in a run of two targets.
const FIRST_OF_RESTORE: [(&str, u32); 8] = [
    ("verify-artifact", 4),
    ("upload-snapshot", 6),
    ("stop", 8),
    ("create-snapshot", 10),
    ("load-snapshot", 12),
    ("start", 16),
    ("verify-member", 18),
    ("finalize-restore", 20),
];

/// The members of a fleet that was ruined have what was backed up, also if a driver dies or an operation fails.
#[test]
fn a_restore_is_rehearsed() {
    for (kind, sequence) in FIRST_OF_RESTORE {
        for moment in ["before", "half", "after"] {
            let (crash, fail) = (format!("{sequence}:{moment}"), format!("{kind}:1"));
            let args = ["--restore", "--targets", "2", "--json", "--out", "restored"];
            let rehearsal =
                Rehearsal::run(&[&args[..], &["--crash-at", &crash, "--fail", &fail]].concat());
            let result = rehearsal.json(0);
            assert_eq!(result["rehearsal"]["drivers"], 2, "{kind} {moment}");
            assert_eq!(text(&result["operations"][sequence as usize]["kind"]), kind);
            let checks = list(&result["checks"]);
            let compared = |check: &&serde_json::Value| {
                text(&check["name"]) == "every member has what was backed up"
            };
            assert_eq!(checks.iter().filter(compared).count(), 1, "{kind} {moment}");
            assert!(rehearsal.path("restored/restore/restored.json").exists());
        }
    }
}

#[test]
fn what_a_restore_does_not_do_cannot_fail_in_it() {
    for (args, problem) in [
        (["--crash-at", "14"], "a roll back is not rehearsed"),
        (["--fail", "download-snapshot:1"], "0 operations of that kind"),
    ] {
        let rehearsal = Rehearsal::run(&[&["--restore", "--targets", "2"][..], &args].concat());
        assert_eq!(rehearsal.exit(), Some(2), "{}", rehearsal.stderr());
        assert!(rehearsal.stderr().contains(problem), "{}", rehearsal.stderr());
    }
}
