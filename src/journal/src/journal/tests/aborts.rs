//! A run is aborted at each of its steps: whoever was to be stopped is started, and the run is over with its outcome.

use super::model::{
    is_over,
    pair::{Call, Held, Pair},
    plans::fleet_with,
};
use crate::{
    Timestamp,
    journal::{
        JournalView, OperationReceipt, OperationState as State, ReceiptOutcome, RunOutcome,
        RunState,
    },
    plan::BackupOperationKind as Kind,
};

/// Two members below the root and one below the first of them.
const PARENTS: [u8; 3] = [0, 0, 1];

/// How a run is driven.
#[derive(Clone, Copy)]
struct Driver {
    /// How many operations it claims at once; with none it claims one by one, as the reference does.
    limit: Option<u32>,
    /// Whether the first attempt at every other operation fails.
    fails: bool,
}

const DRIVERS: [Driver; 3] = [
    Driver { limit: None, fails: false },
    Driver { limit: Some(100), fails: true },
    Driver { limit: Some(2), fails: false },
];

/// What becomes of the receipts of what was claimed before the abort.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Late {
    /// They come before the starts are claimed, and say that it was done.
    Early,
    /// They come when the run is over, and say that it was done before the starts.
    BeforeTheStarts,
    /// They come when the run is over, and say that it was done after the starts.
    AfterTheStarts,
    /// They come when the run is over, and say that it failed.
    Failed,
    Never,
}

const LATE: [Late; 5] =
    [Late::Early, Late::BeforeTheStarts, Late::AfterTheStarts, Late::Failed, Late::Never];

/// The run before each call, and at its end.
fn journey(driver: Driver) -> Vec<Pair> {
    let mut pair = Pair::new(fleet_with(&PARENTS));
    let mut steps = Vec::new();
    while !pair.model.is_over() {
        steps.push(pair.clone());
        pair.now.0 += 1;
        let call = driver.next_call(&pair);
        assert!(pair.call(&call), "{call:?}");
    }
    steps.push(pair);
    steps
}

impl Driver {
    fn next_call(self, pair: &Pair) -> Call {
        let model = &pair.model;
        if let Some(failed) = model.in_state(State::Failed).first() {
            return Call::Retry(*failed);
        }
        // A wave is claimed before the first of it is reported; what was claimed last is reported first.
        let wave_is_claimed = self.limit.is_none() || model.claimable().is_empty();
        if let Some(at) = model.pending().last().filter(|_| wave_is_claimed) {
            let fails = self.fails && model.rows[*at].attempt == 1 && at % 2 == 0;
            let outcome = if fails { ReceiptOutcome::Failed } else { ReceiptOutcome::Completed };
            return Call::Report(Box::new(pair.receipt(*at, outcome)));
        }
        if model.accepted.is_none() && model.rows[3].state == State::Completed {
            return Call::Accept("preflight-1");
        }
        match self.limit {
            None => Call::ClaimNext(Held(None)),
            Some(limit) => Call::ClaimWave(limit, Held(None)),
        }
    }
}

/// Claims and completes starts until the run is over, as a driver does that comes back.
fn start_all(pair: &mut Pair, late: &[usize]) {
    while !pair.model.is_over() {
        pair.now.0 += 1;
        let begun: Vec<usize> =
            pair.model.pending().into_iter().filter(|at| !late.contains(at)).collect();
        if begun.is_empty() {
            assert!(pair.call(&Call::ClaimWave(100, Held(None))), "a start is owed");
            assert_ne!(pair.model.pending().len(), late.len(), "nothing was claimed");
        }
        for at in begun {
            let receipt = pair.receipt(at, ReceiptOutcome::Completed);
            assert!(pair.call(&Call::Report(Box::new(receipt))));
        }
    }
}

fn report_late(pair: &mut Pair, late: &[usize], outcome: ReceiptOutcome, done_at: Option<u64>) {
    for at in late {
        let receipt = pair.receipt(*at, outcome);
        let performed_at = done_at.map(Timestamp);
        let receipt = OperationReceipt { performed_at, ..receipt };
        assert!(pair.call(&Call::Report(Box::new(receipt))), "it is recorded");
    }
}

