//! How long a fleet is down while it is backed up side by side: a few calls that follow each other, whatever its size.

mod common;
#[path = "common/reach.rs"]
mod reach;
#[path = "common/served.rs"]
#[allow(dead_code, reason = "the report alone counts here")]
mod served;

use reach::{downtime_rounds, fleet};
use served::Served;
use std::fs;

/// The downtime of a fleet with so many members on each level, with `parallel` operations at a time.
fn rounds_with(levels: &[u64], parallel: u64, options: &[&str]) -> u64 {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("fleet.json"), fleet(levels).to_string()).expect("written");
    let members: u64 = levels.iter().sum();
    // All members run again when the first download is claimed.
    let (parallel, pause) = (parallel.to_string(), (4 + 3 * members).to_string());
    let args = ["--registry", "fleet.json", "--parallel", &parallel, "--pause-at", &pause];
    let served = Served::start_in(folder, &[&args[..], options].concat());
    assert_eq!(served.report["restart_required"], false);
    assert_eq!(served.report["downtime"]["members"], members);
    downtime_rounds(&served.report)
}

/// The same with a driver that performs as many operations at a time as there are members.
fn rounds(levels: &[u64]) -> u64 {
    rounds_with(levels, levels.iter().sum(), &[])
}

/// The same when the coordinator backs the fleet up by itself.
fn rounds_on_chain(levels: &[u64]) -> u64 {
    rounds_with(levels, 50, &["--on-chain"])
}

#[test]
fn the_coordinator_backs_up_a_hundred_with_a_dozen_calls_that_follow_each_other() {
    let rounds = rounds_on_chain(&[20, 40, 40]);
    println!("downtime_rounds_executor_100 {rounds}");
    // Three for the stops and three for the starts of three levels, and six for the snapshots: of each it looks before and
    // after, and of 100 it takes 50 at a time.
    assert!(rounds <= 12, "{rounds} call latencies");
    // A level of more than 50 takes two rounds to be stopped and two to be started.
    let rounds_wide = rounds_on_chain(&[10, 30, 60]);
    println!("downtime_rounds_executor_100_wide {rounds_wide}");
    assert!(rounds_wide <= rounds + 2, "{rounds_wide} call latencies");
}

#[test]
fn a_fleet_is_down_for_a_few_calls_and_ten_times_the_fleet_not_for_ten_times_as_long() {
    let rounds_100 = rounds(&[10, 30, 60]);
    println!("downtime_rounds_100 {rounds_100}");
    // A wave takes four calls: claim, look, act, report. There are seven: the stops and the starts of three levels, and
    // the snapshots. The first claim is where it begins.
    assert!(rounds_100 < 4 * 7, "{rounds_100} call latencies");
    let rounds_1000 = rounds(&[10, 90, 900]);
    println!("downtime_rounds_1000 {rounds_1000}");
    assert!(rounds_1000 <= 3 * rounds_100, "{rounds_1000} instead of {rounds_100} call latencies");
}
