//! What calls cost: in the sandbox instructions (fuel of the interpreter, so good for ratios) and pages, on
//! `PocketIC` the instructions that the network counts.
//!
//! The benchmark prints these figures at full size; a test holds those that do not depend on the machine's
//! speed at a smaller one.

#![allow(clippy::cast_precision_loss, reason = "figures for people have three digits")]

pub mod crowd;
mod floor;
pub mod plans;
mod preflight;
mod published;
mod queries;
mod timers;
mod waves;

pub use floor::StopCost;
pub use timers::{idle_day, idle_timers};
pub use waves::{BatchCost, WideWave};

use crate::{Network, Setup, callers, modules, setup::Client};
use backup_journal::{
    RunId,
    api::{DiscardProgress, SealProgress},
    journal::{Operation, OperationReceipt, ReceiptOutcome},
    limits::MAX_DRAFT_BATCH,
    plan::BackupOperationKind,
};
use canister_sandbox::Cost;

/// A page of memory that holds nothing.
static EMPTY: [u8; 65_536] = [0; 65_536];

/// A coordinator, and an operator at work on it.
pub struct Bench {
    setup: Setup,
    /// A client of the operator.
    pub client: Client,
}

impl Bench {
    #[allow(clippy::new_without_default, reason = "installing a canister is no default")]
    /// A coordinator that has just been installed, in a sandbox of its own.
    pub fn new() -> Self {
        Self::on(Network::sandbox())
    }

    /// A coordinator that has just been installed on this network.
    pub fn on(network: Network) -> Self {
        let setup = Setup::builder(network).build();
        Self { client: setup.client(callers::operator()), setup }
    }

    /// What the last call cost, by the count of the network.
    ///
    /// # Panics
    /// When it does not count.
    pub fn cost(&self) -> Cost {
        self.setup.network.lock().last_cost()
    }

    /// Opens a journal over so many targets in batches.
    pub fn create(&self, run: &str, targets: u32) {
        self.create_with(run, targets, || ());
    }

    /// The same; the dearest call and the sum of all.
    pub fn cost_of_creating(&self, run: &str, targets: u32) -> (u64, u64) {
        let (mut dearest, mut sum) = (0, 0);
        self.create_with(run, targets, || {
            let instructions = self.cost().instructions;
            dearest = dearest.max(instructions);
            sum += instructions;
        });
        (dearest, sum)
    }

    fn create_with(&self, run: &str, targets: u32, mut after_each_call: impl FnMut()) {
        let run_id = self.draft(run, targets, &mut after_each_call);
        while let SealProgress::Sealing(_) = self.seal(&run_id) {
            after_each_call();
        }
        after_each_call();
    }

    /// Begins a draft and appends so many targets.
    fn draft(&self, run: &str, targets: u32, mut after_each_call: impl FnMut()) -> RunId {
        let (header, list) = (plans::header(run), plans::targets(targets));
        block(self.client.begin_journal_draft(&header)).expect("the draft begins");
        after_each_call();
        let mut start = 0;
        for batch in list.chunks(MAX_DRAFT_BATCH) {
            let draft = block(self.client.append_draft_targets(&header.run_id, start, batch));
            after_each_call();
            start = draft.expect("the batch is taken").targets;
        }
        header.run_id
    }

    fn seal(&self, run_id: &RunId) -> SealProgress {
        block(self.client.seal_journal_draft(run_id)).expect("it can be sealed")
    }

    /// Gives up a draft of so many targets of which some operations are derived; the dearest call of that.
    pub fn cost_of_discarding(&self, run: &str, targets: u32) -> u64 {
        let run_id = self.draft(run, targets, || ());
        self.seal(&run_id);
        let mut dearest = 0;
        loop {
            let progress = block(self.client.discard_journal_draft(&run_id)).expect("it is there");
            dearest = dearest.max(self.cost().instructions);
            if let DiscardProgress::Discarded = progress {
                return dearest;
            }
        }
    }

