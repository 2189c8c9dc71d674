//! The rows of a journal: what is fixed when the journal is made, and what moves.

use super::{Header, PREFLIGHT_NOT_ACCEPTED};
use crate::{
    Attempt, ReceiptIndex, Sequence, Timestamp,
    plan::{BackupOperation, BackupOperationKind},
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The state of an operation, as a caller sees it.
#[derive(
    CandidType, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum OperationState {
    /// It may be claimed when it is its turn.
    Ready,
    /// It is claimed; its receipt is awaited.
    Pending,
    /// It waits for preflight to be accepted.
    Blocked,
    /// It is done.
    Completed,
    /// It failed and may be claimed again.
    Failed,
    /// It was left out, for good.
    Skipped,
}

impl OperationState {
    /// Whether an operation in this state can be the next one: it is Ready, Pending or Failed.
    pub const fn is_actionable(self) -> bool {
        matches!(self, Self::Ready | Self::Pending | Self::Failed)
    }
}

/// An operation as a caller sees it.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Operation {
    /// Position in the run.
    pub sequence: Sequence,
    /// The id that the plan gave it.
    pub operation_id: String,
    /// What is to be done.
    pub kind: BackupOperationKind,
    /// To which target.
    pub target_canister_id: Option<Principal>,
    /// Where it stands.
    pub state: OperationState,
    /// When it last moved; none while it has not been touched.
    pub state_updated_at: Option<Timestamp>,
    /// How often it has been claimed.
    pub attempt: Attempt,
    /// Why it is blocked or failed; no other state has a reason.
    pub reason: Option<String>,
    /// Its latest receipt.
    pub last_receipt: Option<ReceiptIndex>,
}

impl Operation {
    /// Puts a row together from its parts; `failure` is why it failed, if it did.
    pub(super) fn new(
        header: &Header,
        sequence: Sequence,
        spec: OperationSpec,
        progress: Option<Progress>,
        failure: Option<String>,
    ) -> Self {
        let state = header.effective_state(spec.kind, progress.map(|row| row.state));
        let state_updated_at = match &header.preflight {
            Some(preflight) if spec.kind.is_preflight() => Some(preflight.accepted_at),
            _ => progress.map(|row| row.updated_at),
        };
        let blocked = state == OperationState::Blocked;
        Self {
            sequence,
            operation_id: spec.operation_id,
            kind: spec.kind,
            target_canister_id: spec.target,
            state,
            state_updated_at,
            attempt: progress.map(|row| row.attempt).unwrap_or_default(),
            reason: if blocked { Some(PREFLIGHT_NOT_ACCEPTED.to_string()) } else { failure },
            last_receipt: progress.and_then(|row| row.last_receipt),
        }
    }
}

/// What is fixed about an operation when its journal is made.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct OperationSpec {
    /// The id that the plan gave it.
    #[n(0)]
    pub operation_id: String,
    /// What is to be done.
    #[n(1)]
    pub kind: BackupOperationKind,
    /// To which target.
    #[cbor(n(2), with = "crate::cbor::opt_principal")]
    pub target: Option<Principal>,
    /// The next row of the same class (preflight or mutating): the cursor moves along these links, since
    /// rows of the other class are either blocked or already over.
    #[n(3)]
    pub next: Option<Sequence>,
}

impl OperationSpec {
    /// The rows of a journal over `phases`, which are in order.
    pub fn rows(phases: &[BackupOperation]) -> Vec<Self> {
        let (mut next_preflight, mut next_mutating) = (None, None);
        let mut rows: Vec<Self> = phases
            .iter()
            .rev()
            .map(|operation| {
                let link = if operation.kind.is_preflight() {
                    &mut next_preflight
                } else {
                    &mut next_mutating
                };
                Self {
                    operation_id: operation.operation_id.clone(),
                    kind: operation.kind,
                    target: operation.target_canister_id,
                    next: link.replace(Sequence(operation.order)),
                }
            })
            .collect();
        rows.reverse();
        rows
    }
}

/// What moves about an operation; absent while nobody has claimed it.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Progress {
    /// Where the row stands by itself, before the header has its say.
    #[n(0)]
    pub state: RowState,
    /// How often it has been claimed; at least once.
    #[n(1)]
    pub attempt: Attempt,
    /// When it last moved.
    #[n(2)]
    pub updated_at: Timestamp,
    /// Its latest receipt.
    #[n(3)]
    pub last_receipt: Option<ReceiptIndex>,
}

/// Where a touched row stands. There is no "blocked" here: only the header can block a row.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum RowState {
    /// Failed before, to be retried.
    #[n(0)]
    Ready,
    /// Claimed.
    #[n(1)]
    Pending,
    /// Done.
    #[n(2)]
    Completed,
    /// Failed; the reason is in the latest receipt.
    #[n(3)]
    Failed,
    /// Left out.
    #[n(4)]
    Skipped,
}

impl From<RowState> for OperationState {
    fn from(state: RowState) -> Self {
        match state {
            RowState::Ready => Self::Ready,
            RowState::Pending => Self::Pending,
            RowState::Completed => Self::Completed,
            RowState::Failed => Self::Failed,
            RowState::Skipped => Self::Skipped,
        }
    }
}

/// Operations between two barriers: nothing of the next stage begins before all of this one is over.
#[derive(
    CandidType, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum Stage {
    /// The four checks.
    Preflight,
    /// Members are being stopped.
    Stop,
    /// Snapshots are being taken.
    Snapshot,
    /// Members are being started.
    Start,
    /// Snapshots are being downloaded and verified.
    Transfer,
    /// The manifest is being written.
    Finalize,
}

impl From<BackupOperationKind> for Stage {
    fn from(kind: BackupOperationKind) -> Self {
        use BackupOperationKind as Kind;
        match kind {
            Kind::ValidateTopology
            | Kind::ValidateControlAuthority
            | Kind::ValidateSnapshotReadAuthority
            | Kind::ValidateQuiescencePolicy => Self::Preflight,
            Kind::Stop => Self::Stop,
            Kind::CreateSnapshot => Self::Snapshot,
            Kind::Start => Self::Start,
            Kind::DownloadSnapshot | Kind::VerifyArtifact => Self::Transfer,
            Kind::FinalizeManifest => Self::Finalize,
        }
    }
}
