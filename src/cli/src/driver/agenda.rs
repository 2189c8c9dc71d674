//! What a driver does next. An agenda knows which operations are claimed, under way and not reported; it makes no calls.

use crate::driver::evidence::Evidence;
use anyhow::Error;
use backup_journal::{
    Sequence, Timestamp, journal::Operation, limits::MAX_WAVE_BATCH,
    plan::BackupOperationKind as Kind,
};
use std::collections::{BTreeMap, VecDeque};

/// How many operations a driver performs at a time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// All operations.
    pub operations: usize,
    /// Downloads and uploads among them.
    pub downloads: usize,
}

/// An attempt at an operation that is over.
#[derive(Debug)]
pub struct Performed {
    /// The operation.
    pub operation: Operation,
    /// Its evidence, none if there was nothing to do, or why it failed.
    pub result: Result<Option<Evidence>, Error>,
    /// When it was over, in network time.
    pub at: Timestamp,
}

impl Performed {
    /// An attempt that is over now. The clock of this machine may be a little behind that of the network, which takes no
    /// receipt for something that was done before it was claimed.
    pub fn new(
        operation: Operation,
        result: Result<Option<Evidence>, Error>,
        now: Timestamp,
    ) -> Self {
        let at = operation.state_updated_at.map_or(now, |claimed| claimed.max(now));
        Self { operation, result, at }
    }
}

/// Something to begin now.
#[derive(Debug)]
pub enum Step {
    /// Perform an operation that is claimed.
    Perform(Operation),
    /// Report these attempts.
    Report(Vec<Performed>),
    /// Claim up to so many operations.
    Claim(u32),
}

/// The operations that a driver has claimed, and what it does with them next.
#[derive(Debug)]
pub struct Agenda {
    limits: Limits,
    /// Claimed, not begun.
    waiting: VecDeque<Operation>,
    under_way: BTreeMap<Sequence, Operation>,
    /// Performed, not reported.
    performed: Vec<Performed>,
    claiming: bool,
    reports_under_way: u32,
    /// The last claim took all operations that were Ready, and no report or retry has come since.
    exhausted: bool,
    /// Nothing more is to be claimed.
    closed: bool,
}

impl Agenda {
    /// An agenda with nothing on it.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: VecDeque::new(),
            under_way: BTreeMap::new(),
            performed: Vec::new(),
            claiming: false,
            reports_under_way: 0,
            exhausted: false,
            closed: false,
        }
    }

    /// The next step to begin now. `None`: wait for a step that is under way; if there is none, nothing is left.
    ///
    /// Reports come first, because other operations wait for them. One report is under way at a time, unless a batch is
    /// full. An attempt that ends in the meantime is part of the next report; a report never waits for more attempts.
    pub fn next(&mut self) -> Option<Step> {
        self.report().or_else(|| self.perform()).or_else(|| self.claim())
    }

    fn report(&mut self) -> Option<Step> {
        let full = self.performed.len() >= MAX_WAVE_BATCH;
        if self.performed.is_empty() || self.reports_under_way > 0 && !full {
            return None;
        }
        self.reports_under_way += 1;
        let batch = self.performed.len().min(MAX_WAVE_BATCH);
        Some(Step::Report(self.performed.drain(..batch).collect()))
    }

    fn perform(&mut self) -> Option<Step> {
        if self.under_way.len() >= self.limits.operations {
            return None;
        }
        let next = self.waiting.iter().position(|operation| self.may_begin(operation))?;
        let operation = self.waiting.remove(next)?;
        self.under_way.insert(operation.sequence, operation.clone());
        Some(Step::Perform(operation))
    }

    /// At most one operation on a canister is under way. After an abort a start can be claimed while the stop of the same
    /// canister is under way, and must not overtake it.
    fn may_begin(&self, operation: &Operation) -> bool {
        let target = operation.target_canister_id;
        let mut under_way = self.under_way.values();
        if target.is_some() && under_way.any(|other| other.target_canister_id == target) {
            return false;
        }
        let transfers = self.under_way.values().filter(|other| moves_data(other));
        !moves_data(operation) || transfers.count() < self.limits.downloads
    }

    /// Claims ahead half as many operations as may be under way, so that a new one begins as soon as one ends.
    fn claim(&mut self) -> Option<Step> {
        if self.claiming || self.exhausted || self.closed {
            return None;
        }
        let most = self.limits.operations + self.limits.operations / 2;
        let claimed = self.waiting.len() + self.under_way.len();
        let limit = most.saturating_sub(claimed).min(MAX_WAVE_BATCH);
        if limit == 0 {
            return None;
        }
        self.claiming = true;
        self.exhausted = false;
        Some(Step::Claim(u32::try_from(limit).expect("BUG: the limit of a claim is small")))
    }

    /// A claim of up to `limit` operations was answered with these.
    pub fn claimed(&mut self, operations: Vec<Operation>, limit: u32) {
        self.claiming = false;
        self.exhausted = operations.len() < limit as usize;
        self.take_over(operations);
    }

    /// Adds operations that are claimed.
    ///
    /// While other operations wait, a start or a roll back can be claimed only after an abort. The others are then not begun
    /// any more.
    pub fn take_over(&mut self, operations: Vec<Operation>) {
        let outlives_abort = |operation: &Operation| operation.kind.outlives_abort();
        if operations.iter().any(outlives_abort) {
            self.waiting.retain(outlives_abort);
        }
        self.waiting.extend(operations);
    }

    /// An attempt is over.
    pub fn performed(&mut self, performed: Performed) {
        self.under_way.remove(&performed.operation.sequence);
        self.performed.push(performed);
    }

    /// A report was answered, so other operations may be Ready now.
    pub fn reported(&mut self) {
        self.reports_under_way -= 1;
        self.exhausted = false;
    }

    /// A failed operation is Ready again.
    pub const fn retried(&mut self) {
        self.exhausted = false;
    }

    /// Stops claiming. Operations that are claimed are still performed and reported.
    pub const fn close(&mut self) {
        self.closed = true;
    }
}

fn moves_data(operation: &Operation) -> bool {
    matches!(operation.kind, Kind::DownloadSnapshot | Kind::UploadSnapshot)
}

#[cfg(test)]
mod tests;
