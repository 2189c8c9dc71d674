//! What a plan consists of.

use super::{
    BackupOperation, ControlAuthority, RestoreOrigin, SnapshotReadAuthority, TargetRestore,
};
use crate::{PlanId, RunId};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A plan as a caller sends it, before it is checked.
///
/// [`BackupPlan::validate`] turns it into a [`super::ValidPlan`]; a run can be created only from that.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BackupPlan {
    /// The plan without its lists.
    pub header: PlanHeader,
    /// The canisters to back up, each once.
    pub targets: Vec<BackupTarget>,
    /// The operations in their order.
    pub phases: Vec<BackupOperation>,
}

/// A plan without its targets and operations.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct PlanHeader {
    /// Names the plan.
    #[n(0)]
    pub plan_id: PlanId,
    /// Names this execution of it.
    #[n(1)]
    pub run_id: RunId,
    /// The fleet, for instance `demo`.
    #[n(2)]
    pub fleet: String,
    /// The network the fleet lives on, for instance `ic`.
    #[n(3)]
    pub network: String,
    /// The root of the fleet.
    #[cbor(n(4), with = "crate::cbor::principal")]
    pub root_canister_id: Principal,
    /// The selected canister; none for `NonRootFleet` only.
    #[cbor(n(5), with = "crate::cbor::opt_principal")]
    pub selected_subtree_root: Option<Principal>,
    /// How much of the fleet was selected.
    #[n(6)]
    pub selected_scope_kind: BackupScopeKind,
    /// Whether the canisters below a selected member are included.
    #[n(7)]
    pub include_descendants: bool,
    /// Whether the root may be a target: true for `MaintenanceRoot` only.
    #[n(8)]
    pub root_included: bool,
    /// Whether every target but the root must be controlled by the root.
    #[n(9)]
    pub requires_root_controller: bool,
    /// The right by which the snapshots of the fleet are read.
    #[n(10)]
    pub snapshot_read_authority: SnapshotReadAuthority,
    /// What the snapshots promise about each other.
    #[n(11)]
    pub quiescence_policy: QuiescencePolicy,
    /// The hash of the fleet's topology when the plan was made.
    #[n(12)]
    pub topology_hash_before_quiesce: String,
    /// What a plan of a restore restores; none in a plan of a backup.
    #[n(13)]
    pub restore: Option<RestoreOrigin>,
}

/// How much of the fleet a plan covers.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum BackupScopeKind {
    /// One canister and its direct children; everything below it if descendants are included.
    #[n(0)]
    Member,
    /// One canister and everything below it.
    #[n(1)]
    Subtree,
    /// Every canister of the registry but the root.
    #[n(2)]
    NonRootFleet,
    /// The root and everything below it.
    #[n(3)]
    MaintenanceRoot,
}

/// One canister to back up.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct BackupTarget {
    /// The canister.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub canister_id: Principal,
    /// Its role in the fleet, for instance `users`.
    #[n(1)]
    pub role: Option<String>,
    /// The canister that created it.
    #[cbor(n(2), with = "crate::cbor::opt_principal")]
    pub parent_canister_id: Option<Principal>,
    /// Distance from the top of the registry.
    #[n(3)]
    pub depth: u32,
    /// The right by which the canister is stopped, snapshotted and started.
    #[n(4)]
    pub control_authority: ControlAuthority,
    /// The right by which its snapshot is read.
    #[n(5)]
    pub snapshot_read_authority: SnapshotReadAuthority,
    /// Whether a restore must keep its id.
    #[n(6)]
    pub identity_mode: IdentityMode,
    /// SHA-256 of the module it is expected to run, in hexadecimal.
    #[n(7)]
    pub expected_module_hash: Option<String>,
    /// What is restored to it; none in a plan of a backup.
    #[n(8)]
    pub restore: Option<TargetRestore>,
}

/// Whether a restore must keep the id of a canister.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum IdentityMode {
    /// The id must stay as it is.
    #[n(0)]
    Fixed,
    /// The canister may come back under another id.
    #[n(1)]
    Relocatable,
}

/// What the snapshots of one run promise about each other.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum QuiescencePolicy {
    /// Each snapshot is consistent in itself.
    #[n(0)]
    CrashConsistent,
    /// The root brings the fleet to rest.
    #[n(1)]
    RootCoordinated,
    /// The application brings itself to rest.
    #[n(2)]
    AppQuiesced,
}
