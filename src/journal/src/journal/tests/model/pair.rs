//! A journal and its model, moved by the same calls and compared after each of them.

use super::{Model, is_over};
use crate::{
    Attempt, RunId, Sequence, Timestamp,
    fixtures::{operator, receipt},
    journal::{
        Journal, JournalError, JournalView, OperationReceipt, OperationState as State, OtherRuns,
        Queue, ReceiptOutcome, StoredCounts, WaveStatus, abort_run, accept_preflight_bundle,
        check_counts, check_header, check_records, current_wave, records, retry_failed_operation,
        settle_start,
    },
    plan::ValidPlan,
};
use candid::Principal;

pub const PREFLIGHT: &str = "preflight-1";

pub const REASON: &str = "the driver died";

/// Another run holds this canister.
#[derive(Clone, Copy, Debug)]
pub struct Held(pub Option<Principal>);

impl OtherRuns for Held {
    fn holder(&self, target: &Principal) -> Option<RunId> {
        self.0.filter(|held| held == target).map(|_| "run-2".into())
    }
}

#[derive(Clone, Debug)]
pub enum Call {
    ClaimNext(Held),
    Claim(usize, Held),
    ClaimWave(u32, Held),
    Report(Box<OperationReceipt>),
    Retry(usize),
    Accept(&'static str),
    Abort,
    Settle(Principal),
}

#[derive(Clone)]
pub struct Pair {
    pub journal: Journal,
    pub model: Model,
    pub now: Timestamp,
}

impl Pair {
    pub fn new(plan: ValidPlan) -> Self {
        let now = Timestamp(1_000);
        let model = Model::new(&plan, plan.rules() >= crate::Rules::V2);
        let pair = Self { journal: Journal::new(plan, now), model, now };
        pair.assert_alike();
        pair
    }

    /// A receipt for the current attempt at the row.
    pub fn receipt(&self, at: usize, outcome: ReceiptOutcome) -> OperationReceipt {
        let sequence = u32::try_from(at).expect("few rows");
        let attempt = Some(Attempt(self.model.rows[at].attempt));
        OperationReceipt { attempt, ..receipt(&self.journal, sequence, outcome) }
    }

    /// Makes a call, and says whether it was accepted.
    ///
    /// # Panics
    /// When journal and model do not agree, before or after.
    pub fn call(&mut self, call: &Call) -> bool {
        let before = self.journal.clone();
        let expected = self.moves(call);
        let answer = self.answer(call);
        assert_eq!(answer.is_ok(), expected.is_some(), "{call:?}: {answer:?}");
        let Ok(claimed) = answer else {
            assert_eq!(self.journal, before, "{call:?} was refused and has left something");
            return false;
        };
        assert_eq!(Some(claimed), expected, "{call:?}");
        self.assert_alike();
        true
    }

    /// What the model says to a call: which rows it claims as a wave, or that it is refused.
    fn moves(&mut self, call: &Call) -> Option<Vec<usize>> {
        let (before, now) = (self.model.clone(), self.now);
        let model = &mut self.model;
        let nothing = |()| Vec::new();
        let claimed = match call {
            Call::ClaimNext(held) => {
                let next = before.next()?;
                model.mark(next, held.0, now).map(|()| vec![next])
            }
            Call::Claim(at, held) => model.mark(*at, held.0, now).map(|()| vec![*at]),
            Call::ClaimWave(limit, held) => model.claim_wave(*limit, held.0, now),
            Call::Report(receipt) => {
                return model.report(receipt.sequence.index(), receipt, now).map(nothing);
            }
            Call::Retry(at) => return model.retry(*at).map(nothing),
            Call::Accept(id) => return model.accept(id).map(nothing),
            Call::Abort => return model.abort().map(nothing),
            Call::Settle(target) => return model.settle(*target).map(nothing),
        };
        for at in claimed.iter().flatten() {
            assert!(before.barrier_is_over(*at), "the model claims {at} too early");
        }
        claimed
    }