    /// Upgrades the coordinator to its own module.
    pub fn upgrade(&self) -> u64 {
        self.setup.upgrade(None).expect("it upgrades");
        self.cost().instructions
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
pub const TRANSITIONS: [&str; 8] = [
    "accept_bundle",
    "claim",
    "receipt",
    "failed_receipt",
    "retry",
    "claim_wave",
    "receipts_wave",
    "abort",
];

/// How many operations are claimed and reported together, since the smallest run has no more left in its wave.
const SMALL_WAVE: u32 = 4;

/// The greatest growth of any transition.
pub fn transition_growth(small: &Costs, large: &Costs) -> f64 {
    TRANSITIONS.into_iter().map(|call| growth(small, large, call)).fold(0.0, f64::max)
}

/// The instructions of the dearest transition.
pub fn dearest_transition(costs: &Costs) -> u64 {
    let transitions = TRANSITIONS.into_iter().map(|call| instructions(costs, call));
    transitions.max().unwrap_or_default()
}

/// The dearest of the queries, with its name.
///
/// # Panics
/// When there is none.
pub fn dearest_query(costs: &Costs) -> (&'static str, u64) {
    let queries = costs.iter().filter(|(name, _)| !TRANSITIONS.contains(name));
    let costs = queries.map(|(name, cost)| (*name, cost.instructions));
    costs.max_by_key(|(_, instructions)| *instructions).expect("queries were measured")
}

/// Makes each of the [`TRANSITIONS`] but the abort, and asks after each for its cost.
///
/// # Panics
/// When a call is refused.
pub fn transitions<T>(
    bench: &Bench,
    run: &RunId,
    cost: impl Fn(&'static str) -> T,
) -> Vec<(&'static str, T)> {
    let client = &bench.client;
    let mut costs = Vec::new();
    let mut made = |transition| costs.push((transition, cost(transition)));
    block(client.accept_preflight_bundle(run, &"preflight".into())).expect("it is accepted");
    made("accept_bundle");
    // The first operations warm up what the module keeps in its heap.
    for _ in 0..4 {
        advance(bench, run);
    }
    let operation = claim(bench, run);
    made("claim");
    report(bench, run, &operation, ReceiptOutcome::Failed);
    made("failed_receipt");
    block(client.retry_failed_operation(run, operation.sequence)).expect("it failed");
    made("retry");
    advance(bench, run);
    made("receipt");
    let claimed = waves::claim_batch(bench, run, SMALL_WAVE);
    made("claim_wave");
    assert_eq!(claimed.len(), SMALL_WAVE as usize);
    waves::report_batch(bench, run, &waves::completed(&claimed, run));
    made("receipts_wave");
    costs
}

/// Claims the next operation.
fn claim(bench: &Bench, run: &RunId) -> Operation {
    block(bench.client.mark_next_operation_pending(run)).expect("one is next")
}

/// Reports a claimed operation.
fn report(bench: &Bench, run: &RunId, operation: &Operation, outcome: ReceiptOutcome) {
    let receipt = receipt(operation, run, outcome);
    block(bench.client.record_operation_receipt(run, &receipt)).expect("it fits");
}

/// Claims and completes the next operation.
fn advance(bench: &Bench, run: &RunId) {
    report(bench, run, &claim(bench, run), ReceiptOutcome::Completed);
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
pub fn create_whole(network: Network, targets: u32) -> u64 {
    let bench = Bench::on(network);
    block(bench.client.create_journal(&plans::plan("whole", targets))).expect("it is created");
    bench.cost().instructions
}

/// Bytes of stable memory that each operation of a whole run takes, with its receipt and its two events.
///
/// Counted are the pages that hold something, so the run should be large.
///
/// # Panics
/// When a call is refused.
pub fn bytes_per_operation(targets: u32) -> u64 {
    let bench = Bench::new();
    let setup = &bench.setup;
    let bytes = || {
        let memory = setup.network.lock().stable_memory(setup.coordinator);
        memory.chunks(EMPTY.len()).filter(|page| **page != EMPTY[..]).count() * EMPTY.len()
    };
    whole_run(&bench, "first", 99);
    let before = bytes();
    whole_run(&bench, "second", targets);
    (bytes() - before) as u64 / u64::from(5 + 5 * targets)
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

/// What transitions and queries cost a coordinator that has done nothing else before.
pub fn on_fresh_run(network: Network, targets: u32) -> Costs {
    let bench = Bench::on(network);
    bench.create("run", targets);
    let run: RunId = "run".into();
    let mut costs = transitions(&bench, &run, |_| bench.cost());
    queries::measure(&bench, &run, targets, &mut costs);
    block(bench.client.abort_run(&run, "the fleet is needed")).expect("it is under way");
    costs.push(("abort", bench.cost()));
    costs
}
