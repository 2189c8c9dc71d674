//! What things cost: `scripts/bench.sh` prints a table and writes `target/bench.tsv`.

mod canister;
mod floor;
mod native;
mod plans;
mod report;

use report::Report;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let mut report = Report::default();
    native::measure(&mut report, quick);
    canister::measure(&mut report, quick);
    report.finish();
}
