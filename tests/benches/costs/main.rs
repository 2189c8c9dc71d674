//! What things cost: `scripts/bench.sh` prints a table and writes `target/bench.tsv`.

#![allow(clippy::cast_precision_loss, reason = "figures for people have three digits")]

mod module;
mod native;
mod pages;
mod report;

use integration_tests::Network;
use report::Report;

fn main() {
    let given = |option: &str| std::env::args().any(|arg| arg == option);
    let quick = given("--quick");
    // First of all: a server that cannot be had is found out at once, and one that idles ends itself.
    let published = given("--pocket-ic").then(|| module::published(&Network::pocket_ic(), quick));
    let mut report = Report::default();
    native::measure(&mut report, quick);
    module::measure(&mut report, quick, published.as_deref());
    pages::measure(&mut report, quick);
    report.finish();
}
