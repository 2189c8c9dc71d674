//! The header of a journal: all that a transition needs to know about the other rows.

use super::{
    Abort, ArrivingPreflight, Artifact, AuthoritySet, Downtimes, Drill, OperationState,
    RestoreProgress, RowState, RunOutcome, RunState, Shape, Tally, Wave,
};
use crate::{
    FleetName, PlanId, PreflightId, Rules, RunId, Sequence, Timestamp,
    plan::{BackupOperationKind, PlanHeader},
    preflight::ValidityWindow,
};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The state of a run as a whole.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Header {
    /// The plan that is being executed.
    #[n(0)]
    pub plan_id: PlanId,
    /// The run.
    #[n(1)]
    pub run_id: RunId,
    /// The fleet it backs up.
    #[n(2)]
    pub fleet: FleetName,
    /// When the journal was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[n(4)]
    pub updated_at: Timestamp,
    /// How many targets the plan has.
    #[n(5)]
    pub targets: u32,
    /// How many operations there are.
    #[n(6)]
    pub operations: u32,
    /// How many of them are preflight rows.
    #[n(7)]
    pub preflight_operations: u32,
    /// The first row that is not a preflight row.
    #[n(8)]
    pub first_mutating: Option<Sequence>,
    /// The preflight that was accepted.
    #[n(9)]
    pub preflight: Option<AcceptedPreflight>,
    /// The next operation: the lowest sequence in Ready, Pending or Failed.
    #[n(10)]
    pub cursor: Option<Sequence>,
    /// Whether a mutating operation was ever claimed.
    #[n(11)]
    pub mutation_begun: bool,
    /// Operations by state.
    #[n(12)]
    pub tally: Tally,
    /// Stops that are Completed.
    #[n(13)]
    pub stops_completed: u32,
    /// Starts that are neither Completed nor Skipped.
    #[n(14)]
    pub starts_open: u32,
    /// Targets that are owed a start.
    #[n(15)]
    pub starts_owed: u32,
    /// How many receipts were recorded.
    #[n(16)]
    pub receipts: u32,
    /// The preflight whose receipts are arriving in batches; the accepted one counts until all are there.
    #[n(18)]
    pub arriving: Option<ArrivingPreflight>,
    /// Which of the proven authorities count.
    #[cbor(n(19), default)]
    pub authorities: AuthoritySet,
    /// The rules that the run is judged by.
    #[cbor(n(20), default)]
    pub rules: Rules,
    /// Targets that have a snapshot.
    #[cbor(n(21), default)]
    pub snapshot_targets: u32,
    /// Targets that have a verified download.
    #[cbor(n(22), default)]
    pub verified_targets: u32,
    /// The first operation that comes behind all that were ever claimed. Those in front of it are over, or in a
    /// [`Queue`](super::Queue), or are a verification whose download is not over.
    #[n(23)]
    pub frontier: Option<Sequence>,
    /// How many operations are in [`Queue::Ready`](super::Queue::Ready) and
    /// [`Queue::StartReady`](super::Queue::StartReady).
    #[cbor(n(24), default)]
    pub ready_again: u32,
    /// How many operations are in [`Queue::StartOwed`](super::Queue::StartOwed).
    #[cbor(n(25), default)]
    pub starts_unclaimed: u32,
    /// What is known of the abort of the run; none when it was not aborted.
    #[n(26)]
    pub abort: Option<Abort>,
    /// The wave of the last claim before an abort; none in runs of 0.1.0.
    #[n(27)]
    pub wave: Option<Wave>,
    /// How long its targets were down; none before the first stop is claimed, and in runs of 0.1.0.
    #[n(28)]
    pub downtimes: Option<Downtimes>,
    /// How far the restore has come; none when the run is a backup.
    #[n(29)]
    pub restore: Option<RestoreProgress>,
    /// The last drill of the backup.
    #[n(30)]
    pub drill: Option<Drill>,
    /// How many of its snapshots are known to be gone from the network.
    #[cbor(n(31), with = "crate::cbor::count", has_nil)]
    pub snapshots_deleted: u32,
}

/// A preflight bundle that was accepted.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct AcceptedPreflight {
    /// The bundle.
    #[n(0)]
    pub preflight_id: PreflightId,
    /// When it was accepted.
    #[n(1)]
    pub accepted_at: Timestamp,
    /// How long it counts; none when only the id was accepted.
    #[n(2)]
    pub window: Option<ValidityWindow>,
    /// When the first of its receipts ceases to count, each of which has a window of its own; none when only the id
    /// was accepted, and in runs of 0.1.0, which only had the window.
    #[n(3)]
    pub counts_until: Option<Timestamp>,
}

impl AcceptedPreflight {
    /// From when on nothing may begin on it; none when it was accepted without receipts.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.counts_until.or_else(|| self.window.map(|window| window.expires_at))
    }
}

