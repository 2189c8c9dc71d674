//! A journal as a plain list: every row with its state, everything else searched for. What the journal keeps in
//! counters and lists is held against it after every call.

pub mod lists;
pub mod moves;
pub mod pair;
pub mod plans;
pub mod steps;

use crate::{
    Timestamp,
    journal::{
        OperationReceipt, OperationState as State, OwedStart, ReceiptOutcome, RunOutcome, RunState,
        Stage, Tally,
    },
    plan::{BackupOperationKind as Kind, BackupPlan},
};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// A row with its state as a caller sees it.
#[derive(Clone, Debug)]
pub struct Row {
    pub kind: Kind,
    pub target: Option<Principal>,
    /// The number of its wave; none for a preflight row.
    pub wave: Option<usize>,
    pub state: State,
    pub attempt: u32,
    pub claimed_at: Timestamp,
    pub last_receipt: Option<usize>,
    /// A start that failed before the abort and was not claimed since.
    pub failed_before_abort: bool,
}

/// A receipt that was recorded.
#[derive(Clone, Debug)]
pub struct Kept {
    pub receipt: OperationReceipt,
    pub done_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub rows: Vec<Row>,
    pub targets: usize,
    /// The preflight that was accepted.
    pub accepted: Option<&'static str>,
    pub aborted: bool,
    /// What an aborted run had saved when it was over for the first time.
    pub outcome: Option<RunOutcome>,
    pub receipts: Vec<Kept>,
    pub owed: BTreeMap<Principal, OwedStart>,
    /// Whether a canister may be held by one run only.
    pub holds: bool,
}

impl Model {
    pub fn new(plan: &BackupPlan, holds: bool) -> Self {
        let depths: BTreeMap<Principal, u32> =
            plan.targets.iter().map(|target| (target.canister_id, target.depth)).collect();
        let mut rows: Vec<Row> = Vec::new();
        for operation in &plan.phases {
            let (kind, target) = (operation.kind, operation.target_canister_id);
            let state = if kind.is_preflight() { State::Ready } else { State::Blocked };
            let row = Row {
                kind,
                target,
                wave: None,
                state,
                attempt: 0,
                claimed_at: Timestamp(0),
                last_receipt: None,
                failed_before_abort: false,
            };
            rows.push(row);
        }
        number_waves(&mut rows, &depths);
        Self {
            rows,
            targets: plan.targets.len(),
            accepted: None,
            aborted: false,
            outcome: None,
            receipts: Vec::new(),
            owed: BTreeMap::new(),
            holds,
        }
    }

    /// The lowest row in Ready, Pending or Failed; after an abort, of the starts.
    pub fn next(&self) -> Option<usize> {
        self.rows
            .iter()
            .position(|row| row.state.is_actionable() && (!self.aborted || row.kind == Kind::Start))
    }

    /// What may be claimed side by side now, in order.
    pub fn claimable(&self) -> Vec<usize> {
        let Some(next) = self.next() else { return Vec::new() };
        let wave = self.rows[next].wave;
        let together = |at: &usize| *at == next || (wave.is_some() && self.rows[*at].wave == wave);
        let ready = |at: &usize| self.rows[*at].state == State::Ready && !self.waits(*at);
        (0..self.rows.len()).filter(together).filter(ready).collect()
    }

    /// Whether this is a verification whose own download is not over.
    pub fn waits(&self, at: usize) -> bool {
        self.download_of(at).is_some_and(|download| !is_over(self.rows[download].state))
    }

    /// The download in front of a verification, of the same target and in the same wave.
    fn download_of(&self, at: usize) -> Option<usize> {
        let row = &self.rows[at];
        if row.kind != Kind::VerifyArtifact || row.target.is_none() {
            return None;
        }
        self.rows[..at].iter().rposition(|other| {
            other.kind == Kind::DownloadSnapshot
                && other.target == row.target
                && other.wave == row.wave
        })
    }

    /// The first start of the same target behind a stop.
    pub fn start_of(&self, stop: usize) -> Option<usize> {
        let target = self.rows[stop].target?;
        (stop..self.rows.len())
            .find(|at| self.rows[*at].kind == Kind::Start && self.rows[*at].target == Some(target))
    }

