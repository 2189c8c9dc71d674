//! What an executor is asked to check before a run may touch anything.

use crate::{
    PlanId, RunId,
    plan::{
        BackupScopeKind, BackupTarget, ControlAuthority, PlanHeader, QuiescencePolicy,
        SnapshotReadAuthority,
    },
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The four requests of a plan.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreflightRequests {
    /// Is the fleet still what the plan was made for?
    pub topology: TopologyPreflightRequest,
    /// Can every target be controlled?
    pub control_authority: ControlAuthorityPreflightRequest,
    /// Will every snapshot be readable?
    pub snapshot_read_authority: SnapshotReadAuthorityPreflightRequest,
    /// Can the quiescence policy be kept?
    pub quiescence: QuiescencePreflightRequest,
}

impl PreflightRequests {
    /// The requests for `targets` of the plan with this header: all of its targets, or a page of them.
    pub fn new(header: &PlanHeader, targets: &[BackupTarget]) -> Self {
        Self {
            topology: TopologyPreflightRequest::new(header, targets),
            control_authority: ControlAuthorityPreflightRequest::new(header, targets),
            snapshot_read_authority: SnapshotReadAuthorityPreflightRequest::new(header, targets),
            quiescence: QuiescencePreflightRequest::new(header, targets),
        }
    }
}

/// Asks for the topology of the fleet, seen now.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TopologyPreflightRequest {
    /// The plan.
    pub plan_id: PlanId,
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// The network the fleet lives on.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// The selected canister, if any.
    pub selected_subtree_root: Option<Principal>,
    /// How much of the fleet was selected.
    pub selected_scope_kind: BackupScopeKind,
    /// The hash the plan was made with.
    pub topology_hash_before_quiesce: String,
    /// Where the plan believes its targets to be.
    pub targets: Vec<TopologyPreflightTarget>,
}

impl TopologyPreflightRequest {
    fn new(header: &PlanHeader, targets: &[BackupTarget]) -> Self {
        Self {
            plan_id: header.plan_id.clone(),
            run_id: header.run_id.clone(),
            fleet: header.fleet.clone(),
            network: header.network.clone(),
            root_canister_id: header.root_canister_id,
            selected_subtree_root: header.selected_subtree_root,
            selected_scope_kind: header.selected_scope_kind,
            topology_hash_before_quiesce: header.topology_hash_before_quiesce.clone(),
            targets: targets.iter().map(TopologyPreflightTarget::from).collect(),
        }
    }
}

/// Where one target stands in the fleet.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct TopologyPreflightTarget {
    /// The target.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub canister_id: Principal,
    /// The canister that created it.
    #[cbor(n(1), with = "crate::cbor::opt_principal")]
    pub parent_canister_id: Option<Principal>,
    /// Distance from the top of the registry.
    #[n(2)]
    pub depth: u32,
}

impl From<&BackupTarget> for TopologyPreflightTarget {
    fn from(target: &BackupTarget) -> Self {
        Self {
            canister_id: target.canister_id,
            parent_canister_id: target.parent_canister_id,
            depth: target.depth,
        }
    }
}

/// Asks who controls the targets.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ControlAuthorityPreflightRequest {
    /// The plan.
    pub plan_id: PlanId,
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// The network the fleet lives on.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// Whether every target but the root must be controlled by the root.
    pub requires_root_controller: bool,
    /// What the plan declares of each target.
    pub targets: Vec<ControlAuthorityPreflightTarget>,
}

impl ControlAuthorityPreflightRequest {
    fn new(header: &PlanHeader, targets: &[BackupTarget]) -> Self {
        Self {
            plan_id: header.plan_id.clone(),
            run_id: header.run_id.clone(),
            fleet: header.fleet.clone(),
            network: header.network.clone(),
            root_canister_id: header.root_canister_id,
            requires_root_controller: header.requires_root_controller,
            targets: targets
                .iter()
                .map(|target| ControlAuthorityPreflightTarget {
                    canister_id: target.canister_id,
                    role: target.role.clone(),
                    parent_canister_id: target.parent_canister_id,
                    declared_authority: target.control_authority.clone(),
                })
                .collect(),
        }
    }
}

/// What the plan declares about the control of one target.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ControlAuthorityPreflightTarget {
    /// The target.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// The canister that created it.
    pub parent_canister_id: Option<Principal>,
    /// What the plan says.
    pub declared_authority: ControlAuthority,
}

/// Asks who may read the snapshots of the targets.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SnapshotReadAuthorityPreflightRequest {
    /// The plan.
    pub plan_id: PlanId,
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// The network the fleet lives on.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// What the plan declares of each target.
    pub targets: Vec<SnapshotReadAuthorityPreflightTarget>,
}

impl SnapshotReadAuthorityPreflightRequest {
    fn new(header: &PlanHeader, targets: &[BackupTarget]) -> Self {
        Self {
            plan_id: header.plan_id.clone(),
            run_id: header.run_id.clone(),
            fleet: header.fleet.clone(),
            network: header.network.clone(),
            root_canister_id: header.root_canister_id,
            targets: targets
                .iter()
                .map(|target| SnapshotReadAuthorityPreflightTarget {
                    canister_id: target.canister_id,
                    role: target.role.clone(),
                    parent_canister_id: target.parent_canister_id,
                    declared_authority: target.snapshot_read_authority,
                })
                .collect(),
        }
    }
}

/// What the plan declares about reading the snapshots of one target.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SnapshotReadAuthorityPreflightTarget {
    /// The target.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// The canister that created it.
    pub parent_canister_id: Option<Principal>,
    /// What the plan says.
    pub declared_authority: SnapshotReadAuthority,
}

/// Asks whether the targets can be brought to rest as the plan promises.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct QuiescencePreflightRequest {
    /// The plan.
    pub plan_id: PlanId,
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// The network the fleet lives on.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// The selected canister, if any.
    pub selected_subtree_root: Option<Principal>,
    /// What is promised.
    pub quiescence_policy: QuiescencePolicy,
    /// For whom.
    pub targets: Vec<QuiescencePreflightTarget>,
}

impl QuiescencePreflightRequest {
    fn new(header: &PlanHeader, targets: &[BackupTarget]) -> Self {
        Self {
            plan_id: header.plan_id.clone(),
            run_id: header.run_id.clone(),
            fleet: header.fleet.clone(),
            network: header.network.clone(),
            root_canister_id: header.root_canister_id,
            selected_subtree_root: header.selected_subtree_root,
            quiescence_policy: header.quiescence_policy,
            targets: targets.iter().map(QuiescencePreflightTarget::from).collect(),
        }
    }
}

/// One target of a quiescence check.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct QuiescencePreflightTarget {
    /// The target.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub canister_id: Principal,
    /// What it does in its fleet.
    #[n(1)]
    pub role: Option<String>,
    /// The canister that created it.
    #[cbor(n(2), with = "crate::cbor::opt_principal")]
    pub parent_canister_id: Option<Principal>,
}

impl From<&BackupTarget> for QuiescencePreflightTarget {
    fn from(target: &BackupTarget) -> Self {
        Self {
            canister_id: target.canister_id,
            role: target.role.clone(),
            parent_canister_id: target.parent_canister_id,
        }
    }
}
