//! What things cost: `scripts/bench.sh` prints a table and writes `target/bench.tsv`.

#![allow(clippy::cast_precision_loss, reason = "figures for people have three digits")]

mod module;
mod native;
mod pages;
mod report;

use integration_tests::Network;
use module::Figures;
use report::Report;

fn main() {
    let given = |option: &str| std::env::args().any(|arg| arg == option);
    let quick = given("--quick");
    // First of all: a server that cannot be had is found out at once, and one that idles ends itself.
    let counted = given("--pocket-ic").then(|| Figures::of(Network::pocket_ic_that_counts, quick));
    let mut report = Report::default();
    native::measure(&mut report, quick);
    module::measure(&mut report, quick, counted.as_ref());
    pages::measure(&mut report, quick);
    report.finish();
}
