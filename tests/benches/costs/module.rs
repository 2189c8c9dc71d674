//! The real module in the sandbox, and its transitions by the network's own count where there is a `PocketIC`
//! server.

use crate::report::Report;
use integration_tests::{
    Network,
    costs::{
        Bench, Costs, StopCost, TRANSITIONS, bytes_per_operation, create_whole, dearest_query,
        dearest_transition, growth, instructions, module_bytes, on_fresh_run,
        published_on_fresh_run, transition_growth, upgrade_with,
    },
};

/// How many targets the runs have.
const fn sizes(quick: bool) -> &'static [u32] {
    if quick { &[9, 999] } else { &[9, 999, 19_999] }
}

/// What the coordinator publishes on this network, at each size.
pub fn published(network: &Network, quick: bool) -> Vec<Costs> {
    sizes(quick).iter().map(|targets| published_on_fresh_run(network, *targets)).collect()
}

/// Measures transitions and queries at each size, then upgrades, creation and sizes. What was `published` on
/// `PocketIC` gets its place beside what is counted in the sandbox.
pub fn measure(report: &mut Report, quick: bool, published: Option<&[Costs]>) {
    let mut costs = Vec::new();
    for (index, targets) in sizes(quick).iter().enumerate() {
        costs.push(at_size(report, *targets, published.map(|published| &published[index])));
    }
    let (small, large) = (&costs[0], &costs[costs.len() - 1]);
    report.add("transition_cost_growth", transition_growth(small, large), "times");
    if let Some([small, .., large]) = published {
        let growth = transition_growth(small, large);
        report.add("pocket_ic_transition_cost_growth", growth, "times");
    }
    for query in ["resume_summary", "next_ready_operation", "list_operations"] {
        report.add(format!("{query}_cost_growth"), growth(small, large, query), "times");
    }
    over_floor(report);
    upgrades(report, quick);
    creation(report, quick);
    report.add("stable_bytes_per_operation", bytes_per_operation(999) as f64, "bytes");
    report.add("module_gzipped", module_bytes() as f64, "bytes");
}

fn over_floor(report: &mut Report) {
    let (ours, floor) = (StopCost::measure(), StopCost::floor());
    for (name, cost) in [("stop", &ours), ("floor", &floor)] {
        report.add(format!("{name}_claim"), cost.claim as f64, "instructions");
        report.add(format!("{name}_receipt"), cost.receipt as f64, "instructions");
    }
    report.add("transition_over_floor", ours.over(&floor), "times");
    let without_log = ours.without(&StopCost::log());
    report.add("transition_over_unchained", ours.over(&without_log), "times");
}

fn at_size(report: &mut Report, targets: u32, published: Option<&Costs>) -> Costs {
    let operations = 5 + 5 * targets;
    let costs = on_fresh_run(targets);
    for (name, cost) in &costs {
        let at = format!("{name}_at_{operations}");
        report.add(format!("instructions_{at}"), cost.instructions as f64, "instructions");
        // Queries publish nothing.
        if let Some(published) = published.filter(|_| TRANSITIONS.contains(name)) {
            let count = instructions(published, name) as f64;
            report.add(format!("pocket_ic_instructions_{at}"), count, "instructions");
        }
        let pages = cost.stable_pages_read.max(cost.stable_pages_written);
        report.add(format!("pages_{at}"), pages as f64, "stable pages touched");
    }
    let name = format!("dearest_transition_at_{operations}");
    report.add(&name, dearest_transition(&costs) as f64, "instructions");
    let (query, dearest) = dearest_query(&costs);
    report.add(format!("dearest_query_at_{operations}_{query}"), dearest as f64, "instructions");
    if let Some(published) = published {
        let dearest = dearest_transition(published) as f64;
        report.add(format!("pocket_ic_{name}"), dearest, "instructions");
    }
    costs
}

fn upgrades(report: &mut Report, quick: bool) {
    let counts: &[u32] = if quick { &[0, 1_000] } else { &[0, 1_000, 10_000] };
    let costs: Vec<f64> = counts.iter().map(|count| upgrade_with(*count) as f64).collect();
    for (count, cost) in counts.iter().zip(&costs) {
        report.add(format!("upgrade_with_{count}_journals"), *cost, "instructions");
    }
    report.add("upgrade_cost_growth", costs[costs.len() - 1] / costs[0], "times");
}

fn creation(report: &mut Report, quick: bool) {
    let counts: &[u32] = if quick { &[1_000] } else { &[1_000, 10_000, 50_000] };
    for targets in counts {
        let bench = Bench::new();
        let (dearest, sum) = bench.cost_of_creating("run", *targets);
        report.add(format!("create_{targets}_targets"), sum as f64, "instructions");
        let name = format!("create_{targets}_targets_dearest_call");
        report.add(name, dearest as f64, "instructions");
        let dearest = Bench::new().cost_of_discarding("run", *targets);
        report.add(
            format!("discard_{targets}_targets_dearest_call"),
            dearest as f64,
            "instructions",
        );
        let dearest = bench.accept("run", *targets).into_iter().max().unwrap_or_default();
        let name = format!("accept_{targets}_targets_dearest_batch");
        report.add(name, dearest as f64, "instructions");
    }
    report.add("create_1000_targets_whole", create_whole(1_000) as f64, "instructions");
}
