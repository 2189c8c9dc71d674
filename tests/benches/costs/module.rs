//! The real module in the sandbox.

use crate::report::Report;
use integration_tests::costs::{
    Bench, Costs, StopCost, TRANSITIONS, bytes_per_operation, create_whole, growth, instructions,
    module_bytes, on_fresh_run, transition_growth, upgrade_with,
};

/// Measures transitions and queries at each size, then upgrades, creation and sizes.
pub fn measure(report: &mut Report, quick: bool) {
    let sizes: &[u32] = if quick { &[9, 999] } else { &[9, 999, 19_999] };
    let costs: Vec<Costs> = sizes.iter().map(|targets| at_size(report, *targets)).collect();
    let (small, large) = (&costs[0], &costs[costs.len() - 1]);
    report.add("transition_cost_growth", transition_growth(small, large), "times");
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
}

fn at_size(report: &mut Report, targets: u32) -> Costs {
    let operations = 5 + 5 * targets;
    let costs = on_fresh_run(targets);
    for (name, cost) in &costs {
        let name = format!("{name}_at_{operations}");
        report.add(format!("instructions_{name}"), cost.instructions as f64, "instructions");
        let pages = cost.stable_pages_read.max(cost.stable_pages_written);
        report.add(format!("pages_{name}"), pages as f64, "stable pages touched");
    }
    let dearest = TRANSITIONS.iter().map(|name| instructions(&costs, name)).max();
    let dearest = dearest.unwrap_or_default() as f64;
    report.add(format!("dearest_transition_at_{operations}"), dearest, "instructions");
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
        let (dearest, sum) = Bench::new().create("run", *targets);
        report.add(format!("create_{targets}_targets"), sum as f64, "instructions");
        let name = format!("create_{targets}_targets_dearest_call");
        report.add(name, dearest as f64, "instructions");
    }
    report.add("create_1000_targets_whole", create_whole(1_000) as f64, "instructions");
}
