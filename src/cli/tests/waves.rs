//! Rehearsals of fleets that are backed up many operations at a time, disturbed in the midst of their waves.

mod common;
#[path = "common/rehearsal.rs"]
#[allow(dead_code, reason = "other tests look at more of a rehearsal")]
mod rehearsal;

use rehearsal::{Rehearsal, check_backup, check_success, list, text};
use serde_json::Value;

/// A run of forty that is disturbed in its stops and snapshots, with these arguments in addition.
fn disturbed_run_of_forty(args: &[&str]) -> Value {
    let faults = "--targets 40 --fail stop:2 --fail create-snapshot:3 --upgrade-every 5 --crash-at 30 \
                  --json --out backup";
    let faults: Vec<&str> = faults.split_whitespace().collect();
    let rehearsal = Rehearsal::run(&[&faults[..], args].concat());
    let result = rehearsal.json(0);
    check_success(&result, 40);
    check_backup(&rehearsal.path("backup"), &result);
    let retried: Vec<u64> = list(&result["operations"])
        .iter()
        .filter(|row| row["attempts"] == 2)
        .map(|row| row["sequence"].as_u64().expect("a number"))
        .collect();
    assert_eq!(retried, [5, 46]);
    assert_eq!(result["rehearsal"]["transitions"], TRANSITIONS_OF_FORTY);
    assert_eq!(result["rehearsal"]["drivers"], 2);
    assert_eq!(result["rehearsal"]["failures"], 2);
    result
}

/// The journal, the preflight, a claim and a report of each operation, and two of them again after a retry.
const TRANSITIONS_OF_FORTY: u64 = 1 + 1 + 2 * 205 + 2 * 3;

#[test]
fn a_disturbed_run_of_forty_ends_as_it_should() {
    let result = disturbed_run_of_forty(&[]);
    // A batch of claims is one event, and the coordinator is not upgraded in its midst.
    let events = result["audit_events"].as_u64().expect("a number");
    assert!((1 + 207..TRANSITIONS_OF_FORTY).contains(&events), "{events} events");
    let upgrades = result["rehearsal"]["upgrades"].as_u64().expect("a number");
    assert!((10..TRANSITIONS_OF_FORTY / 5).contains(&upgrades), "{upgrades} upgrades");
}

#[test]
fn one_operation_at_a_time_is_enough() {
    let result = disturbed_run_of_forty(&["--parallel", "1"]);
    // One event for each transition, and one for the installation.
    assert_eq!(result["audit_events"], TRANSITIONS_OF_FORTY + 1);
    assert_eq!(result["rehearsal"]["upgrades"], TRANSITIONS_OF_FORTY / 5);
}

/// Others of its wave are under way, claimed and done without a report when a driver dies.
#[test]
fn a_driver_may_die_in_the_midst_of_a_wave() {
    // Six operations are begun at once, three more are claimed: in a run of 20, stops of the second level begin at 8,
    // snapshots at 24, starts at 44, and transfers at 64.
    for crash in ["15:before", "18:half", "33:half", "35:after", "52:half", "80:half", "91:after"] {
        let args = "--targets 20 --parallel 6 --parallel-downloads 3 --upgrade-every 7 --fail stop:9 \
                    --fail create-snapshot:12 --fail start:3 --json --out backup --crash-at";
        let args: Vec<&str> = args.split_whitespace().chain([crash]).collect();
        let rehearsal = Rehearsal::run(&args);
        let result = rehearsal.json(0);
        check_success(&result, 20);
        check_backup(&rehearsal.path("backup"), &result);
        assert_eq!(result["rehearsal"]["drivers"], 2, "{crash}");
        let mut attempts = list(&result["operations"]).iter().map(|row| &row["attempts"]);
        assert!(attempts.all(|attempts| attempts == 1 || attempts == 2), "{crash}");
    }
}

/// A failure that lasts ends the run, but not before everything else of its wave is done.
#[test]
fn a_failure_does_not_hold_up_the_others_of_its_wave() {
    let args = "--targets 20 --parallel 3 --fail create-snapshot:2 --fail create-snapshot:2 \
                --fail create-snapshot:2 --json";
    let args: Vec<&str> = args.split_whitespace().collect();
    let result = Rehearsal::run(&args).json(1);
    assert!(text(&result["error"]).contains("given up after attempt 3"));
    let operations = list(&result["operations"]);
    let of_kind = |kind: &'static str| operations.iter().filter(move |row| row["kind"] == kind);
    let outcomes: Vec<&str> = of_kind("create-snapshot").map(|row| text(&row["outcome"])).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "Completed").count(), 19);
    assert_eq!(outcomes[1], "Failed");
    assert!(of_kind("start").all(|row| row["attempts"] == 0));
}

/// Before the first stop, between stops, snapshots, starts and transfers: what was stopped is started.
#[test]
fn an_aborted_run_starts_what_it_has_stopped() {
    for (at, stopped) in [(2, 0), (6, 4), (12, 20), (30, 20), (50, 20), (70, 20)] {
        let at = at.to_string();
        let args = ["--targets", "20", "--parallel", "6", "--json", "--abort-at", &at];
        let rehearsal = Rehearsal::run(&args);
        let result = rehearsal.json(1);
        assert_eq!(result["state"], "Aborted", "{at}");
        let told = format!("the run was aborted: it was told to be aborted (--abort-at {at})");
        assert!(rehearsal.stderr().contains(&told), "{}", rehearsal.stderr());
        let held: Vec<&str> = list(&result["checks"])
            .iter()
            .filter(|check| check["problem"].is_null())
            .map(|check| text(&check["name"]))
            .collect();
        for name in
            ["every member is running", "no restart is owed", "the journal keeps its invariants"]
        {
            assert!(held.contains(&name), "{at}: {}", result["checks"]);
        }
        let pending = |row: &&Value| row["state"].as_str().is_some_and(|state| state == "Pending");
        let left: Vec<&Value> = list(&result["operations"]).iter().filter(pending).collect();
        assert_eq!(left, [] as [&Value; 0], "{at}: claimed for ever");
        let down = result["downtime"]["members"].as_u64().unwrap_or_default();
        assert!(down <= stopped, "{at}: {down} members were down");
        assert_eq!(down == 0, stopped == 0, "{at}");
    }
}