    /// Whether the target of this start was to be stopped: a stop that it follows was claimed.
    pub fn follows_claimed_stop(&self, start: usize) -> bool {
        (0..start).any(|at| {
            let row = &self.rows[at];
            row.kind == Kind::Stop && row.attempt > 0 && self.start_of(at) == Some(start)
        })
    }

    /// The first row of those that are done now that comes behind all that were ever claimed.
    pub fn frontier(&self) -> Option<usize> {
        let at_hand = |at: &usize| self.rows[*at].kind.is_preflight() != self.accepted.is_some();
        let rows = (0..self.rows.len()).filter(at_hand);
        let claimed = rows.clone().rfind(|at| self.rows[*at].attempt > 0);
        let mut behind = rows.filter(|at| claimed.is_none_or(|claimed| *at > claimed));
        behind.next().filter(|_| !self.aborted)
    }

    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for row in &self.rows {
            *tally.of(row.state) += 1;
        }
        tally
    }

    pub fn is_over(&self) -> bool {
        let counts = |row: &&Row| !self.aborted || row.kind == Kind::Start;
        self.rows.iter().filter(counts).all(|row| is_over(row.state))
    }

    pub fn state(&self) -> RunState {
        let failed = self.rows.iter().any(|row| row.state == State::Failed);
        match (self.aborted, self.is_over()) {
            (true, true) => RunState::Aborted,
            (true, false) => RunState::Aborting,
            (false, _) if failed => RunState::Failed,
            (false, _) if self.accepted.is_none() => RunState::AwaitingPreflight,
            (false, true) => RunState::Completed,
            (false, false) => RunState::InProgress,
        }
    }

    /// What the receipts say that the run has: targets with a snapshot, and with a verified download.
    pub fn artifacts(&self) -> (usize, usize) {
        let mut artifacts: BTreeMap<Principal, [bool; 3]> = BTreeMap::new();
        for Kept { receipt, .. } in &self.receipts {
            let Some(target) = receipt.target_canister_id else { continue };
            if receipt.outcome != ReceiptOutcome::Completed {
                continue;
            }
            match receipt.kind {
                Kind::CreateSnapshot => artifacts.insert(target, [true, false, false]),
                Kind::DownloadSnapshot => {
                    artifacts.entry(target).or_default()[1] = true;
                    None
                }
                Kind::VerifyArtifact => {
                    artifacts.entry(target).or_default()[2] = true;
                    None
                }
                _ => None,
            };
        }
        let snapshots = artifacts.values().filter(|has| has[0]).count();
        (snapshots, artifacts.values().filter(|has| **has == [true; 3]).count())
    }

    pub fn saved(&self) -> RunOutcome {
        match self.artifacts() {
            (_, verified) if verified == self.targets => RunOutcome::Complete,
            (snapshots, _) if snapshots == self.targets => RunOutcome::OnNetwork,
            (0, _) => RunOutcome::Nothing,
            _ => RunOutcome::Partial,
        }
    }
}

pub fn is_over(state: State) -> bool {
    matches!(state, State::Completed | State::Skipped)
}

/// A wave ends where the stage changes, or the depth of what is stopped or started, and in front of an operation
/// that it has already.
fn number_waves(rows: &mut [Row], depths: &BTreeMap<Principal, u32>) {
    let (mut number, mut before) = (0, None);
    let mut seen = BTreeSet::new();
    for row in rows.iter_mut().filter(|row| !row.kind.is_preflight()) {
        let leveled = matches!(row.kind, Kind::Stop | Kind::Start);
        let depth = row.target.filter(|_| leveled).map(|target| depths[&target]);
        let here = (Stage::from(row.kind), depth);
        if before.is_some_and(|before| before != here) || seen.contains(&(row.kind, row.target)) {
            number += 1;
            seen.clear();
        }
        seen.insert((row.kind, row.target));
        before = Some(here);
        row.wave = Some(number);
    }
}
