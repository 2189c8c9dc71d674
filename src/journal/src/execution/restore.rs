//! What a caller asks for when the coordinator is to restore a fleet, and the plan that follows.

use super::preflight::control_source;
use crate::{
    RunId,
    fleet::{FleetPolicy, MemberFailure, TransferPolicy},
    plan::{
        AuthorityEvidence, BackupPlan, BackupTarget, ControlAuthority, PlanError, PlanHeader,
        RestoreSelection, Saved, SnapshotPlace, SnapshotReadAuthority, SnapshotReadAuthoritySource,
        ValidPlan, build_restore_plan,
    },
    registry::RegistryEntry,
    topology::topology_hash,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// A restore that the coordinator makes by itself, from snapshots that are still on the network.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RestoreRequest {
    /// Names the run; if absent, it is named after the fleet and the time.
    pub run_id: Option<RunId>,
    /// The members that are restored; if absent, all that the backup has.
    pub members: Option<Vec<Principal>>,
    /// How it is executed; if absent, as the fleet's policy says. Nothing is transferred, and a restore never goes on
    /// without a member, whatever the policy says.
    pub policy: Option<FleetPolicy>,
    /// Whether the run is only planned, and waits for `start_execution`; if absent, it begins at once.
    pub start_later: Option<bool>,
}

impl RestoreRequest {
    /// How a restore is executed whose fleet has this policy.
    pub fn policy(&self, of_fleet: FleetPolicy) -> FleetPolicy {
        FleetPolicy {
            on_member_failure: MemberFailure::AbortRun,
            transfer: TransferPolicy::Skip,
            ..self.policy.unwrap_or(of_fleet)
        }
    }
}

/// The plan of a restore that the coordinator makes. `backup` and `targets` are of the run that took the snapshots, and
/// `saved` says what it has of a canister; `fleet` are the members as they are registered now. `coordinator` is a
/// controller of the targets, which the preflight has to prove.
///
/// # Errors
/// As [`build_restore_plan`]; [`PlanError::CanisterNotInRegistry`] for a target that is no member of the fleet any more.
pub fn restore_plan(
    backup: &PlanHeader,
    targets: &[BackupTarget],
    saved: impl Fn(&Principal) -> Option<Saved>,
    members: Option<Vec<Principal>>,
    fleet: &[RegistryEntry],
    (run_id, coordinator): (RunId, Principal),
) -> Result<BackupPlan, PlanError> {
    let selection = RestoreSelection {
        plan_id: run_id.as_str().into(),
        run_id,
        place: SnapshotPlace::Network,
        members,
        map: Vec::new(),
    };
    let mut plan = build_restore_plan(backup, targets, saved, selection)?;
    let is_member = |id: Principal| fleet.iter().any(|entry| entry.canister_id == id);
    if let Some(target) = plan.targets.iter().find(|target| !is_member(target.canister_id)) {
        return Err(PlanError::CanisterNotInRegistry { canister_id: target.canister_id });
    }
    let evidence = AuthorityEvidence::Declared;
    for target in &mut plan.targets {
        let source = control_source(coordinator);
        target.control_authority = ControlAuthority { source, evidence };
        let source = SnapshotReadAuthoritySource::OperatorController;
        target.snapshot_read_authority = SnapshotReadAuthority { source, evidence };
    }
    plan.header.topology_hash_before_quiesce = topology_hash(fleet);
    plan.validate().map(ValidPlan::into_inner)
}
