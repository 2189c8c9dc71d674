//! The calls that the reference has.

use crate::{Call, EARLY, fleet::plan, search};
use backup_journal::{
    Attempt, Sequence,
    journal::{Journal, JournalView, ReceiptOutcome},
    plan::BackupPlan,
};

/// How long the sequences are. A run of the plan needs eleven calls.
const DEPTH: usize = 11;

#[test]
fn no_sequence_of_calls_breaks_an_invariant() {
    let plan = plan();
    let calls = calls(&plan);
    let journal = Journal::new(plan.validate().expect("valid"), EARLY);
    let met = search(journal, &calls, DEPTH, |journal| {
        assert!(journal.header().tally.pending <= 1, "two operations are claimed at once");
    });
    assert!(met.completed > 0, "no sequence is long enough to complete a run");
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