impl Header {
    /// The header of a new journal.
    pub fn new(
        plan: &PlanHeader,
        rules: Rules,
        targets: u32,
        shape: Shape,
        now: Timestamp,
    ) -> Self {
        let Shape {
            operations,
            preflight_operations,
            starts,
            roll_backs,
            first_preflight,
            first_mutating,
        } = shape;
        Self {
            plan_id: plan.plan_id.clone(),
            run_id: plan.run_id.clone(),
            fleet: plan.fleet.as_str().into(),
            created_at: now,
            updated_at: now,
            targets,
            operations,
            preflight_operations,
            first_mutating,
            preflight: None,
            cursor: first_preflight,
            mutation_begun: false,
            tally: Tally {
                ready: preflight_operations,
                blocked: operations - preflight_operations - roll_backs,
                skipped: roll_backs,
                ..Tally::default()
            },
            stops_completed: 0,
            starts_open: starts,
            starts_owed: 0,
            receipts: 0,
            arriving: None,
            authorities: AuthoritySet::default(),
            rules,
            snapshot_targets: 0,
            verified_targets: 0,
            frontier: first_preflight,
            ready_again: 0,
            starts_unclaimed: 0,
            abort: None,
            wave: None,
            downtimes: None,
            restore: RestoreProgress::new(roll_backs),
            drill: None,
            snapshots_deleted: 0,
        }
    }

    /// Whether preflight was accepted.
    pub const fn preflight_accepted(&self) -> bool {
        self.preflight.is_some()
    }

    /// The accepted preflight, if any.
    pub fn preflight_id(&self) -> Option<&PreflightId> {
        self.preflight.as_ref().map(|preflight| &preflight.preflight_id)
    }

    /// Whether some Stop is Completed while some Start is neither Completed nor Skipped.
    pub const fn restart_required(&self) -> bool {
        self.stops_completed > 0 && self.starts_open > 0
    }

    /// Whether nothing is left to be done: every operation is completed or skipped, or, after an abort, every start.
    pub const fn is_over(&self) -> bool {
        if self.abort.is_some() {
            return self.starts_open == 0;
        }
        self.tally.completed + self.tally.skipped == self.operations
    }

    /// Where the run stands.
    pub const fn state(&self) -> RunState {
        if self.is_contained() {
            RunState::Contained
        } else if self.abort.is_some() {
            if self.is_over() { RunState::Aborted } else { RunState::Aborting }
        } else if self.tally.failed > 0 {
            RunState::Failed
        } else if !self.preflight_accepted() {
            RunState::AwaitingPreflight
        } else if self.is_over() {
            RunState::Completed
        } else {
            RunState::InProgress
        }
    }

    /// The state of a row of `kind` that by itself stands at `row` (none: untouched), in a run that was not aborted.
    pub(super) fn state_before_abort(
        &self,
        kind: BackupOperationKind,
        row: Option<RowState>,
    ) -> OperationState {
        if kind == BackupOperationKind::RollBack {
            return OperationState::Skipped;
        }
        match (kind.is_preflight(), self.preflight_accepted()) {
            (true, true) => OperationState::Completed,
            (false, false) => OperationState::Blocked,
            _ => row.map_or(OperationState::Ready, OperationState::from),
        }
    }
}

impl Header {
    /// What the run has saved; none while it is not over. In an aborted run it is what had been saved when the run
    /// was over for the first time.
    pub fn outcome(&self) -> Option<RunOutcome> {
        let at_abort = || self.abort.as_ref().and_then(|abort| abort.outcome);
        self.is_over().then(|| at_abort().unwrap_or_else(|| self.saved()))
    }

    /// What would be saved if the run were over now.
    pub const fn saved(&self) -> RunOutcome {
        if let Some(restore) = &self.restore {
            return self.restored(restore);
        }
        if self.verified_targets == self.targets {
            RunOutcome::Complete
        } else if self.snapshot_targets == self.targets {
            RunOutcome::OnNetwork
        } else if self.snapshot_targets > 0 {
            RunOutcome::Partial
        } else {
            RunOutcome::Nothing
        }
    }

    /// Whether the run is a backup that has a snapshot of every target and has nothing left to start.
    pub const fn is_on_network(&self) -> bool {
        self.restore.is_none()
            && self.mutation_begun
            && self.snapshot_targets == self.targets
            && self.starts_open == 0
    }

    /// Counts what the run has of a target from now on.
    pub fn count_artifact(&mut self, artifact: &Artifact) {
        self.snapshot_targets += u32::from(artifact.has_snapshot());
        self.verified_targets += u32::from(artifact.has_verified_download());
    }

    /// Takes back what [`Header::count_artifact`] has counted.
    pub(super) fn discount_artifact(&mut self, artifact: &Artifact) {
        self.snapshot_targets -= u32::from(artifact.has_snapshot());
        self.verified_targets -= u32::from(artifact.has_verified_download());
    }
}
