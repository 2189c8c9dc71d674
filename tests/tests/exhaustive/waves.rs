//! Calls in waves and one by one, batches of receipts, and aborts, from an accepted preflight on.

use crate::{Call, EARLY, fleet::plan, search};
use backup_journal::{
    Attempt, Sequence,
    journal::{Journal, ReceiptOutcome, accept_preflight_bundle},
};

/// How long the sequences are. A run in waves needs six calls; seven with an abort in front of its starts.
const DEPTH: usize = 7;

#[test]
fn no_sequence_of_calls_in_waves_breaks_an_invariant() {
    let mut journal = Journal::new(plan().validate().expect("valid"), EARLY);
    journal
        .change(|it| accept_preflight_bundle(it, &"first".into(), EARLY))
        .expect("the first one");
    let met = search(journal, &calls(), DEPTH, |_| ());
    assert!(met.completed > 0, "no sequence is long enough to complete a run");
    assert!(met.aborted > 0, "no aborted run is over");
}

fn calls() -> Vec<Call> {
    use ReceiptOutcome::{Completed, Failed, Skipped};
    let whole = [Call::TimePasses, Call::ClaimNext, Call::ReportAll, Call::Abort];
    let mut calls = [&whole[..], &[Call::ClaimWave(1), Call::ClaimWave(2)]].concat();
    for sequence in (4..9).map(Sequence) {
        calls.push(Call::Retry(sequence));
        let reports = [Completed, Failed, Skipped].map(|outcome| (outcome, None));
        let stale = (Failed, Some(Attempt(1)));
        for (outcome, attempt) in reports.into_iter().chain([stale]) {
            calls.push(Call::Report(sequence, outcome, attempt));
        }
    }
    calls
}
