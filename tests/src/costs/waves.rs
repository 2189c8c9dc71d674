//! What calls cost that claim and report the operations of a wave together.

use super::{Bench, block, claim, receipt, report};
use backup_journal::{
    RunId,
    journal::{Operation, OperationReceipt, ReceiptOutcome, Stage},
    limits::{MAX_PAGE, MAX_RECEIPT_BATCH_BYTES, MAX_TEXT_BYTES, MAX_WAVE_BATCH},
};

/// As many as one call takes.
#[expect(clippy::cast_possible_truncation, reason = "it is 100")]
const BATCH: u32 = MAX_WAVE_BATCH as u32;

/// Enough for the batches and the single operations of each stage, in one wave.
const TARGETS: u32 = 7 * BATCH;

/// The stages with many operations.
const STAGES: [Stage; 4] = [Stage::Stop, Stage::Snapshot, Stage::Start, Stage::Transfer];

/// What one operation costs that is claimed and reported, in full batches and by itself.
pub struct BatchCost {
    /// Its stage.
    pub stage: Stage,
    /// By itself.
    pub single: u64,
    /// In full batches.
    pub batched: u64,
}

impl BatchCost {
    /// In each stage with many operations.
    ///
    /// # Panics
    /// When a call is refused.
    pub fn measure() -> Vec<Self> {
        let bench = Bench::new();
        bench.create("run", TARGETS);
        let run: RunId = "run".into();
        block(bench.client.accept_preflight_bundle(&run, &"preflight".into())).expect("accepted");
        STAGES.into_iter().map(|stage| Self::of_stage(&bench, &run, stage)).collect()
    }

    /// How many times the cost by itself this is.
    pub fn over_single(&self) -> f64 {
        self.batched as f64 / self.single as f64
    }

    /// Two batches, then as many operations by themselves; then the rest of the stage, so that the next one begins.
    fn of_stage(bench: &Bench, run: &RunId, stage: Stage) -> Self {
        // The few hubs are a wave of their own.
        while claim_and_report(bench, run, &mut 0) < BATCH {}
        let (mut batched, mut single) = (0, 0);
        for _ in 0..2 {
            assert_eq!(claim_and_report(bench, run, &mut batched), BATCH);
        }
        for _ in 0..2 * BATCH {
            let operation = claim(bench, run);
            single += bench.cost().instructions;
            report(bench, run, &operation, ReceiptOutcome::Completed);
            single += bench.cost().instructions;
        }
        assert_eq!(next_stage(bench, run), Some(stage));
        while next_stage(bench, run) == Some(stage) {
            claim_and_report(bench, run, &mut 0);
        }
        let each = |sum| sum / u64::from(2 * BATCH);
        Self { stage, single: each(single), batched: each(batched) }
    }
}

fn next_stage(bench: &Bench, run: &RunId) -> Option<Stage> {
    let next = block(bench.client.next_ready_operation(run)).expect("the run exists");
    next.map(|operation| operation.kind.into())
}

/// Claims a batch and completes it; adds what both calls cost, and tells how many operations there were.
fn claim_and_report(bench: &Bench, run: &RunId, cost: &mut u64) -> u32 {
    let claimed = claim_batch(bench, run, BATCH);
    *cost += bench.cost().instructions;
    report_batch(bench, run, &completed(&claimed, run));
    *cost += bench.cost().instructions;
    u32::try_from(claimed.len()).expect("a batch is small")
}

/// Claims up to so many operations.
pub(super) fn claim_batch(bench: &Bench, run: &RunId, limit: u32) -> Vec<Operation> {
    block(bench.client.claim_operations(run, limit)).expect("some are next")
}

