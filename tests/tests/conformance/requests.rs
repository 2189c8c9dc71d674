//! Our preflight requests as the reference writes them.

use crate::{
    bundles::{quiescence_target, topology_target},
    convert,
};
use backup_journal::preflight as ours;
use canic_backup::plan as reference;

fn text(principal: Option<candid::Principal>) -> Option<String> {
    principal.map(|principal| principal.to_text())
}

pub fn topology(ours: &ours::TopologyPreflightRequest) -> reference::TopologyPreflightRequest {
    reference::TopologyPreflightRequest {
        plan_id: ours.plan_id.to_string(),
        run_id: ours.run_id.to_string(),
        fleet: ours.fleet.clone(),
        network: ours.network.clone(),
        root_canister_id: ours.root_canister_id.to_text(),
        selected_subtree_root: text(ours.selected_subtree_root),
        selected_scope_kind: convert::scope(ours.selected_scope_kind),
        topology_hash_before_quiesce: ours.topology_hash_before_quiesce.clone(),
        targets: ours.targets.iter().map(topology_target).collect(),
    }
}

pub fn quiescence(
    ours: &ours::QuiescencePreflightRequest,
) -> reference::QuiescencePreflightRequest {
    reference::QuiescencePreflightRequest {
        plan_id: ours.plan_id.to_string(),
        run_id: ours.run_id.to_string(),
        fleet: ours.fleet.clone(),
        network: ours.network.clone(),
        root_canister_id: ours.root_canister_id.to_text(),
        selected_subtree_root: text(ours.selected_subtree_root),
        quiescence_policy: convert::policy(ours.quiescence_policy),
        targets: ours.targets.iter().map(quiescence_target).collect(),
    }
}

pub fn control(
    ours: &ours::ControlAuthorityPreflightRequest,
) -> reference::ControlAuthorityPreflightRequest {
    let target =
        |ours: &ours::ControlAuthorityPreflightTarget| reference::ControlAuthorityPreflightTarget {
            canister_id: ours.canister_id.to_text(),
            role: ours.role.clone(),
            parent_canister_id: text(ours.parent_canister_id),
            declared_authority: convert::control(&ours.declared_authority),
        };
    reference::ControlAuthorityPreflightRequest {
        plan_id: ours.plan_id.to_string(),
        run_id: ours.run_id.to_string(),
        fleet: ours.fleet.clone(),
        network: ours.network.clone(),
        root_canister_id: ours.root_canister_id.to_text(),
        requires_root_controller: ours.requires_root_controller,
        targets: ours.targets.iter().map(target).collect(),
    }
}

pub fn read(
    ours: &ours::SnapshotReadAuthorityPreflightRequest,
) -> reference::SnapshotReadAuthorityPreflightRequest {
    let target = |ours: &ours::SnapshotReadAuthorityPreflightTarget| {
        reference::SnapshotReadAuthorityPreflightTarget {
            canister_id: ours.canister_id.to_text(),
            role: ours.role.clone(),
            parent_canister_id: text(ours.parent_canister_id),
            declared_authority: convert::snapshot_read(ours.declared_authority),
        }
    };
    reference::SnapshotReadAuthorityPreflightRequest {
        plan_id: ours.plan_id.to_string(),
        run_id: ours.run_id.to_string(),
        fleet: ours.fleet.clone(),
        network: ours.network.clone(),
        root_canister_id: ours.root_canister_id.to_text(),
        targets: ours.targets.iter().map(target).collect(),
    }
}
