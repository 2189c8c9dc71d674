//! How long a fleet is down while it is backed up: `scripts/bench.sh` prints it and adds it to `target/bench.tsv`.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/reach.rs"]
mod reach;
#[path = "../tests/common/rehearsal.rs"]
#[allow(dead_code, reason = "other tests look at more of a rehearsal")]
mod rehearsal;

use reach::{downtime_rounds, fleet};
use rehearsal::Rehearsal;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let rounds_100 = rounds(&[10, 30, 60]);
    add("downtime_rounds_100", rounds_100, "call latencies");
    add("downtime_rounds_executor_100", rounds_on_chain(&[20, 40, 40]), "call latencies");
    add("downtime_rounds_executor_100_wide", rounds_on_chain(&[10, 30, 60]), "call latencies");
    if !quick {
        add("downtime_growth_1000", rounds(&[10, 90, 900]) / rounds_100, "x");
        let rehearsal = Rehearsal::run(&["--targets", "1000", "--json"]).json(0);
        let nanos = rehearsal["duration_nanos"].as_f64().expect("a number");
        add("rehearsal_1000", nanos / 60e9, "minutes of network time");
    }
}

/// The downtime of a fleet with so many members on each level, backed up with `--parallel` of all of them.
fn rounds(levels: &[u64]) -> f64 {
    rounds_with(levels, levels.iter().sum(), &[])
}

/// The same when the coordinator backs the fleet up by itself, 50 members at a time.
fn rounds_on_chain(levels: &[u64]) -> f64 {
    rounds_with(levels, 50, &["--on-chain"])
}

fn rounds_with(levels: &[u64], parallel: u64, options: &[&str]) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = folder.path().join("fleet.json");
    fs::write(&registry, fleet(levels).to_string()).expect("written");
    let registry = registry.to_string_lossy();
    let parallel = parallel.to_string();
    let args = ["--registry", &*registry, "--parallel", &parallel, "--json"];
    let result = Rehearsal::run(&[&args[..], options].concat()).json(0);
    f64::from(u32::try_from(downtime_rounds(&result)).expect("a small number"))
}

/// Prints a figure and adds it to the file, as the other bench does.
fn add(name: &str, value: f64, unit: &str) {
    println!("{name:<52} {value:>18.3} {unit}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench.tsv");
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.expect("target/bench.tsv can be written");
    writeln!(file, "{name}\t{value:.3}\t{unit}").expect("target/bench.tsv can be written");
}
