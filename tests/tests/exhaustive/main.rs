//! Every sequence of calls up to some length, right and wrong ones, on a plan with two targets: whatever
//! the order, no call breaks an invariant of the journal.
//!
//! The search is breadth first and looks at each state once. Time has two values, before and after the
//! preflight receipts expire, and a call of its own moves it.

mod fleet;
mod invariants;

use backup_journal::{
    Attempt, PreflightId, Sequence, Timestamp,
    journal::{Journal, JournalError, JournalView, ReceiptOutcome},
    plan::{BackupOperationKind, BackupPlan},
};
use candid::Principal;
use fleet::{canister, plan, receipts, report};
use invariants::{check, check_starts_owed, check_step};
use std::collections::{BTreeMap, HashSet};

/// How long the sequences are. A run of the plan needs eleven calls.
const DEPTH: usize = 11;
/// When everything happens until time moves.
const EARLY: Timestamp = Timestamp(1_000);
/// When the receipts expire, and everything happens afterwards.
const LATE: Timestamp = Timestamp(2_000);

#[derive(Clone, Debug)]
enum Call {
    TimePasses,
    Bundle(&'static str),
    Receipts(&'static str),
    ClaimNext,
    Claim(Sequence),
    Report(Sequence, ReceiptOutcome, Option<Attempt>),
    Retry(Sequence),
}

/// A journal and the time it is.
#[derive(Clone)]
struct State {
    journal: Journal,
    now: Timestamp,
    /// When the stop of each target was first claimed.
    stops_claimed: BTreeMap<Principal, Timestamp>,
}

#[test]
fn no_sequence_of_calls_breaks_an_invariant() {
    let plan = plan();
    let calls = calls(&plan);
    let journal = Journal::new(plan.validate().expect("valid"), EARLY);
    let first = State { journal, now: EARLY, stops_claimed: BTreeMap::new() };
    check(&first.journal);
    let mut seen = HashSet::from([key(&first)]);
    let mut states = vec![first];
    let (mut accepted, mut refused, mut completed) = (0_u64, 0_u64, 0_u64);
    for depth in 1..=DEPTH {
        let mut next = Vec::new();
        for (state, call) in states.iter().flat_map(|s| calls.iter().map(move |call| (s, call))) {
            let mut after = state.clone();
            if let Err(error) = after.apply(call) {
                assert_eq!(after.journal, state.journal, "{call:?} was refused: {error}");
                refused += 1;
                continue;
            }
            accepted += 1;
            after.note_claimed_stops();
            check(&after.journal);
            check_starts_owed(&after.journal, &after.stops_claimed);
            check_step(&state.journal, &after.journal);
            if seen.insert(key(&after)) {
                completed += u64::from(after.journal.header().is_over());
                next.push(after);
            }
        }
        println!("{} states after {depth} calls", seen.len());
        states = next;
    }
    println!("{accepted} calls accepted, {refused} refused, {completed} completed runs");
    assert!(completed > 0, "no sequence is long enough to complete a run");
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
            Call::Bundle(id) => journal.accept_preflight_bundle(&PreflightId::from(*id), now),
            Call::Receipts(id) => {
                let receipts = receipts(journal.plan(), id);
                journal.accept_preflight_receipts(&receipts, now)
            }
            Call::ClaimNext => journal.mark_next_operation_pending(now),
            Call::Claim(sequence) => journal.mark_operation_pending(*sequence, now),
            Call::Retry(sequence) => journal.retry_failed_operation(*sequence, now),
            Call::Report(sequence, outcome, attempt) => {
                let receipt = report(journal, *sequence, *outcome, *attempt);
                journal.record_operation_receipt(receipt, canister(9), now)
            }
        }
    }
}

fn calls(plan: &BackupPlan) -> Vec<Call> {
    let mut calls = vec![Call::TimePasses, Call::ClaimNext, Call::Bundle(" ")];
    for id in ["first", "second"] {
        calls.extend([Call::Bundle(id), Call::Receipts(id)]);
    }
    let rows = u32::try_from(plan.phases.len()).expect("few rows");
    for sequence in (0..=rows).map(Sequence) {
        calls.extend([Call::Claim(sequence), Call::Retry(sequence)]);
        for outcome in [ReceiptOutcome::Completed, ReceiptOutcome::Failed, ReceiptOutcome::Skipped]
        {
            calls.push(Call::Report(sequence, outcome, None));
        }
        for attempt in [Attempt(1), Attempt(2)] {
            calls.push(Call::Report(sequence, ReceiptOutcome::Failed, Some(attempt)));
        }
    }
    calls
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
    format!("{:?} {:?} {rows:?} {receipts:?} {claimed:?}", state.now, header.preflight)
}
