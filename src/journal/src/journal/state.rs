//! The states of operations, and the stages that they belong to.

use crate::plan::BackupOperationKind;
use candid::CandidType;
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
    /// Every state, from done to not begun: the order in which states are listed and counted.
    pub const ALL: [Self; 6] =
        [Self::Completed, Self::Skipped, Self::Failed, Self::Pending, Self::Ready, Self::Blocked];

    /// The state in lower case, as metrics and pages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Pending => "pending",
            Self::Blocked => "blocked",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Whether an operation in this state can be the next one: it is Ready, Pending or Failed.
    pub const fn is_actionable(self) -> bool {
        matches!(self, Self::Ready | Self::Pending | Self::Failed)
    }
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
///
/// The stages of a backup come first, in their order; then those that only a restore has.
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
    /// A restore: snapshots are being uploaded.
    Upload,
    /// A restore: snapshots are being loaded.
    Load,
    /// A restore that was rolled back: safety snapshots are being loaded.
    RollBack,
    /// A restore: members are being verified.
    Verify,
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
            Kind::FinalizeManifest | Kind::FinalizeRestore => Self::Finalize,
            Kind::UploadSnapshot => Self::Upload,
            Kind::LoadSnapshot => Self::Load,
            Kind::RollBack => Self::RollBack,
            Kind::VerifyMember => Self::Verify,
        }
    }
}
