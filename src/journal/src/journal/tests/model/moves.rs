//! How the plain list moves. A call that is refused answers with none, and has changed nothing.

use super::{Kept, Model, Row, is_over};
use crate::{
    Timestamp,
    journal::{OperationReceipt, OperationState as State, OwedStart, ReceiptOutcome, StopOutcome},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

impl Model {
    /// Claims the row at `at`, which must be the next one.
    pub fn mark(&mut self, at: usize, held: Option<Principal>, now: Timestamp) -> Option<()> {
        let claimable = matches!(self.rows.get(at)?.state, State::Ready | State::Failed);
        if self.next() != Some(at) || !claimable || self.is_held(at, held) {
            return None;
        }
        self.claim(at, now);
        Some(())
    }

    /// Claims up to `limit` rows of the wave.
    pub fn claim_wave(
        &mut self,
        limit: u32,
        held: Option<Principal>,
        now: Timestamp,
    ) -> Option<Vec<usize>> {
        self.next()?;
        let mut claimed = Vec::new();
        for at in self.claimable().into_iter().take(limit as usize) {
            if self.is_held(at, held) {
                break;
            }
            self.claim(at, now);
            claimed.push(at);
        }
        let stopped = limit > 0 && claimed.is_empty() && !self.claimable().is_empty();
        (!stopped).then_some(claimed)
    }

    fn is_held(&self, at: usize, held: Option<Principal>) -> bool {
        let Row { kind, target, .. } = self.rows[at];
        self.holds && kind == Kind::Stop && target.is_some() && target == held
    }

    fn claim(&mut self, at: usize, now: Timestamp) {
        let row = &mut self.rows[at];
        row.state = State::Pending;
        row.attempt += 1;
        row.claimed_at = now;
        row.failed_before_abort = false;
        if let (Kind::Stop, Some(target)) = (row.kind, row.target) {
            let unknown =
                OwedStart { since: now, stop: StopOutcome::Unknown, start_skipped: false };
            self.owed.entry(target).or_insert(unknown);
        }
    }

    pub fn retry(&mut self, at: usize) -> Option<()> {
        let row = self.rows.get_mut(at).filter(|row| row.state == State::Failed)?;
        row.state = State::Ready;
        Some(())
    }

    pub fn accept(&mut self, id: &'static str) -> Option<()> {
        let other = self.accepted.is_some_and(|accepted| accepted != id);
        if self.aborted || other || id.trim().is_empty() {
            return None;
        }
        for row in &mut self.rows {
            match row.state {
                _ if row.kind.is_preflight() => row.state = State::Completed,
                State::Blocked => row.state = State::Ready,
                _ => {}
            }
        }
        self.accepted = Some(id);
        Some(())
    }

    pub fn settle(&mut self, target: Principal) -> Option<()> {
        self.owed.remove(&target).map(|_| ())
    }

    pub fn abort(&mut self) -> Option<()> {
        if self.aborted || self.is_over() {
            return None;
        }
        for at in 0..self.rows.len() {
            let Row { kind, state, attempt, .. } = self.rows[at];
            let owed = kind == Kind::Start && (attempt > 0 || self.follows_claimed_stop(at));
            let row = &mut self.rows[at];
            match state {
                State::Pending | State::Completed | State::Skipped => {}
                _ if owed => {
                    row.failed_before_abort = state == State::Failed;
                    row.state = State::Ready;
                }
                State::Ready | State::Failed | State::Blocked => row.state = State::Skipped,
            }
        }
        self.aborted = true;
        self.note_outcome();
        Some(())
    }

    /// Records a receipt about the row at `at`, which names everything else rightly.
    pub fn report(&mut self, at: usize, receipt: &OperationReceipt, now: Timestamp) -> Option<()> {
        let row = self.rows.get(at)?;
        let current = receipt.attempt.is_none_or(|attempt| attempt.0 == row.attempt);
        let performed = receipt.performed_at.unwrap_or(now);
        if row.state != State::Pending || !current || performed < row.claimed_at || performed > now
        {
            return None;
        }
        let receipt =
            OperationReceipt { attempt: Some(crate::Attempt(row.attempt)), ..receipt.clone() };
        let outcome = receipt.outcome;
        self.rows[at].last_receipt = Some(self.receipts.len());
        self.receipts.push(Kept { receipt, done_at: performed });
        self.end(at, outcome, performed);
        self.note_outcome();
        Some(())
    }

    fn end(&mut self, at: usize, outcome: ReceiptOutcome, done_at: Timestamp) {
        let Row { kind, target, .. } = self.rows[at];
        self.rows[at].state = match outcome {
            ReceiptOutcome::Completed => State::Completed,
            ReceiptOutcome::Skipped => State::Skipped,
            ReceiptOutcome::Failed if self.aborted && kind != Kind::Start => State::Skipped,
            ReceiptOutcome::Failed => State::Failed,
        };
        let Some(target) = target else { return };
        match (kind, outcome) {
            (Kind::Stop, ReceiptOutcome::Completed) => self.stopped(at, target, done_at),
            (Kind::Start, ReceiptOutcome::Completed) => self.started(at, target, done_at),
            (Kind::Start, ReceiptOutcome::Skipped) => {
                if let Some(owed) = self.owed.get_mut(&target) {
                    owed.start_skipped = true;
                }
            }
            _ => {}
        }
    }

    /// A stop is done. In an aborted run its start may be over; then it has to be done again if it was earlier, or skipped.
    fn stopped(&mut self, stop: usize, target: Principal, done_at: Timestamp) {
        let start = self.start_of(stop).filter(|_| self.aborted);
        if let Some(start) = start {
            let Row { state, last_receipt, .. } = self.rows[start];
            let started_at = last_receipt.map(|last| self.receipts[last].done_at);
            match state {
                State::Completed if started_at >= Some(done_at) => return,
                State::Completed | State::Skipped => self.rows[start].state = State::Ready,
                _ => {}
            }
        }
        let stop = StopOutcome::Stopped;
        let known = self.owed.get(&target).copied();
        if known.is_none_or(|owed| owed.stop != stop) {
            self.owed.insert(target, OwedStart { since: done_at, stop, start_skipped: false });
        }
    }

    /// A start is done. It does not count if the stop was later, which only an abort makes possible.
    fn started(&mut self, start: usize, target: Principal, done_at: Timestamp) {
        let stopped_later = self
            .owed
            .get(&target)
            .is_some_and(|owed| owed.stop == StopOutcome::Stopped && owed.since > done_at);
        if self.aborted && stopped_later {
            self.rows[start].state = State::Ready;
        } else {
            self.owed.remove(&target);
        }
    }

    fn note_outcome(&mut self) {
        if self.aborted && self.is_over() && self.outcome.is_none() {
            self.outcome = Some(self.saved());
        }
    }

    /// Rows that were claimed and whose receipts are awaited.
    pub fn pending(&self) -> Vec<usize> {
        self.in_state(State::Pending)
    }

    pub fn in_state(&self, state: State) -> Vec<usize> {
        (0..self.rows.len()).filter(|at| self.rows[*at].state == state).collect()
    }

    /// Whether every row in front of `at` that does not belong to its wave is over.
    pub fn barrier_is_over(&self, at: usize) -> bool {
        let wave = self.rows[at].wave;
        let in_front = self.rows[..at].iter().filter(|row| row.wave.is_none() || row.wave != wave);
        let mut in_front = in_front.filter(|row| !self.aborted || row.kind == Kind::Start);
        in_front.all(|row| is_over(row.state) || row.state == State::Blocked)
    }
}
