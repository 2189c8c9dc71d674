//! What a caller asks for when the coordinator is to back a fleet up, and the plan that follows.

use super::{ExecutionError, preflight::control_source};
use crate::{
    PlanId, RunId,
    fleet::{Fleet, FleetPolicy},
    plan::{
        AuthorityEvidence, BackupPlanInput, BackupScopeKind, ControlAuthority,
        ControlAuthoritySource, IdentityMode, QuiescencePolicy, SnapshotReadAuthority,
        SnapshotReadAuthoritySource,
    },
    registry::RegistryEntry,
    topology::topology_hash,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// A backup that the coordinator makes by itself.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct BackupRequest {
    /// Names the run; if absent, it is named after the fleet and the time.
    pub run_id: Option<RunId>,
    /// What is backed up; if absent, the whole fleet.
    pub selection: Option<BackupSelection>,
    /// How it is executed; if absent, as the fleet's policy says.
    pub policy: Option<FleetPolicy>,
    /// Whether the run is only planned, and waits for `start_execution`; if absent, it begins at once.
    pub start_later: Option<bool>,
}

/// Which members of a fleet are backed up.
#[derive(CandidType, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum BackupSelection {
    /// All of them.
    #[default]
    WholeFleet,
    /// All but the root.
    WithoutRoot,
    /// This member and all members below it.
    Subtree(Principal),
}

/// What the plan of a backup that the coordinator makes is made from. `members` are those of the fleet, `coordinator` is a
/// controller of them.
///
/// # Errors
/// [`ExecutionError::NotAMember`].
pub fn plan_input(
    fleet: &Fleet,
    members: Vec<RegistryEntry>,
    selection: BackupSelection,
    run_id: RunId,
    coordinator: Principal,
) -> Result<BackupPlanInput, ExecutionError> {
    let subject = PlanSubject {
        plan_id: run_id.as_str().into(),
        run_id,
        fleet: fleet.fleet.to_string(),
        network: fleet.network.clone(),
        root: fleet.root_canister_id,
        members,
        control: control_source(coordinator),
    };
    subject.select(selection)
}

/// A fleet of which a plan is made, and by which right it is backed up.
#[derive(Clone, Debug)]
pub struct PlanSubject {
    /// The id of the plan.
    pub plan_id: PlanId,
    /// The id of the run.
    pub run_id: RunId,
    /// The name of the fleet.
    pub fleet: String,
    /// The name of its network.
    pub network: String,
    /// Its root.
    pub root: Principal,
    /// Its members, the root among them.
    pub members: Vec<RegistryEntry>,
    /// By which right the members are stopped, snapshotted and started.
    pub control: ControlAuthoritySource,
}

impl PlanSubject {
    /// What the plan of a part of the fleet is made from. Both rights are only declared; the preflight has to prove them.
    ///
    /// # Errors
    /// [`ExecutionError::NotAMember`].
    pub fn select(self, selection: BackupSelection) -> Result<BackupPlanInput, ExecutionError> {
        let Self { plan_id, run_id, fleet, network, root, members, control } = self;
        let (selected_scope_kind, selected_canister_id) = match selection {
            BackupSelection::WithoutRoot => (BackupScopeKind::NonRootFleet, None),
            BackupSelection::WholeFleet => (BackupScopeKind::MaintenanceRoot, Some(root)),
            BackupSelection::Subtree(top) if top == root => {
                (BackupScopeKind::MaintenanceRoot, Some(root))
            }
            BackupSelection::Subtree(top) => {
                if !members.iter().any(|entry| entry.canister_id == top) {
                    return Err(ExecutionError::NotAMember { canister_id: top });
                }
                (BackupScopeKind::Subtree, Some(top))
            }
        };
        Ok(BackupPlanInput {
            plan_id,
            run_id,
            fleet,
            network,
            root_canister_id: root,
            selected_canister_id,
            selected_scope_kind,
            include_descendants: true,
            topology_hash_before_quiesce: topology_hash(&members),
            registry: members,
            control_authority: ControlAuthority {
                source: control,
                evidence: AuthorityEvidence::Declared,
            },
            snapshot_read_authority: SnapshotReadAuthority {
                source: SnapshotReadAuthoritySource::OperatorController,
                evidence: AuthorityEvidence::Declared,
            },
            quiescence_policy: QuiescencePolicy::CrashConsistent,
            // A registry does not say that a member must keep its id, and one that is gone comes back only under another.
            identity_mode: IdentityMode::Relocatable,
        })
    }
}
