//! Rehearsals in which the coordinator backs the fleet up by itself, with faults of the calls that it makes.

mod common;
#[path = "common/rehearsal.rs"]
#[allow(dead_code, reason = "other tests look at more of a rehearsal")]
mod rehearsal;

use rehearsal::{Rehearsal, check_backup, check_success, list, text};
use serde_json::Value;
use std::fs;

/// Calls of the coordinator for each target: two that look before the run, a stop, a look, a snapshot, a look, a start.
const CALLS: u64 = 7;

fn rehearse(args: &str) -> Rehearsal {
    let args = format!("--on-chain --json --out backup {args}");
    Rehearsal::run(&args.split_whitespace().collect::<Vec<&str>>())
}

/// The problem of each check that does not hold.
fn problems(result: &Value) -> Vec<(&str, &str)> {
    let problem = |check| {
        let check: &Value = check;
        Some((text(&check["name"]), check["problem"].as_str()?))
    };
    list(&result["checks"]).iter().filter_map(problem).collect()
}

#[test]
fn the_coordinator_backs_the_fleet_up_and_a_driver_fetches_the_snapshots() {
    let rehearsal = rehearse("--targets 8 --audit");
    let result = rehearsal.json(0);
    check_success(&result, 8);
    check_backup(&rehearsal.path("backup"), &result);
    assert_eq!(result["rehearsal"]["calls"], 8 * CALLS);
    assert_eq!(result["audit"]["ok"], true);
    assert_eq!(result["downtime"]["members"], 8);
    for line in ["8 create-snapshot under way", "the coordinator has done its part"] {
        assert!(rehearsal.stderr().contains(line), "{}", rehearsal.stderr());
    }
    // The driver reports nothing but transfers.
    assert_eq!(rehearsal.stderr().matches("45 stop ").count(), 0);
}

#[test]
fn faults_that_pass_cost_nothing_but_time() {
    for faults in [
        "rejected-for-now:canister_status:3 callback-traps:list_canister_snapshots:2",
        "rejected-for-now:stop_canister:1 reply-lost:stop_canister:2",
        "late:stop_canister:2 call-lost:stop_canister:3 callback-traps:stop_canister:4",
        "reply-lost:take_canister_snapshot:1 call-lost:take_canister_snapshot:2 late:take_canister_snapshot:3",
        "callback-traps:take_canister_snapshot:1 snapshots-refused:2",
        "foreign-snapshot:stop_canister:1 callback-traps:start_canister:2",
        "rejected-for-good:start_canister:1 late:start_canister:2 reply-lost:start_canister:3",
        "upgrade:3 upgrade:20 upgrade:take_canister_snapshot:2 upgrade:start_canister:1",
    ] {
        let options: Vec<String> =
            faults.split(' ').map(|fault| format!("--fault {fault}")).collect();
        let rehearsal = rehearse(&format!("--targets 6 --audit {}", options.join(" ")));
        let result = rehearsal.json(0);
        check_success(&result, 6);
        check_backup(&rehearsal.path("backup"), &result);
        assert_eq!(result["rehearsal"]["faults"], options.len(), "{faults}");
        assert_eq!(result["rehearsal"]["upgrades"], faults.matches("upgrade").count(), "{faults}");
    }
}

#[test]
fn faults_that_last_abort_the_run_and_everything_runs_again() {
    for fault in [
        "rejected-for-good:canister_status:2",
        "rejected-for-good:take_canister_snapshot:2",
        "out-of-cycles:take_canister_snapshot:1",
        "restarted:stop_canister:2",
        "restarted:take_canister_snapshot:2",
        "slots-full:stop_canister:2",
    ] {
        let rehearsal = rehearse(&format!("--targets 6 --audit --fault {fault}"));
        let result = rehearsal.json(1);
        assert_eq!(result["state"], "Aborted", "{fault}");
        assert_eq!(result["rehearsal"]["faults"], 1, "{fault}");
        assert_eq!(result["audit"]["ok"], true, "{fault}");
        assert!(rehearsal.stderr().contains("the run was aborted: "), "{fault}");
        let broken = problems(&result);
        for name in [
            "every member is running",
            "no restart is owed",
            "the journal keeps its invariants",
            "every fault has happened that was ordered",
        ] {
            assert!(broken.iter().all(|(broken, _)| *broken != name), "{fault}: {broken:?}");
        }
    }
}