    /// What the journal says to it.
    fn answer(&mut self, call: &Call) -> Result<Vec<usize>, JournalError> {
        let Self { journal, now, .. } = self;
        let sequence = |at: usize| Sequence(u32::try_from(at).expect("few rows"));
        match call {
            Call::ClaimNext(held) => {
                // The journal in memory makes this call without other runs, so it is put together here.
                let next = journal.header().cursor;
                let Some(next) = next else {
                    return journal.mark_next_operation_pending(*now).map(|()| Vec::new());
                };
                match held {
                    Held(None) => journal.mark_next_operation_pending(*now)?,
                    held => journal.mark_operation_pending_beside(held, next, *now)?,
                }
                Ok(vec![next.index()])
            }
            Call::Claim(at, held) => {
                journal.mark_operation_pending_beside(held, sequence(*at), *now)?;
                Ok(vec![*at])
            }
            Call::ClaimWave(limit, held) => {
                let claimed = journal.claim_operations(held, *limit, *now)?;
                assert!(claimed.iter().all(|row| row.state == State::Pending));
                Ok(claimed.iter().map(|row| row.sequence.index()).collect())
            }
            Call::Report(receipt) => {
                let receipt = OperationReceipt::clone(receipt);
                journal.record_operation_receipt(receipt, operator(), *now).map(|()| Vec::new())
            }
            Call::Retry(at) => journal
                .change(|it| retry_failed_operation(it, sequence(*at), *now))
                .map(|()| Vec::new()),
            Call::Accept(id) => journal
                .change(|it| accept_preflight_bundle(it, &(*id).into(), *now))
                .map(|()| Vec::new()),
            Call::Abort => journal.change(|it| abort_run(it, REASON, *now)).map(|()| Vec::new()),
            Call::Settle(target) => {
                journal.change(|it| settle_start(it, *target, REASON, *now)).map(|()| Vec::new())
            }
        }
    }

    fn assert_alike(&self) {
        self.assert_same_rows();
        self.assert_same_header();
        self.assert_same_lists();
        self.assert_same_wave();
        self.assert_sound();
    }

    fn assert_same_rows(&self) {
        let Self { journal, model, .. } = self;
        for (row, expected) in journal.operations().iter().zip(&model.rows) {
            let attempt = Attempt(expected.attempt);
            assert_eq!((row.state, row.attempt), (expected.state, attempt), "{row:?}");
            let last = row.last_receipt.map(|index| index.0 as usize);
            assert_eq!(last, expected.last_receipt, "{row:?}");
            let needs_reason = matches!(row.state, State::Failed | State::Blocked);
            let by_abort = row.state == State::Skipped && row.reason.is_some();
            assert_eq!(row.reason.is_some(), needs_reason || by_abort, "{row:?}");
            assert!(!by_abort || (model.aborted && row.reason.as_deref() == Some(REASON)));
        }
    }

    fn assert_same_header(&self) {
        let Self { journal, model, .. } = self;
        let header = journal.header();
        let index = |sequence: Option<Sequence>| sequence.map(Sequence::index);
        assert_eq!(header.tally, model.tally());
        assert_eq!(index(header.cursor), model.next(), "the cursor");
        assert_eq!(index(header.frontier), model.frontier(), "the frontier");
        assert_eq!(header.receipts as usize, model.receipts.len());
        assert_eq!(header.is_over(), model.is_over());
        assert_eq!(header.state(), model.state());
        let saved = model.is_over().then(|| model.outcome.unwrap_or_else(|| model.saved()));
        assert_eq!(header.outcome(), saved);
        let artifacts = (header.snapshot_targets as usize, header.verified_targets as usize);
        assert_eq!(artifacts, model.artifacts());
        assert_eq!(header.starts_owed as usize, model.owed.len(), "starts owed");
        assert_eq!(journal.starts_owed(), &model.owed);
        let open = |row: &&super::Row| {
            row.kind == crate::plan::BackupOperationKind::Start && !is_over(row.state)
        };
        assert_eq!(header.starts_open as usize, model.rows.iter().filter(open).count());
    }

