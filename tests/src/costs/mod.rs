//! What calls cost in the sandbox: instructions (fuel of the interpreter, so good for ratios) and pages.
//!
//! The benchmark prints these figures at full size; a test holds those that do not depend on the machine's
//! speed at a smaller one.

#![allow(clippy::cast_precision_loss, reason = "figures for people have three digits")]

mod floor;
pub mod plans;

pub use floor::StopCost;

use crate::modules;
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    RunId,
    api::{CoordinatorArgs, Role, RoleAssignment},
    journal::{Operation, OperationReceipt, ReceiptOutcome},
    limits::{MAX_DRAFT_BATCH, MAX_PAGE},
    plan::BackupOperationKind,
};
use candid::Principal;
use canister_sandbox::{Cost, Sandbox, SandboxRuntime};
use std::sync::{Arc, Mutex, MutexGuard};

/// A coordinator in a sandbox, and somebody who may do everything.
pub struct Bench {
    sandbox: Arc<Mutex<Sandbox>>,
    /// The coordinator.
    pub coordinator: Principal,
    /// A client of that somebody.
    pub client: CoordinatorClient<SandboxRuntime>,
}

fn operator() -> Principal {
    Principal::self_authenticating([7])
}

impl Bench {
    #[allow(clippy::new_without_default, reason = "installing a canister is no default")]
    /// A coordinator that has just been installed.
    ///
    /// # Panics
    /// When it cannot be.
    pub fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let coordinator = sandbox.create_canister(&[operator()]);
        let roles = vec![RoleAssignment { principal: operator(), role: Role::Operator }];
        let args = Some(CoordinatorArgs { roles, ..CoordinatorArgs::default() });
        let arg = candid::encode_one(args).expect("the arguments can be encoded");
        sandbox
            .install(operator(), coordinator, modules::coordinator(), arg)
            .expect("the coordinator installs");
        let sandbox = Arc::new(Mutex::new(sandbox));
        let runtime = SandboxRuntime::new(Arc::clone(&sandbox), operator());
        Self { sandbox, coordinator, client: CoordinatorClient::new(runtime, coordinator) }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().expect("nobody panicked")
    }

    /// What the last call cost.
    pub fn cost(&self) -> Cost {
        self.sandbox().last_cost()
    }

    /// Opens a journal over so many targets in batches; the dearest call and the sum of all.
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

    /// Upgrades the coordinator to its own module.
    pub fn upgrade(&self) -> u64 {
        let arg = candid::encode_one(None::<CoordinatorArgs>).expect("nothing can be encoded");
        let mut sandbox = self.sandbox();
        sandbox
            .upgrade(operator(), self.coordinator, modules::coordinator(), arg)
            .expect("it upgrades");
        sandbox.last_cost().instructions
    }
}

/// Waits for a call.
pub fn block<T>(call: impl Future<Output = T>) -> T {
    pollster::block_on(call)
}

/// Calls by name, and what they cost.
pub type Costs = Vec<(&'static str, Cost)>;

/// The instructions of the call with this name.
pub fn instructions(costs: &Costs, wanted: &str) -> u64 {
    let found = costs.iter().find(|(name, _)| *name == wanted);
    found.expect("it was measured").1.instructions
}

/// How much dearer a call is on the large run than on the small one.
pub fn growth(small: &Costs, large: &Costs, call: &str) -> f64 {
    instructions(large, call) as f64 / instructions(small, call) as f64
}

/// The transitions that are measured.
pub const TRANSITIONS: [&str; 5] = ["accept_bundle", "claim", "receipt", "failed_receipt", "retry"];

/// The greatest growth of any transition.
pub fn transition_growth(small: &Costs, large: &Costs) -> f64 {
    TRANSITIONS.into_iter().map(|call| growth(small, large, call)).fold(0.0, f64::max)
}

fn costs(bench: &Bench, run: &str, targets: u32) -> Costs {
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

fn queries(bench: &Bench, run: &RunId, targets: u32, costs: &mut Costs) {
    let client = &bench.client;
    block(client.resume_summary(run)).expect("the run exists");
    costs.push(("resume_summary", bench.cost()));
    block(client.next_ready_operation(run)).expect("the run exists");
    costs.push(("next_ready_operation", bench.cost()));
    // As many rows as the smallest run has, so that the page is the same size everywhere.
    let page = 50;
    let middle = u64::from((5 + 5 * targets - page) / 2);
    block(client.list_operations(run, middle, page)).expect("the page exists");
    costs.push(("list_operations", bench.cost()));
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
fn advance(bench: &Bench, run: &RunId) -> StopCost {
    let operation = block(bench.client.mark_next_operation_pending(run)).expect("one is next");
    let claim = bench.cost().instructions;
    let done = receipt(&operation, run, ReceiptOutcome::Completed);
    block(bench.client.record_operation_receipt(run, &done)).expect("it fits");
    StopCost { claim, receipt: bench.cost().instructions }
}

/// What each kind of operation demands of a completed receipt.
pub fn fill(receipt: &mut OperationReceipt) {
    match receipt.kind {
        BackupOperationKind::CreateSnapshot => {
            receipt.snapshot_id = Some("0000000000000001ffffffffff9000050101".to_string());
        }
        BackupOperationKind::DownloadSnapshot => {
            receipt.artifact_path = Some("artifacts/member".to_string());
        }
        BackupOperationKind::VerifyArtifact => receipt.checksum = Some("ef".repeat(32)),
        _ => {}
    }
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

/// What an upgrade costs with so many journals stored.
pub fn upgrade_with(journals: u32) -> u64 {
    let bench = Bench::new();
    for number in 0..journals {
        let plan = plans::plan(&format!("run-{number}"), 1);
        block(bench.client.create_journal(&plan)).expect("the journal is created");
    }
    bench.upgrade()
}

/// What creating a journal from a whole plan costs.
pub fn create_whole(targets: u32) -> u64 {
    let bench = Bench::new();
    block(bench.client.create_journal(&plans::plan("whole", targets))).expect("it is created");
    bench.cost().instructions
}

/// Bytes of stable memory that each operation of a whole run takes, with its receipt and its two events.
///
/// Memory grows by the mebibyte, so a first run fills some of what was taken at the start, and the second
/// should be large.
///
/// # Panics
/// When a call is refused.
pub fn bytes_per_operation(targets: u32) -> u64 {
    let bench = Bench::new();
    let bytes = |bench: &Bench| bench.sandbox().stable_memory(bench.coordinator).len();
    whole_run(&bench, "first", 99);
    let before = bytes(&bench);
    whole_run(&bench, "second", targets);
    (bytes(&bench) - before) as u64 / u64::from(5 + 5 * targets)
}

fn whole_run(bench: &Bench, run: &str, targets: u32) {
    bench.create(run, targets);
    let run: RunId = run.into();
    block(bench.client.accept_preflight_bundle(&run, &"preflight".into())).expect("accepted");
    for _ in 0..=5 * targets {
        advance(bench, &run);
    }
}

/// Bytes of the gzipped module.
pub fn module_bytes() -> usize {
    modules::coordinator().len()
}

/// A canister that has done nothing else before costs so much to measure on, and no more.
pub fn on_fresh_run(targets: u32) -> Costs {
    let bench = Bench::new();
    bench.create("run", targets);
    costs(&bench, "run", targets)
}
