//! Rehearsals of many nights, in which the coordinator backs the fleet up at the times of its schedule.

mod common;
#[path = "common/rehearsal.rs"]
#[allow(dead_code, reason = "other tests look at more of a rehearsal")]
mod rehearsal;

use rehearsal::{Rehearsal, list};
use serde_json::Value;

fn rehearse(args: &str) -> Rehearsal {
    Rehearsal::run(&args.split_whitespace().collect::<Vec<&str>>())
}

/// Everything holds, and every night has a run or a reason why not.
fn check(result: &Value, nights: usize) {
    assert_eq!(result["ok"], true, "{:#}", result["checks"]);
    assert!(list(&result["checks"]).len() >= 8);
    assert_eq!(list(&result["nights"]).len(), nights);
    for night in list(&result["nights"]) {
        assert!(night["run_id"].is_string() || night["without"].is_string(), "{night:#}");
    }
    let idle_day = result["costs"]["idle_day"].as_u64().expect("it is measured");
    assert!((1..=100_000_000).contains(&idle_day), "an idle day costs {idle_day}");
}

#[test]
fn five_nights_in_which_calls_go_wrong() {
    let result = rehearse("--days 5 --targets 4 --seed 1 --json").json(0);
    check(&result, 5);
    for what in ["upgrades", "outages", "interferences", "calls"] {
        assert!(result["totals"][what].as_u64() > Some(0), "{what}: {:#}", result["totals"]);
    }
    assert!(!result["totals"]["faults"].as_object().expect("kinds").is_empty());
    let again = rehearse("--days 5 --targets 4 --seed 1 --json").json(0);
    assert_eq!(result, again, "the same seed gives the same nights");
}

#[test]
fn without_faults_the_network_keeps_what_the_schedule_says() {
    let rehearsal = rehearse("--days 12 --targets 2 --seed 3 --fault-rate 0");
    assert_eq!(rehearsal.exit(), Some(0), "{}", rehearsal.stderr());
    assert!(
        rehearsal.stdout().contains("verified      all 8 checks hold"),
        "{}",
        rehearsal.stdout()
    );
    assert!(rehearsal.stderr().contains("--seed 3"));
    assert!(rehearsal.is_untouched(), "no file is written");
}

#[test]
fn thirty_nights_with_several_seeds() {
    for seed in 1..=3 {
        let result = rehearse(&format!("--days 30 --targets 4 --seed {seed} --json")).json(0);
        check(&result, 30);
        let runs = result["totals"]["runs"].as_object().expect("runs by outcome");
        assert!(runs.contains_key("complete") || runs.contains_key("on network"), "{runs:?}");
    }
}

#[test]
fn what_many_nights_do_not_have_is_refused() {
    for (args, problem) in [
        ("--days 0", "0 is not in 1..=350"),
        ("--days 3 --on-chain", "cannot be used with"),
        ("--days 3 --restore", "cannot be used with"),
        ("--days 3 --fail stop:1", "cannot be used with"),
        ("--days 3 --fault-rate 51", "51 is not in 0..=50"),
        ("--seed 1", "--days"),
    ] {
        let rehearsal = rehearse(args);
        assert_eq!(rehearsal.exit(), Some(2), "{args}: {}", rehearsal.stderr());
        assert!(rehearsal.stderr().contains(problem), "{}", rehearsal.stderr());
    }
}