    fn assert_same_lists(&self) {
        let Self { journal, model, .. } = self;
        let header = journal.header();
        let listed = |queue| model.list(queue).map_or(0, |rows| rows.len());
        for queue in Queue::ALL {
            if let Some(expected) = model.list(queue) {
                assert_eq!(list(journal, queue), expected, "{queue:?}");
                let state = state_in(queue, model.aborted);
                assert!(expected.iter().all(|at| model.rows[*at].state == state), "{queue:?}");
            }
        }
        let ready_again = listed(Queue::Ready) + listed(Queue::StartReady);
        assert_eq!(header.ready_again as usize, ready_again, "ready again");
        assert_eq!(header.starts_unclaimed as usize, listed(Queue::StartOwed), "starts unclaimed");
        let open: usize = Queue::open(header).iter().map(|queue| listed(*queue)).sum();
        let begun = |row: &&super::Row| row.attempt > 0 && !is_over(row.state);
        let begun = model.rows.iter().filter(begun).count();
        // A verification that was passed is in a list before it is claimed for the first time.
        let passed = model.list(Queue::Ready).unwrap_or_default();
        let passed = passed.iter().filter(|at| model.rows[**at].attempt == 0).count();
        assert_eq!(open, begun + passed, "lists of what was begun");
    }

    fn assert_same_wave(&self) {
        let Self { journal, model, .. } = self;
        let Some(status) = current_wave(journal, journal.header()) else { return };
        let next = model.next().expect("a wave has a next operation");
        let wave = model.rows[next].wave.expect("it is not one of the preflight");
        let of_wave: Vec<_> = model.rows.iter().filter(|row| row.wave == Some(wave)).collect();
        let count = |counts: fn(State) -> bool| {
            u32::try_from(of_wave.iter().filter(|row| counts(row.state)).count()).expect("few rows")
        };
        let waves = model.rows.iter().filter_map(|row| row.wave).max().expect("it has one") + 1;
        let first = model.rows.iter().position(|row| row.wave == Some(wave));
        let number = |number: usize| u32::try_from(number).expect("few rows");
        let expected = WaveStatus {
            wave: crate::journal::Wave(number(wave)),
            waves: number(waves),
            stage: model.rows[next].kind.into(),
            first: Sequence(number(first.expect("it has a row"))),
            operations: count(|_| true),
            over: count(is_over),
            pending: count(|state| state == State::Pending),
            failed: count(|state| state == State::Failed),
        };
        assert_eq!(status, expected);
    }

    fn assert_sound(&self) {
        let Self { journal, model, .. } = self;
        let header = journal.header();
        assert_eq!(check_header(journal, header), []);
        let check = check_records(journal, header, 0, u32::MAX);
        assert_eq!(check.violations, []);
        assert_eq!(u64::from(check.checked), records(header));
        assert_eq!((check.tally, check.starts_open), (header.tally, header.starts_open));
        assert_eq!(check.stops_completed, header.stops_completed);
        let saved = (check.targets_with_snapshot, check.targets_verified);
        assert_eq!(saved, (header.snapshot_targets, header.verified_targets));
        let listed = Queue::ALL.map(|queue| list(journal, queue).len()).iter().sum::<usize>();
        if !model.aborted {
            assert_eq!(check.listed as usize, listed);
        }
        let progress = model.rows.iter().filter(|row| row.attempt > 0).count();
        let stored = StoredCounts {
            progress: progress as u64,
            receipts: journal.receipts().len() as u64,
            listed: listed as u64,
            artifacts: check.targets_with_snapshot.into(),
            owed_starts: journal.starts_owed().len() as u64,
            downtimes: header.downtimes.map_or(0, |downtimes| downtimes.targets).into(),
        };
        assert_eq!(check_counts(header, stored), []);
    }
}

fn list(journal: &Journal, queue: Queue) -> Vec<usize> {
    let next = |from| journal.queued(queue, from);
    let rows = std::iter::successors(next(Sequence(0)), |last| next(last.next()));
    rows.map(Sequence::index).collect()
}

/// The state of the operations in a list.
const fn state_in(queue: Queue, aborted: bool) -> State {
    match queue {
        Queue::Claimed | Queue::StartClaimed => State::Pending,
        Queue::Failed | Queue::StartFailedAfterAbort => State::Failed,
        Queue::StartFailed if !aborted => State::Failed,
        _ => State::Ready,
    }
}
