//! The answers of a driver to the preflight requests.

use super::{QuiescencePreflightTarget, TopologyPreflightTarget};
use crate::{
    PlanId, PreflightId, Timestamp,
    plan::{ControlAuthority, QuiescencePolicy, SnapshotReadAuthority},
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The answers to all four requests of a plan.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct PreflightReceipts {
    /// The plan that was checked.
    #[n(0)]
    pub plan_id: PlanId,
    /// Names this bundle.
    #[n(1)]
    pub preflight_id: PreflightId,
    /// When the checks were made.
    #[n(2)]
    pub validated_at: Timestamp,
    /// When they expire.
    #[n(3)]
    pub expires_at: Timestamp,
    /// The topology at the time of the check.
    #[n(4)]
    pub topology: TopologyPreflightReceipt,
    /// Who controls the targets: one receipt for each.
    #[n(5)]
    pub control_authority: Vec<ControlAuthorityReceipt>,
    /// Who may read their snapshots: one receipt for each.
    #[n(6)]
    pub snapshot_read_authority: Vec<SnapshotReadAuthorityReceipt>,
    /// Whether the quiescence policy can be kept.
    #[n(7)]
    pub quiescence: QuiescencePreflightReceipt,
}

/// The topology of the fleet at the time of the check.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct TopologyPreflightReceipt {
    /// The plan that was checked.
    #[n(0)]
    pub plan_id: PlanId,
    /// The bundle this receipt belongs to.
    #[n(1)]
    pub preflight_id: PreflightId,
    /// The hash the plan was made with.
    #[n(2)]
    pub topology_hash_before_quiesce: String,
    /// The hash now.
    #[n(3)]
    pub topology_hash_at_preflight: String,
    /// The targets with their place in the fleet now, in the order of the plan.
    #[n(4)]
    pub targets: Vec<TopologyPreflightTarget>,
    /// When the check was made.
    #[n(5)]
    pub validated_at: Timestamp,
    /// When it expires.
    #[n(6)]
    pub expires_at: Timestamp,
    /// A remark.
    #[n(7)]
    pub message: Option<String>,
}

/// Who controls one target.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct ControlAuthorityReceipt {
    /// The plan that was checked.
    #[n(0)]
    pub plan_id: PlanId,
    /// The bundle this receipt belongs to.
    #[n(1)]
    pub preflight_id: PreflightId,
    /// The target.
    #[cbor(n(2), with = "crate::cbor::principal")]
    pub target_canister_id: Principal,
    /// What was found.
    #[n(3)]
    pub authority: ControlAuthority,
    /// How it was found.
    #[n(4)]
    pub proof_source: AuthorityProofSource,
    /// When the check was made.
    #[n(5)]
    pub validated_at: Timestamp,
    /// When it expires.
    #[n(6)]
    pub expires_at: Timestamp,
    /// A remark.
    #[n(7)]
    pub message: Option<String>,
}

/// Who may read the snapshots of one target.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct SnapshotReadAuthorityReceipt {
    /// The plan that was checked.
    #[n(0)]
    pub plan_id: PlanId,
    /// The bundle this receipt belongs to.
    #[n(1)]
    pub preflight_id: PreflightId,
    /// The target.
    #[cbor(n(2), with = "crate::cbor::principal")]
    pub target_canister_id: Principal,
    /// What was found.
    #[n(3)]
    pub authority: SnapshotReadAuthority,
    /// How it was found.
    #[n(4)]
    pub proof_source: AuthorityProofSource,
    /// When the check was made.
    #[n(5)]
    pub validated_at: Timestamp,
    /// When it expires.
    #[n(6)]
    pub expires_at: Timestamp,
    /// A remark.
    #[n(7)]
    pub message: Option<String>,
}

/// Whether the targets can be brought to rest as the plan promises.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct QuiescencePreflightReceipt {
    /// The plan that was checked.
    #[n(0)]
    pub plan_id: PlanId,
    /// The bundle this receipt belongs to.
    #[n(1)]
    pub preflight_id: PreflightId,
    /// The policy that was checked.
    #[n(2)]
    pub quiescence_policy: QuiescencePolicy,
    /// Whether it can be kept.
    #[n(3)]
    pub accepted: bool,
    /// The targets, in the order of the plan.
    #[n(4)]
    pub targets: Vec<QuiescencePreflightTarget>,
    /// When the check was made.
    #[n(5)]
    pub validated_at: Timestamp,
    /// When it expires.
    #[n(6)]
    pub expires_at: Timestamp,
    /// A remark.
    #[n(7)]
    pub message: Option<String>,
}

/// How an authority was proven.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum AuthorityProofSource {
    /// The root said so.
    #[n(0)]
    RootCoordination,
    /// `canister_status` of the management canister said so.
    #[n(1)]
    ManagementStatus,
    /// A snapshot was listed or read.
    #[n(2)]
    SnapshotReadCheck,
    /// A caller declared it.
    #[n(3)]
    Declaration,
    /// Unknown.
    #[n(4)]
    Unknown,
}

/// When a receipt is valid: from `validated_at` (inclusive) to `expires_at` (exclusive).
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct ValidityWindow {
    /// When the check was made.
    #[n(0)]
    pub validated_at: Timestamp,
    /// When it expires.
    #[n(1)]
    pub expires_at: Timestamp,
}

impl PreflightReceipts {
    /// The window of the bundle itself.
    pub const fn window(&self) -> ValidityWindow {
        ValidityWindow { validated_at: self.validated_at, expires_at: self.expires_at }
    }
}