#[test]
fn a_run_may_go_on_without_a_member_whose_transfer_is_then_skipped() {
    let rehearsal = rehearse(
        "--targets 6 --skip-failed-members --fault out-of-cycles:take_canister_snapshot:2",
    );
    let result = rehearsal.json(1);
    assert_eq!(result["state"], "Completed");
    let operations = list(&result["operations"]).iter();
    let skipped: Vec<(&str, &str)> = operations
        .filter(|row| row["outcome"] == "Skipped")
        .map(|row| (text(&row["kind"]), text(&row["target"])))
        .collect();
    let member = skipped[0].1;
    let kinds = ["create-snapshot", "download-snapshot", "verify-artifact"];
    assert_eq!(skipped, kinds.map(|kind| (kind, member)));
    let without = format!("{member} has no snapshot of this run");
    assert_eq!(problems(&result), [("each target has one snapshot of this run", without.as_str())]);
    let manifest = fs::read(rehearsal.path("backup").join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let members: Vec<&str> =
        list(&manifest["members"]).iter().map(|it| text(&it["canister_id"])).collect();
    assert_eq!(members.len(), 5);
    assert!(!members.contains(&member));
}

#[test]
fn a_fault_whose_call_is_never_made_fails_the_rehearsal() {
    let rehearsal = rehearse("--targets 2 --fault upgrade:15");
    let result = rehearsal.json(1);
    assert_eq!(result["state"], "Completed");
    let told = "upgrade:15 has not, after 14 calls of the coordinator";
    assert_eq!(problems(&result), [("every fault has happened that was ordered", told)]);
}

/// What a driver does wrong is rehearsed with the transfers, which are left to it.
#[test]
fn a_driver_may_fail_and_die_over_the_transfers() {
    let rehearsal = rehearse(
        "--targets 4 --fail download-snapshot:2 --fail finalize-manifest:1 --crash-at 19 --upgrade-every 4",
    );
    let result = rehearsal.json(0);
    check_success(&result, 4);
    assert_eq!(result["rehearsal"]["drivers"], 2);
    assert_eq!(result["rehearsal"]["failures"], 2);
}

#[test]
fn wrong_usage_is_refused_before_anything_is_done() {
    for (args, problem) in [
        ("--fault late", "expected FAULT:N or FAULT:METHOD:N"),
        ("--fault early:1", "there is no fault early; there are rejected-for-now"),
        ("--fault late:install_code:1", "the coordinator does not call install_code"),
        ("--fault late:0", "0 is not a number from 1 on"),
        ("--fault snapshots-refused:stop_canister:1", "does not happen to stop_canister"),
        ("--restart-within 59", "59 is not in 60..=86400"),
        ("--parallel 51", "policy.max_parallel is 1 to 50, not 51"),
        ("--crash-at 4", "--crash-at 4: the coordinator performs that stop by itself"),
        ("--abort-at 40", "--abort-at 40: the operations of this run are 0 to 39"),
        ("--fail stop:1", "the coordinator performs that stop by itself"),
    ] {
        let rehearsal = rehearse(args);
        assert_eq!(rehearsal.exit(), Some(2), "{args}: {}", rehearsal.stderr());
        assert!(rehearsal.stderr().contains(problem), "{}", rehearsal.stderr());
        assert!(rehearsal.is_untouched(), "{args}");
    }
    for args in ["--fault late:1", "--skip-failed-members", "--restart-within 60"] {
        let rehearsal = Rehearsal::run(&args.split_whitespace().collect::<Vec<&str>>());
        assert_eq!(rehearsal.exit(), Some(2), "{args}");
        assert!(rehearsal.stderr().contains("--on-chain"), "{}", rehearsal.stderr());
    }
}
