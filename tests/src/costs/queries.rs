//! What the queries of a run cost, and pages of everything.

use super::{Bench, Costs, advance, block};
use backup_journal::{RunId, limits::MAX_PAGE};

/// Asks each query and tells what it cost; in a run that has so many rows, also full pages.
pub fn measure(bench: &Bench, run: &RunId, targets: u32, costs: &mut Costs) {
    let client = &bench.client;
    let mut cost = |name| costs.push((name, bench.cost()));
    block(client.resume_summary(run)).expect("the run exists");
    cost("resume_summary");
    block(client.next_ready_operation(run)).expect("the run exists");
    cost("next_ready_operation");
    // As many rows as the smallest run has, so that the page is the same size everywhere.
    let page = 50;
    let middle = u64::from((5 + 5 * targets - page) / 2);
    block(client.list_operations(run, middle, page)).expect("the page exists");
    cost("list_operations");
    block(client.get_journal(run)).expect("the run exists");
    cost("get_journal");
    if targets > MAX_PAGE / 5 {
        pages(bench, run, middle, costs);
    }
}

fn pages(bench: &Bench, run: &RunId, middle: u64, costs: &mut Costs) {
    // There are pages of receipts and of owed starts only once there are some.
    for _ in 0..MAX_PAGE {
        advance(bench, run);
    }
    let client = &bench.client;
    let mut cost = |name| costs.push((name, bench.cost()));
    block(client.list_operations(run, middle - 500, MAX_PAGE)).expect("the page exists");
    cost("list_operations_page");
    block(client.list_operation_receipts(run, 0, MAX_PAGE)).expect("the page exists");
    cost("list_operation_receipts_page");
    block(client.list_targets(run, 0, MAX_PAGE)).expect("the page exists");
    cost("list_targets_page");
    block(client.list_starts_owed(run, None, MAX_PAGE)).expect("the page exists");
    cost("list_starts_owed_page");
    block(client.get_plan(run, 0, MAX_PAGE)).expect("the page exists");
    cost("get_plan_page");
    block(client.validate_journal(run, 0, MAX_PAGE)).expect("the page exists");
    cost("validate_journal_page");
    block(client.preflight_requests(run, 0, MAX_PAGE)).expect("the page exists");
    cost("preflight_requests_page");
    // From the beginning, where the targets of the plan arrived.
    block(client.list_audit_events(0, MAX_PAGE)).expect("the page exists");
    cost("list_audit_events_page");
    block(client.icrc3_get_blocks(0, u64::from(MAX_PAGE))).expect("the blocks exist");
    cost("icrc3_get_blocks_page");
}
