//! The operations of a plan and their kinds.

use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One operation of a plan.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct BackupOperation {
    /// Names the operation; unique in its plan.
    #[n(0)]
    pub operation_id: String,
    /// Its position in the plan, 0-based.
    #[n(1)]
    pub order: u32,
    /// What the operation does.
    #[n(2)]
    pub kind: BackupOperationKind,
    /// Its target; none if it concerns the whole run.
    #[cbor(n(3), with = "crate::cbor::opt_principal")]
    pub target_canister_id: Option<Principal>,
}

/// What an operation does.
#[derive(
    CandidType,
    Clone,
    Copy,
    Debug,
    Decode,
    Deserialize,
    Encode,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[cbor(index_only)]
pub enum BackupOperationKind {
    /// Preflight: the fleet is still what the plan was made for.
    #[n(0)]
    ValidateTopology,
    /// Preflight: every target can be controlled.
    #[n(1)]
    ValidateControlAuthority,
    /// Preflight: every snapshot will be readable.
    #[n(2)]
    ValidateSnapshotReadAuthority,
    /// Preflight: the quiescence policy can be kept.
    #[n(3)]
    ValidateQuiescencePolicy,
    /// Stop a target.
    #[n(4)]
    Stop,
    /// Take a snapshot of a target.
    #[n(5)]
    CreateSnapshot,
    /// Start a target again.
    #[n(6)]
    Start,
    /// Download the snapshot of a target.
    #[n(7)]
    DownloadSnapshot,
    /// Verify what was downloaded.
    #[n(8)]
    VerifyArtifact,
    /// Write the manifest of the run.
    #[n(9)]
    FinalizeManifest,
    /// Restore: upload the snapshot of a target, which goes on running.
    #[n(10)]
    UploadSnapshot,
    /// Restore: replace the state of a target by the snapshot that is restored.
    #[n(11)]
    LoadSnapshot,
    /// Restore: load the safety snapshot of a target again. It is done only when the run is rolled back.
    #[n(12)]
    RollBack,
    /// Restore: verify a target after its start.
    #[n(13)]
    VerifyMember,
    /// Restore: write down what was restored.
    #[n(14)]
    FinalizeRestore,
}

impl BackupOperationKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::ValidateTopology,
        Self::ValidateControlAuthority,
        Self::ValidateSnapshotReadAuthority,
        Self::ValidateQuiescencePolicy,
        Self::Stop,
        Self::CreateSnapshot,
        Self::Start,
        Self::DownloadSnapshot,
        Self::VerifyArtifact,
        Self::FinalizeManifest,
        Self::UploadSnapshot,
        Self::LoadSnapshot,
        Self::RollBack,
        Self::VerifyMember,
        Self::FinalizeRestore,
    ];

    /// The kinds of a backup, in the order in which a derived plan uses them.
    pub const BACKUP: [Self; 10] = [
        Self::ValidateTopology,
        Self::ValidateControlAuthority,
        Self::ValidateSnapshotReadAuthority,
        Self::ValidateQuiescencePolicy,
        Self::Stop,
        Self::CreateSnapshot,
        Self::Start,
        Self::DownloadSnapshot,
        Self::VerifyArtifact,
        Self::FinalizeManifest,
    ];

    /// Whether this is one of the four preflight checks. Every other kind is *mutating*: blocked until
    /// preflight is accepted, and its receipts name the accepted preflight.
    pub const fn is_preflight(self) -> bool {
        matches!(
            self,
            Self::ValidateTopology
                | Self::ValidateControlAuthority
                | Self::ValidateSnapshotReadAuthority
                | Self::ValidateQuiescencePolicy
        )
    }

    /// Whether only a plan of a restore has operations of this kind.
    pub const fn is_restore(self) -> bool {
        matches!(
            self,
            Self::UploadSnapshot
                | Self::LoadSnapshot
                | Self::RollBack
                | Self::VerifyMember
                | Self::FinalizeRestore
        )
    }

    /// Whether operations of this kind are done after the run was aborted: those that leave the targets running, as
    /// they were.
    pub const fn outlives_abort(self) -> bool {
        matches!(self, Self::Start | Self::RollBack)
    }

    /// Whether an operation of this kind concerns the whole run, and so has no target.
    pub const fn is_run_wide(self) -> bool {
        matches!(self, Self::FinalizeManifest | Self::FinalizeRestore)
    }

    /// Whether operations of this kind bring snapshots from the network to somebody, or come after that.
    pub const fn is_transfer(self) -> bool {
        matches!(self, Self::DownloadSnapshot | Self::VerifyArtifact | Self::FinalizeManifest)
    }

    /// Whether this kind acts on a canister, so that a plan must not list it before its preflight rows.
    ///
    /// Narrower than "not preflight": verifying a file and writing the manifest touch no canister.
    pub const fn touches_canister(self) -> bool {
        matches!(
            self,
            Self::Stop
                | Self::CreateSnapshot
                | Self::Start
                | Self::DownloadSnapshot
                | Self::UploadSnapshot
                | Self::LoadSnapshot
                | Self::RollBack
                | Self::VerifyMember
        )
    }

    /// The kind's name in kebab case, for instance `create-snapshot`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ValidateTopology => "validate-topology",
            Self::ValidateControlAuthority => "validate-control-authority",
            Self::ValidateSnapshotReadAuthority => "validate-snapshot-read-authority",
            Self::ValidateQuiescencePolicy => "validate-quiescence-policy",
            Self::Stop => "stop",
            Self::CreateSnapshot => "create-snapshot",
            Self::Start => "start",
            Self::DownloadSnapshot => "download-snapshot",
            Self::VerifyArtifact => "verify-artifact",
            Self::FinalizeManifest => "finalize-manifest",
            Self::UploadSnapshot => "upload-snapshot",
            Self::LoadSnapshot => "load-snapshot",
            Self::RollBack => "roll-back",
            Self::VerifyMember => "verify-member",
            Self::FinalizeRestore => "finalize-restore",
        }
    }
}

impl fmt::Display for BackupOperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
