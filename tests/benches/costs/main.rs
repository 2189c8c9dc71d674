//! What things cost: `scripts/bench.sh` prints a table and writes `target/bench.tsv`.

#![allow(clippy::cast_precision_loss, reason = "figures for people have three digits")]

mod module;
mod native;
mod report;

use report::Report;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let mut report = Report::default();
    native::measure(&mut report, quick);
    module::measure(&mut report, quick);
    report.finish();
}
