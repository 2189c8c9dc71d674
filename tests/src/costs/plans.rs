//! Plans of any size.

use backup_journal::plan::{
    AuthorityEvidence, BackupPlan, BackupScopeKind, BackupTarget, ControlAuthority,
    ControlAuthoritySource, IdentityMode, PlanHeader, QuiescencePolicy, SnapshotReadAuthority,
    SnapshotReadAuthoritySource, derive_phases,
};
use candid::Principal;

/// A canister that exists on paper only.
pub fn canister(number: u64) -> Principal {
    let mut bytes = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    bytes[..8].copy_from_slice(&(0x0100_0000 + number).to_be_bytes());
    Principal::from_slice(&bytes)
}

/// The header of a plan for everything but the root.
pub fn header(run_id: &str) -> PlanHeader {
    PlanHeader {
        plan_id: format!("plan-{run_id}").into(),
        run_id: run_id.into(),
        fleet: "demo".to_string(),
        network: "ic".to_string(),
        root_canister_id: canister(0),
        selected_subtree_root: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        root_included: false,
        requires_root_controller: true,
        snapshot_read_authority: read_authority(),
        quiescence_policy: QuiescencePolicy::RootCoordinated,
        topology_hash_before_quiesce: "ab".repeat(32),
        restore: None,
    }
}

const fn read_authority() -> SnapshotReadAuthority {
    SnapshotReadAuthority {
        source: SnapshotReadAuthoritySource::RootConfiguredRead,
        evidence: AuthorityEvidence::Declared,
    }
}

/// So many canisters below the root, ten to a hub.
pub fn targets(count: u32) -> Vec<BackupTarget> {
    (1..=u64::from(count))
        .map(|number| {
            let hub = number.div_ceil(11) * 11 - 10;
            let is_hub = number == hub;
            BackupTarget {
                canister_id: canister(number),
                role: Some(if is_hub { "hub" } else { "shard" }.to_string()),
                parent_canister_id: Some(canister(if is_hub { 0 } else { hub })),
                depth: if is_hub { 1 } else { 2 },
                control_authority: ControlAuthority {
                    source: ControlAuthoritySource::RootController,
                    evidence: AuthorityEvidence::Declared,
                },
                snapshot_read_authority: read_authority(),
                identity_mode: IdentityMode::Fixed,
                expected_module_hash: Some("cd".repeat(32)),
                restore: None,
            }
        })
        .collect()
}

/// A whole plan over so many canisters.
pub fn plan(run_id: &str, count: u32) -> BackupPlan {
    let targets = targets(count);
    BackupPlan { header: header(run_id), phases: derive_phases(&targets), targets }
}