/// What an aborted run is worth, by its rows alone.
fn worth(pair: &Pair) -> RunOutcome {
    let all = |kind| pair.model.rows.iter().filter(move |row| row.kind == kind);
    let done = |kind| all(kind).filter(|row| row.state == State::Completed).count();
    if done(Kind::VerifyArtifact) == PARENTS.len() {
        RunOutcome::Complete
    } else if done(Kind::CreateSnapshot) == PARENTS.len() {
        RunOutcome::OnNetwork
    } else if done(Kind::CreateSnapshot) > 0 {
        RunOutcome::Partial
    } else {
        RunOutcome::Nothing
    }
}

fn assert_over(pair: &Pair, outcome: RunOutcome) {
    let header = pair.journal.header();
    assert_eq!(header.state(), RunState::Aborted);
    assert_eq!(header.outcome(), Some(outcome));
    for call in [Call::ClaimNext(Held(None)), Call::ClaimWave(100, Held(None)), Call::Abort] {
        assert!(!pair.clone().call(&call), "{call:?} is accepted");
    }
    for (at, row) in pair.model.rows.iter().enumerate() {
        if row.kind == Kind::Stop && row.attempt > 0 {
            let start = pair.model.start_of(at).expect("every stop has a start");
            assert_eq!(pair.model.rows[start].state, State::Completed, "the start of {at}");
        }
    }
    assert_eq!(header.starts_owed, 0);
}

/// Aborts a run, brings it to its end, and says what it was worth.
fn abort(mut pair: Pair, late: Late) -> RunOutcome {
    pair.now.0 += 1;
    assert!(pair.call(&Call::Abort));
    let claimed_starts = |at: &usize| pair.model.rows[*at].kind == Kind::Start;
    let awaited: Vec<usize> =
        pair.model.pending().into_iter().filter(|at| !claimed_starts(at)).collect();
    let over_at_once = pair.model.is_over().then(|| worth(&pair));
    pair.now.0 += 2;
    let aborted_at = pair.now.0 - 1;
    if late == Late::Early {
        report_late(&mut pair, &awaited, ReceiptOutcome::Completed, None);
    }
    let awaited = if late == Late::Early { Vec::new() } else { awaited };
    start_all(&mut pair, &awaited);
    let outcome = over_at_once.unwrap_or_else(|| worth(&pair));
    assert_over(&pair, outcome);
    pair.now.0 += 1;
    match late {
        Late::BeforeTheStarts => {
            report_late(&mut pair, &awaited, ReceiptOutcome::Completed, Some(aborted_at));
        }
        Late::AfterTheStarts => {
            report_late(&mut pair, &awaited, ReceiptOutcome::Completed, None);
            start_all(&mut pair, &[]);
        }
        Late::Failed => report_late(&mut pair, &awaited, ReceiptOutcome::Failed, None),
        Late::Early | Late::Never => {}
    }
    assert_over(&pair, outcome);
    let waiting = if late == Late::Never { awaited.len() } else { 0 };
    assert_eq!(pair.model.pending().len(), waiting);
    assert!(pair.model.rows.iter().all(|row| is_over(row.state) || row.state == State::Pending));
    outcome
}

#[test]
fn a_run_may_be_aborted_at_every_step() {
    for driver in DRIVERS {
        let mut steps = journey(driver);
        let mut whole = steps.pop().expect("it has an end");
        assert!(!whole.call(&Call::Abort), "what is over cannot be aborted");
        let mut outcomes: Vec<RunOutcome> = Vec::new();
        for pair in steps {
            let worths = LATE.map(|late| abort(pair.clone(), late));
            outcomes.push(worths[4]);
            assert!(worths[1..].iter().all(|worth| *worth == worths[4]), "{worths:?}");
        }
        assert!(outcomes.is_sorted(), "the later the abort, the more is saved");
        assert_eq!(outcomes.first(), Some(&RunOutcome::Nothing));
        assert_eq!(outcomes.last(), Some(&RunOutcome::Complete));
    }
}
