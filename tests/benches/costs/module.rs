//! The real module in the sandbox, and by the network's own count where there is a `PocketIC` server.

use crate::report::Report;
use integration_tests::{
    Network,
    costs::{
        BatchCost, Bench, Costs, StopCost, WideWave, bytes_per_operation, create_whole,
        dearest_query, dearest_transition, growth, instructions, module_bytes, on_fresh_run,
        transition_growth, upgrade_with,
    },
};

/// How many targets the runs have.
const fn sizes(quick: bool) -> &'static [u32] {
    if quick { &[9, 999] } else { &[9, 999, 19_999] }
}

/// How many targets are drafted.
const fn drafts(quick: bool) -> &'static [u32] {
    if quick { &[1_000] } else { &[1_000, 10_000, 50_000] }
}

/// What calls cost on one kind of network.
pub struct Figures {
    /// Transitions and queries, at each size.
    runs: Vec<Costs>,
    /// The calls that create a run, by name.
    creation: Vec<(String, u64)>,
}

impl Figures {
    /// Measures, each size on a network of its own.
    pub fn of(network: fn() -> Network, quick: bool) -> Self {
        let runs = sizes(quick).iter().map(|targets| on_fresh_run(network(), *targets)).collect();
        let mut creation = Vec::new();
        for targets in drafts(quick) {
            let bench = Bench::on(network());
            let (dearest, sum) = bench.cost_of_creating("run", *targets);
            creation.push((format!("create_{targets}_targets"), sum));
            creation.push((format!("create_{targets}_targets_dearest_call"), dearest));
            let dearest = Bench::on(network()).cost_of_discarding("run", *targets);
            creation.push((format!("discard_{targets}_targets_dearest_call"), dearest));
            let dearest = bench.accept("run", *targets).into_iter().max().unwrap_or_default();
            creation.push((format!("accept_{targets}_targets_dearest_batch"), dearest));
        }
        creation.push(("create_1000_targets_whole".to_owned(), create_whole(network(), 1_000)));
        Self { runs, creation }
    }

    fn transition_growth(&self) -> f64 {
        transition_growth(&self.runs[0], &self.runs[self.runs.len() - 1])
    }
}

/// Measures transitions and queries at each size, creation, upgrades and sizes. What was counted on `PocketIC` gets
/// its place beside what is counted in the sandbox.
pub fn measure(report: &mut Report, quick: bool, pocket_ic: Option<&Figures>) {
    let ours = Figures::of(Network::sandbox, quick);
    for (index, targets) in sizes(quick).iter().enumerate() {
        let counted = pocket_ic.map(|figures| &figures.runs[index]);
        at_size(report, *targets, &ours.runs[index], counted);
    }
    report.add("transition_cost_growth", ours.transition_growth(), "times");
    if let Some(figures) = pocket_ic {
        report.add("pocket_ic_transition_cost_growth", figures.transition_growth(), "times");
    }
    let (small, large) = (&ours.runs[0], &ours.runs[ours.runs.len() - 1]);
    for query in ["resume_summary", "next_ready_operation", "list_operations"] {
        report.add(format!("{query}_cost_growth"), growth(small, large, query), "times");
    }
    over_floor(report);
    batches(report);
    wide_wave(report, if quick { 1_999 } else { 19_999 });
    upgrades(report, quick);
    for (index, (name, cost)) in ours.creation.iter().enumerate() {
        report.add(name, *cost as f64, "instructions");
        if let Some(figures) = pocket_ic {
            let (name, count) = &figures.creation[index];
            report.add(format!("pocket_ic_{name}"), *count as f64, "instructions");
        }
    }
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

/// One operation in batches of 100 over one by itself.
fn batches(report: &mut Report) {
    let mut worst = 0.0_f64;
    for cost in BatchCost::measure() {
        let stage = format!("{:?}", cost.stage).to_lowercase();
        report.add(format!("one_{stage}_by_itself"), cost.single as f64, "instructions");
        report.add(format!("one_{stage}_in_a_batch"), cost.batched as f64, "instructions");
        worst = worst.max(cost.over_single());
    }
    report.add("batched_over_single", worst, "times");
}

fn wide_wave(report: &mut Report, targets: u32) {
    let wave = WideWave::measure(targets);
    for (name, cost) in &wave.costs {
        let name = format!("{name}_with_{}_pending", wave.pending);
        report.add(name, *cost as f64, "instructions");
    }
    report.add("wide_wave_dearest_update", wave.dearest_update().1 as f64, "instructions");
    report.add("wide_wave_claim_growth", wave.claim_growth(), "times");
}

fn at_size(report: &mut Report, targets: u32, costs: &Costs, pocket_ic: Option<&Costs>) {
    let operations = 5 + 5 * targets;
    for (name, cost) in costs {
        let at = format!("{name}_at_{operations}");
        report.add(format!("instructions_{at}"), cost.instructions as f64, "instructions");
        if let Some(counted) = pocket_ic {
            let count = instructions(counted, name) as f64;
            report.add(format!("pocket_ic_instructions_{at}"), count, "instructions");
        }
        let pages = cost.stable_pages_read.max(cost.stable_pages_written);
        report.add(format!("pages_{at}"), pages as f64, "stable pages touched");
    }
    dearest(report, "", operations, costs);
    if let Some(counted) = pocket_ic {
        dearest(report, "pocket_ic_", operations, counted);
    }
}

fn dearest(report: &mut Report, network: &str, operations: u32, costs: &Costs) {
    let name = format!("{network}dearest_transition_at_{operations}");
    report.add(name, dearest_transition(costs) as f64, "instructions");
    let (query, dearest) = dearest_query(costs);
    let name = format!("{network}dearest_query_at_{operations}_{query}");
    report.add(name, dearest as f64, "instructions");
}

fn upgrades(report: &mut Report, quick: bool) {
    let counts: &[u32] = if quick { &[0, 1_000] } else { &[0, 1_000, 10_000] };
    let costs: Vec<f64> = counts.iter().map(|count| upgrade_with(*count) as f64).collect();
    for (count, cost) in counts.iter().zip(&costs) {
        report.add(format!("upgrade_with_{count}_journals"), *cost, "instructions");
    }
    report.add("upgrade_cost_growth", costs[costs.len() - 1] / costs[0], "times");
}
