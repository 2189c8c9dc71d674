//! Every sequence of calls up to some length, right and wrong ones, on a plan with two targets: whatever
//! the order, no call breaks an invariant of the journal.
//!
//! The search is breadth first and looks at each state once. Time has two values, before and after the
//! preflight receipts expire, and a call of its own moves it. One search makes the calls of the reference, the other
//! one goes on from an accepted preflight in waves, with batches of receipts and aborts.

mod fleet;
mod invariants;
mod reference;
mod waves;

use backup_journal::{
    Attempt, PreflightId, Sequence, Timestamp,
    journal::{
        Journal, JournalError, JournalView, OperationState, ReceiptOutcome, RunState, abort_run,
        accept_preflight_bundle, retry_failed_operation,
    },
    plan::BackupOperationKind,
};
use candid::Principal;
use fleet::{canister, receipts, report};
use invariants::{check, check_claim, check_starts_owed, check_step};
use std::collections::{BTreeMap, HashSet};

/// When everything happens until time moves.
const EARLY: Timestamp = Timestamp(1_000);
/// When the receipts expire, and everything happens afterwards.
const LATE: Timestamp = Timestamp(2_000);

/// Why a run is aborted.
const REASON: &str = "the driver died";

#[derive(Clone, Debug)]
enum Call {
    TimePasses,
    Bundle(&'static str),
    Receipts(&'static str),
    ClaimNext,
    Claim(Sequence),
    ClaimWave(u32),
    Report(Sequence, ReceiptOutcome, Option<Attempt>),
    /// Whatever is claimed is reported as completed, the last one first.
    ReportAll,
    Retry(Sequence),
    Abort,
}

/// A journal and the time it is.
#[derive(Clone)]
struct State {
    journal: Journal,
    now: Timestamp,
    /// When the stop of each target was first claimed.
    stops_claimed: BTreeMap<Principal, Timestamp>,
}

/// What a search has met.
#[derive(Debug, Default)]
struct Met {
    accepted: u64,
    refused: u64,
    completed: u64,
    aborted: u64,
}

/// Tries every sequence of up to `depth` of these calls on a journal. `also` is what else must hold of every journal.
fn search(journal: Journal, calls: &[Call], depth: usize, also: fn(&Journal)) -> Met {
    let first = State { journal, now: EARLY, stops_claimed: BTreeMap::new() };
    check(&first.journal);
    let mut seen = HashSet::from([key(&first)]);
    let mut states = vec![first];
    let mut met = Met::default();
    for depth in 1..=depth {
        let mut next = Vec::new();
        for (state, call) in states.iter().flat_map(|s| calls.iter().map(move |call| (s, call))) {
            let mut after = state.clone();
            if let Err(error) = after.apply(call) {
                assert_eq!(after.journal, state.journal, "{call:?} was refused: {error}");
                met.refused += 1;
                continue;
            }
            met.accepted += 1;
            after.note_claimed_stops();
            check(&after.journal);
            also(&after.journal);
            check_starts_owed(&after.journal, &after.stops_claimed);
            check_step(&state.journal, &after.journal, call.receipts());
            if seen.insert(key(&after)) {
                let state = after.journal.header().state();
                met.completed += u64::from(state == RunState::Completed);
                met.aborted += u64::from(state == RunState::Aborted);
                next.push(after);
            }
        }
        println!("{} states after {depth} calls", seen.len());
        states = next;
    }
    println!("{met:?}");
    met
}

impl Call {
    /// How many receipts it may leave.
    const fn receipts(&self) -> usize {
        match self {
            // Of both stops and, after an abort, of both starts.
            Self::ReportAll => 4,
            _ => 1,
        }
    }
}

impl State {
    fn note_claimed_stops(&mut self) {
        for row in self.journal.operations() {
            if row.kind == BackupOperationKind::Stop && row.attempt > Attempt(0) {
                let target = row.target_canister_id.expect("a stop has a target");
                self.stops_claimed.entry(target).or_insert(self.now);
            }
        }
    }

    fn apply(&mut self, call: &Call) -> Result<(), JournalError> {
        let (journal, now) = (&mut self.journal, self.now);
        match call {
            Call::TimePasses => {
                self.now = LATE;
                Ok(())
            }
            Call::Bundle(id) => {
                journal.change(|it| accept_preflight_bundle(it, &PreflightId::from(*id), now))
            }
            Call::Receipts(id) => {
                let receipts = receipts(journal.plan(), id);
                journal.accept_preflight_receipts(&receipts, now)
            }
            Call::ClaimNext => journal.mark_next_operation_pending(now),
            Call::Claim(sequence) => journal.mark_operation_pending(*sequence, now),
            Call::ClaimWave(limit) => {
                let before = journal.clone();
                let claimed = journal.claim_operations(&(), *limit, now)?;
                check_claim(&before, &claimed, *limit);
                Ok(())
            }
            Call::ReportAll => report_all(journal, now),
            Call::Abort => journal.change(|it| abort_run(it, REASON, now)),
            Call::Retry(sequence) => {
                journal.change(|it| retry_failed_operation(it, *sequence, now))
            }
            Call::Report(sequence, outcome, attempt) => {
                let receipt = report(journal, *sequence, *outcome, *attempt);
                journal.record_operation_receipt(receipt, canister(9), now)
            }
        }
    }
}

fn report_all(journal: &mut Journal, now: Timestamp) -> Result<(), JournalError> {
    let rows = journal.operations();
    for row in rows.iter().rev().filter(|row| row.state == OperationState::Pending) {
        let receipt = report(journal, row.sequence, ReceiptOutcome::Completed, Some(row.attempt));
        journal.record_operation_receipt(receipt, canister(9), now)?;
    }
    Ok(())
}

/// What tells two states apart.
fn key(state: &State) -> String {
    let header = state.journal.header();
    let rows: Vec<_> = state
        .journal
        .operations()
        .into_iter()
        .map(|row| (row.state, row.attempt.0, row.state_updated_at, row.last_receipt))
        .collect();
    let receipts: Vec<_> = state
        .journal
        .receipts()
        .iter()
        .map(|kept| (kept.receipt.sequence.0, kept.receipt.outcome, kept.recorded_at.0))
        .collect();
    let claimed = &state.stops_claimed;
    let (now, preflight, abort) = (state.now, &header.preflight, &header.abort);
    format!("{now:?} {preflight:?} {rows:?} {receipts:?} {claimed:?} {abort:?}")
}
