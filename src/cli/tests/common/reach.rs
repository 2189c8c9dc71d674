//! How long a fleet is down, in figures that do not depend on the machine.

use candid::Principal;
use serde_json::{Value, json};

/// How long a call takes on the simulated network, in nanoseconds.
const LATENCY: u64 = 2_000_000_000;

/// A fleet of a root and, below it, so many members on each level.
pub fn fleet(levels: &[u64]) -> Value {
    let id = |number: u64| Principal::from_slice(&number.to_be_bytes()).to_text();
    let mut canisters = vec![json!({ "canister_id": id(0) })];
    let (mut parents, mut next) = (0..1, 1);
    for size in levels {
        let level = next..next + size;
        let count = parents.end - parents.start;
        canisters.extend(level.clone().map(|number| {
            let parent = parents.start + (number - level.start) % count;
            json!({ "canister_id": id(number), "parent_canister_id": id(parent) })
        }));
        next = level.end;
        parents = level;
    }
    json!({ "fleet": "levels", "canisters": canisters })
}

/// From the first claimed stop to the last start reported, in call latencies that follow each other.
pub fn downtime_rounds(result: &Value) -> u64 {
    let rows = result["operations"].as_array().expect("operations");
    let times = |kind: &'static str, time: &'static str| {
        let rows = rows.iter().filter(move |row| row["kind"] == kind);
        rows.map(move |row| row[time].as_u64().expect("a time"))
    };
    let first = times("stop", "claimed_at").min().expect("a stop");
    let last = times("start", "reported_at").max().expect("a start");
    (last - first).div_ceil(LATENCY)
}
