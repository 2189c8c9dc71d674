//! Plans that between them make every choice that a plan leaves.

use backup_coordinator_client::journal::plan::{
    AuthorityEvidence, BackupPlan, BackupScopeKind, ControlAuthority, ControlAuthoritySource,
    IdentityMode, QuiescencePolicy, SnapshotReadAuthority, SnapshotReadAuthoritySource,
    build_backup_plan,
};
use integration_tests::{Outcome, Setup, callers, fleet};

/// Opens a run for each of them; the preflight of the last one proves what its plan declares.
pub async fn make(setup: &Setup) -> Outcome {
    let member = plan("member", BackupScopeKind::Member, 1, QuiescencePolicy::AppQuiesced);
    let subtree = plan("subtree", BackupScopeKind::Subtree, 1, QuiescencePolicy::RootCoordinated);
    for mut plan in [member?, subtree?] {
        for target in &mut plan.targets {
            target.control_authority = ControlAuthority {
                source: ControlAuthoritySource::Unknown,
                evidence: AuthorityEvidence::Unknown,
            };
            target.snapshot_read_authority = SnapshotReadAuthority {
                source: SnapshotReadAuthoritySource::Unknown,
                evidence: AuthorityEvidence::Unknown,
            };
            target.identity_mode = IdentityMode::Relocatable;
        }
        setup.driver_of(plan).create().await?;
    }
    let root =
        plan("maintenance", BackupScopeKind::MaintenanceRoot, 0, QuiescencePolicy::CrashConsistent);
    proven(setup, root?).await
}

fn plan(
    run_id: &str,
    scope: BackupScopeKind,
    selected: usize,
    policy: QuiescencePolicy,
) -> Result<BackupPlan, Box<dyn std::error::Error>> {
    let registry = fleet::paper_fleet(3);
    let mut input = fleet::plan_input(run_id, &registry);
    input.selected_scope_kind = scope;
    input.selected_canister_id = Some(registry[selected].canister_id);
    input.include_descendants = scope != BackupScopeKind::Member;
    input.quiescence_policy = policy;
    Ok(build_backup_plan(input)?)
}

/// Each target is controlled and read by another right.
async fn proven(setup: &Setup, mut plan: BackupPlan) -> Outcome {
    let control = [
        ControlAuthoritySource::OperatorController,
        ControlAuthoritySource::RootController,
        ControlAuthoritySource::AlternateController {
            controller: callers::operator(),
            reason: "the root is gone".to_string(),
        },
        ControlAuthoritySource::RootController,
    ];
    let read = [
        SnapshotReadAuthoritySource::OperatorController,
        SnapshotReadAuthoritySource::SnapshotVisibility,
        SnapshotReadAuthoritySource::RootConfiguredRead,
        SnapshotReadAuthoritySource::RootMediatedTransfer,
    ];
    let evidence = AuthorityEvidence::Declared;
    for (target, (control, read)) in plan.targets.iter_mut().zip(control.into_iter().zip(read)) {
        target.control_authority = ControlAuthority { source: control, evidence };
        target.snapshot_read_authority = SnapshotReadAuthority { source: read, evidence };
    }
    let run = setup.driver_of(plan);
    run.create().await?;
    let mut receipts = run.preflight("preflight-1");
    receipts.topology.message = Some("seen".to_string());
    for (receipt, target) in receipts.control_authority.iter_mut().zip(&run.plan.targets) {
        receipt.authority.source = target.control_authority.source.clone();
    }
    for (receipt, target) in receipts.snapshot_read_authority.iter_mut().zip(&run.plan.targets) {
        receipt.authority.source = target.snapshot_read_authority.source;
    }
    run.accept(&receipts).await?;
    Ok(())
}