/// Reports claimed operations.
pub(super) fn report_batch(bench: &Bench, run: &RunId, receipts: &[OperationReceipt]) {
    let answers = block(bench.client.record_operation_receipts(run, receipts)).expect("a batch");
    assert_eq!(answers.len(), receipts.len());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// Receipts of operations that were done.
pub(super) fn completed(operations: &[Operation], run: &RunId) -> Vec<OperationReceipt> {
    operations.iter().map(|it| receipt(it, run, ReceiptOutcome::Completed)).collect()
}

/// Receipts of operations that have failed, together as long as those of one call may be.
fn failed(operations: &[Operation], run: &RunId) -> Vec<OperationReceipt> {
    // Some hundred bytes are left for the names.
    let text = || Some("x".repeat((MAX_RECEIPT_BATCH_BYTES / operations.len() - 100) / 4));
    let failed = |operation| OperationReceipt {
        snapshot_id: text(),
        artifact_path: text(),
        checksum: text(),
        failure_reason: text(),
        ..receipt(operation, run, ReceiptOutcome::Failed)
    };
    operations.iter().map(failed).collect()
}

/// Calls of a run whose widest wave is claimed as a whole.
pub struct WideWave {
    /// How many operations wait for their receipts.
    pub pending: u32,
    /// Each call with its instructions.
    pub costs: Vec<(&'static str, u64)>,
}

/// Those of [`WideWave::costs`] that are queries.
const QUERIES: [&str; 2] = ["current_wave", "list_open_operations_page"];

impl WideWave {
    /// Claims the widest wave of a run of so many targets in full batches, makes each kind of call, and aborts the run.
    ///
    /// # Panics
    /// When a call is refused.
    pub fn measure(targets: u32) -> Self {
        let bench = Bench::new();
        bench.create("run", targets);
        let run = RunId::from("run");
        block(bench.client.accept_preflight_bundle(&run, &"preflight".into())).expect("accepted");
        // The hubs are a wave of their own in front of the wide one.
        while claim_and_report(&bench, &run, &mut 0) == BATCH {}
        let mut wave = Self { pending: 0, costs: Vec::new() };
        let claimed = wave.claim_all(&bench, &run);
        wave.ask(&bench, &run, &claimed);
        wave.report(&bench, &run, &claimed);
        wave
    }

    /// The most expensive update.
    ///
    /// # Panics
    /// Never: there are some.
    pub fn dearest_update(&self) -> (&'static str, u64) {
        let updates = self.costs.iter().copied().filter(|(name, _)| !QUERIES.contains(name));
        updates.max_by_key(|(_, cost)| *cost).expect("updates were measured")
    }

    /// The most expensive full batch of claims over the first one.
    pub fn claim_growth(&self) -> f64 {
        self.cost("dearest_claim_of_100") as f64 / self.cost("first_claim_of_100") as f64
    }

    fn cost(&self, wanted: &str) -> u64 {
        let found = self.costs.iter().find(|(name, _)| *name == wanted);
        found.expect("it was measured").1
    }

    fn add(&mut self, bench: &Bench, name: &'static str) {
        self.costs.push((name, bench.cost().instructions));
    }

    fn claim_all(&mut self, bench: &Bench, run: &RunId) -> Vec<Operation> {
        let mut claimed = claim_batch(bench, run, BATCH);
        self.add(bench, "first_claim_of_100");
        let mut dearest = 0;
        loop {
            let batch = claim_batch(bench, run, BATCH);
            if batch.is_empty() {
                break;
            }
            dearest = dearest.max(bench.cost().instructions);
            claimed.extend(batch);
        }
        self.add(bench, "claim_when_all_are_claimed");
        self.costs.push(("dearest_claim_of_100", dearest));
        self.pending = u32::try_from(claimed.len()).expect("a run has few");
        claimed
    }

    fn ask(&mut self, bench: &Bench, run: &RunId, claimed: &[Operation]) {
        block(bench.client.current_wave(run)).expect("the run exists");
        self.add(bench, "current_wave");
        let middle = u64::from(claimed[claimed.len() / 2].sequence.0);
        block(bench.client.list_open_operations(run, middle, MAX_PAGE)).expect("it exists");
        self.add(bench, "list_open_operations_page");
    }

    fn report(&mut self, bench: &Bench, run: &RunId, claimed: &[Operation]) {
        let mut batches = claimed.chunks(MAX_WAVE_BATCH);
        let mut batch = || batches.next().expect("the wave is wide");
        report_batch(bench, run, &completed(batch(), run));
        self.add(bench, "receipts_of_100");
        let failures = batch();
        report_batch(bench, run, &failed(failures, run));
        self.add(bench, "longest_receipts_of_100");
        block(bench.client.retry_failed_operation(run, failures[0].sequence)).expect("it failed");
        assert_eq!(claim_batch(bench, run, BATCH).len(), 1);
        self.add(bench, "claim_of_a_retried_one");
        block(bench.client.abort_run(run, &"x".repeat(MAX_TEXT_BYTES))).expect("it goes on");
        self.add(bench, "abort");
        report_batch(bench, run, &completed(batch(), run));
        self.add(bench, "receipts_of_100_after_abort");
        assert_eq!(claim_batch(bench, run, BATCH).len(), MAX_WAVE_BATCH);
        self.add(bench, "claim_of_100_after_abort");
    }
}
