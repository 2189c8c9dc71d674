//! The real module in the sandbox: instructions (fuel of the interpreter, so good for ratios) and pages.

use crate::{floor::Floor, native::fill, plans, report::Report};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    RunId, Sequence,
    api::{CoordinatorArgs, Role, RoleAssignment},
    journal::{Operation, OperationReceipt, ReceiptOutcome},
    limits::{MAX_DRAFT_BATCH, MAX_PAGE},
};
use candid::Principal;
use canister_sandbox::{Cost, Sandbox, SandboxRuntime};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

/// A coordinator in a sandbox, and somebody who may do everything.
pub struct Bench {
    sandbox: Arc<Mutex<Sandbox>>,
    pub coordinator: Principal,
    pub client: CoordinatorClient<SandboxRuntime>,
}

fn operator() -> Principal {
    Principal::self_authenticating([7])
}

/// A module from `target/wasm`, which `scripts/build.sh --fixtures` fills.
pub fn module(name: &str) -> Vec<u8> {
    let path = format!("{}/../target/wasm/{name}.wasm.gz", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path)
        .unwrap_or_else(|_| panic!("{path} is missing: scripts/build.sh --fixtures"))
}

impl Bench {
    pub fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let coordinator = sandbox.create_canister(&[operator()]);
        let roles = vec![RoleAssignment { principal: operator(), role: Role::Operator }];
        let args = Some(CoordinatorArgs { roles, ..CoordinatorArgs::default() });
        let arg = candid::encode_one(args).expect("the arguments can be encoded");
        let wasm = module("backup_coordinator");
        sandbox.install(operator(), coordinator, &wasm, arg).expect("the coordinator installs");
        let sandbox = Arc::new(Mutex::new(sandbox));
        let runtime = SandboxRuntime::new(Arc::clone(&sandbox), operator());
        Self { sandbox, coordinator, client: CoordinatorClient::new(runtime, coordinator) }
    }

    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().expect("nobody panicked")
    }

    pub fn cost(&self) -> Cost {
        self.sandbox().last_cost()
    }

    /// Opens a journal over so many targets; the dearest call and the sum of all.
    pub fn create(&self, run: &str, targets: u32) -> (u64, u64) {
        let (header, list) = (plans::header(run), plans::targets(targets));
        let (mut dearest, mut sum) = (0, 0);
        let mut count = |cost: Cost| {
            dearest = dearest.max(cost.instructions);
            sum += cost.instructions;
        };
        let run_id = &header.run_id;
        block(self.client.begin_journal_draft(&header)).expect("the draft begins");
        count(self.cost());
        let mut start = 0;
        for batch in list.chunks(MAX_DRAFT_BATCH) {
            let draft = block(self.client.append_draft_targets(run_id, start, batch));
            count(self.cost());
            start = draft.expect("the batch is taken").targets;
        }
        loop {
            let progress = block(self.client.seal_journal_draft(run_id)).expect("it can be sealed");
            count(self.cost());
            if let backup_journal::api::SealProgress::Sealed(_) = progress {
                return (dearest, sum);
            }
        }
    }

    pub fn upgrade(&self) -> u64 {
        let arg = candid::encode_one(None::<CoordinatorArgs>).expect("nothing can be encoded");
        let wasm = module("backup_coordinator");
        let mut sandbox = self.sandbox();
        sandbox.upgrade(operator(), self.coordinator, &wasm, arg).expect("it upgrades");
        sandbox.last_cost().instructions
    }
}

pub fn block<T>(call: impl Future<Output = T>) -> T {
    pollster::block_on(call)
}

/// Measures transitions, queries, upgrades, creation and sizes.
pub fn measure(report: &mut Report, quick: bool) {
    let sizes: &[u32] = if quick { &[9, 999, 4_000] } else { &[9, 999, 19_999] };
    let mut at_size = BTreeMap::new();
    for &targets in sizes {
        let bench = Bench::new();
        bench.create("run", targets);
        let costs = costs(&bench, "run", targets);
        for (name, cost) in &costs {
            let operations = 5 + 5 * targets;
            let name = format!("{name}_at_{operations}");
            report.add(format!("instructions_{name}"), as_f64(cost.instructions), "instructions");
            report.add(format!("pages_{name}"), as_f64(cost.stable_pages_written), "pages written");
        }
        at_size.insert(targets, costs);
    }
    growth(report, &at_size[&sizes[0]], &at_size[&sizes[sizes.len() - 1]]);
    over_floor(report, &at_size[&sizes[1]]);
    upgrades(report, quick);
    creation(report, quick);
    storage(report);
}

const TRANSITIONS: [&str; 5] = ["accept_bundle", "claim", "receipt", "failed_receipt", "retry"];

fn growth(report: &mut Report, small: &[(&str, Cost)], large: &[(&str, Cost)]) {
    let ratio = |wanted: &str| {
        let find = |costs: &[(&str, Cost)]| {
            costs.iter().find(|(name, _)| *name == wanted).expect("it was measured").1.instructions
        };
        as_f64(find(large)) / as_f64(find(small))
    };
    let dearest = TRANSITIONS.into_iter().map(ratio).fold(0.0, f64::max);
    report.add("transition_cost_growth", dearest, "times");
    for query in ["resume_summary", "next_ready_operation", "list_operations_500"] {
        report.add(format!("{query}_cost_growth"), ratio(query), "times");
    }
}

fn over_floor(report: &mut Report, costs: &[(&str, Cost)]) {
    let find = |wanted: &str| {
        costs.iter().find(|(name, _)| *name == wanted).expect("it was measured").1.instructions
    };
    let floor = Floor::measure();
    report.add("floor_claim", as_f64(floor.claim), "instructions");
    report.add("floor_receipt", as_f64(floor.receipt), "instructions");
    let ours = as_f64(find("claim") + find("receipt"));
    report.add("transition_over_floor", ours / as_f64(floor.claim + floor.receipt), "times");
}

/// What each call costs on the run, which is fresh.
pub fn costs(bench: &Bench, run: &str, targets: u32) -> Vec<(&'static str, Cost)> {
    let run_id: RunId = run.into();
    let client = &bench.client;
    let mut costs = Vec::new();
    block(client.accept_preflight_bundle(&run_id, &"preflight".into())).expect("it is accepted");
    costs.push(("accept_bundle", bench.cost()));
    // The first operations warm up what the module keeps in its heap.
    for _ in 0..4 {
        advance(bench, &run_id);
    }
    let operation = block(client.mark_next_operation_pending(&run_id)).expect("it is next");
    costs.push(("claim", bench.cost()));
    let failed = receipt(&operation, &run_id, ReceiptOutcome::Failed);
    block(client.record_operation_receipt(&run_id, &failed)).expect("it fits");
    costs.push(("failed_receipt", bench.cost()));
    block(client.retry_failed_operation(&run_id, operation.sequence)).expect("it failed");
    costs.push(("retry", bench.cost()));
    let operation = block(client.mark_next_operation_pending(&run_id)).expect("it is next");
    let done = receipt(&operation, &run_id, ReceiptOutcome::Completed);
    block(client.record_operation_receipt(&run_id, &done)).expect("it fits");
    costs.push(("receipt", bench.cost()));
    queries(bench, &run_id, targets, &mut costs);
    costs
}

fn queries(bench: &Bench, run: &RunId, targets: u32, costs: &mut Vec<(&'static str, Cost)>) {
    let client = &bench.client;
    block(client.resume_summary(run)).expect("the run exists");
    costs.push(("resume_summary", bench.cost()));
    block(client.next_ready_operation(run)).expect("the run exists");
    costs.push(("next_ready_operation", bench.cost()));
    // As many rows as the small run has, so that the page is the same size everywhere.
    let page = MAX_PAGE.min(50);
    let middle = u64::from((5 + 5 * targets - page) / 2);
    block(client.list_operations(run, middle, page)).expect("the page exists");
    costs.push(("list_operations_500", bench.cost()));
    if targets > 100 {
        block(client.list_operations(run, middle - 500, MAX_PAGE)).expect("the page exists");
        costs.push(("list_operations_page", bench.cost()));
        block(client.list_targets(run, 0, MAX_PAGE)).expect("the page exists");
        costs.push(("list_targets_page", bench.cost()));
        block(client.get_plan(run, 0, MAX_PAGE)).expect("the page exists");
        costs.push(("get_plan_page", bench.cost()));
        block(client.validate_journal(run, 0, MAX_PAGE)).expect("the page exists");
        costs.push(("validate_journal_page", bench.cost()));
        block(client.preflight_requests(run, 0, MAX_PAGE)).expect("the page exists");
        costs.push(("preflight_requests_page", bench.cost()));
    }
    block(client.get_journal(run)).expect("the run exists");
    costs.push(("get_journal", bench.cost()));
}

/// Claims and completes the next operation.
pub fn advance(bench: &Bench, run: &RunId) {
    let operation = block(bench.client.mark_next_operation_pending(run)).expect("one is next");
    let done = receipt(&operation, run, ReceiptOutcome::Completed);
    block(bench.client.record_operation_receipt(run, &done)).expect("it fits");
}

fn receipt(operation: &Operation, run: &RunId, outcome: ReceiptOutcome) -> OperationReceipt {
    let plan = format!("plan-{run}").into();
    let preflight = Some("preflight".into());
    let mut receipt = OperationReceipt::new(plan, run.clone(), preflight, operation, outcome);
    match outcome {
        ReceiptOutcome::Failed => receipt.failure_reason = Some("the canister is busy".to_string()),
        _ => fill(&mut receipt),
    }
    receipt
}

fn upgrades(report: &mut Report, quick: bool) {
    let counts: &[u32] = if quick { &[0, 1_000] } else { &[0, 1_000, 10_000] };
    let mut costs = Vec::new();
    for &count in counts {
        let bench = Bench::new();
        for number in 0..count {
            block(bench.client.create_journal(&plans::plan(&format!("run-{number}"), 1)))
                .expect("the journal is created");
        }
        costs.push(as_f64(bench.upgrade()));
        report.add(
            format!("upgrade_with_{count}_journals"),
            costs[costs.len() - 1],
            "instructions",
        );
    }
    report.add("upgrade_cost_growth", costs[costs.len() - 1] / costs[0], "times");
}

fn creation(report: &mut Report, quick: bool) {
    let counts: &[u32] = if quick { &[1_000] } else { &[1_000, 10_000, 50_000] };
    for &targets in counts {
        let (dearest, sum) = Bench::new().create("run", targets);
        report.add(format!("create_{targets}_targets"), as_f64(sum), "instructions");
        report.add(format!("create_{targets}_targets_dearest"), as_f64(dearest), "instructions");
    }
    let bench = Bench::new();
    block(bench.client.create_journal(&plans::plan("whole", 1_000))).expect("it is created");
    report.add("create_1000_targets_whole", as_f64(bench.cost().instructions), "instructions");
}

/// What a whole run of 1,000 operations leaves in stable memory, and how large the module is.
fn storage(report: &mut Report) {
    let bench = Bench::new();
    let bytes = |bench: &Bench| bench.sandbox().stable_memory(bench.coordinator).len();
    let before = bytes(&bench);
    let run: RunId = "run".into();
    bench.create("run", 999);
    block(bench.client.accept_preflight_bundle(&run, &"preflight".into())).expect("accepted");
    for _ in 0..4_996 {
        advance(&bench, &run);
    }
    let grown = f64::from(u32::try_from(bytes(&bench) - before).unwrap_or(u32::MAX));
    report.add("stable_bytes_per_operation", grown / 5_000.0, "bytes");
    let packed = module("backup_coordinator");
    report.add("module_gzipped", f64::from(u32::try_from(packed.len()).unwrap_or(0)), "bytes");
}

pub fn as_f64(number: u64) -> f64 {
    f64::from(u32::try_from(number / 16).unwrap_or(u32::MAX)) * 16.0
}

/// The first operation after the four checks.
#[allow(dead_code)]
const FIRST: Sequence = Sequence(4);
