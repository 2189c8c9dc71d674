//! The plan, and the receipts that fit it.

use crate::{EARLY, LATE};
use backup_journal::{
    Attempt, Sequence,
    journal::{Journal, JournalView, OperationReceipt, ReceiptOutcome},
    plan::{
        AuthorityEvidence, BackupOperation, BackupOperationKind, BackupPlan, BackupScopeKind,
        BackupTarget, ControlAuthority, ControlAuthoritySource, IdentityMode, PlanHeader,
        QuiescencePolicy, SnapshotReadAuthority, SnapshotReadAuthoritySource,
    },
    preflight::{PreflightReceipts, ValidityWindow},
};
use candid::Principal;
use integration_tests::fleet::preflight_of;

pub fn canister(number: u8) -> Principal {
    Principal::from_slice(&[number, 1])
}

fn control() -> ControlAuthority {
    ControlAuthority {
        source: ControlAuthoritySource::RootController,
        evidence: AuthorityEvidence::Proven,
    }
}

fn snapshot_read() -> SnapshotReadAuthority {
    SnapshotReadAuthority {
        source: SnapshotReadAuthoritySource::OperatorController,
        evidence: AuthorityEvidence::Proven,
    }
}

/// The four checks, then both targets are stopped, one of them is snapshotted, and both are started.
pub fn plan() -> BackupPlan {
    use BackupOperationKind as Kind;
    let preflight = Kind::BACKUP.into_iter().filter(|kind| kind.is_preflight());
    let work = [
        (Kind::Stop, 1),
        (Kind::Stop, 2),
        (Kind::CreateSnapshot, 1),
        (Kind::Start, 2),
        (Kind::Start, 1),
    ];
    let rows = preflight
        .map(|kind| (kind, None))
        .chain(work.map(|(kind, number)| (kind, Some(canister(number)))));
    let target = |number| BackupTarget {
        canister_id: canister(number),
        role: None,
        parent_canister_id: None,
        depth: 0,
        control_authority: control(),
        snapshot_read_authority: snapshot_read(),
        identity_mode: IdentityMode::Fixed,
        expected_module_hash: None,
        restore: None,
    };
    BackupPlan {
        header: PlanHeader {
            plan_id: "plan".into(),
            run_id: "run".into(),
            fleet: "fleet".to_string(),
            network: "ic".to_string(),
            root_canister_id: canister(0),
            selected_subtree_root: None,
            selected_scope_kind: BackupScopeKind::NonRootFleet,
            include_descendants: false,
            root_included: false,
            requires_root_controller: true,
            snapshot_read_authority: snapshot_read(),
            quiescence_policy: QuiescencePolicy::CrashConsistent,
            topology_hash_before_quiesce: "0".repeat(64),
            restore: None,
        },
        targets: vec![target(1), target(2)],
        phases: (0..)
            .zip(rows)
            .map(|(order, (kind, target_canister_id))| BackupOperation {
                operation_id: format!("{kind}-{order}"),
                order,
                kind,
                target_canister_id,
            })
            .collect(),
    }
}

pub fn report(
    journal: &Journal,
    sequence: Sequence,
    outcome: ReceiptOutcome,
    attempt: Option<Attempt>,
) -> OperationReceipt {
    let plan = journal.plan();
    let operation = &plan.phases[sequence.index().min(plan.phases.len() - 1)];
    OperationReceipt {
        plan_id: plan.header.plan_id.clone(),
        run_id: plan.header.run_id.clone(),
        preflight_id: journal.header().preflight_id().cloned(),
        sequence,
        operation_id: operation.operation_id.clone(),
        kind: operation.kind,
        target_canister_id: operation.target_canister_id,
        attempt,
        outcome,
        snapshot_id: (operation.kind == BackupOperationKind::CreateSnapshot)
            .then(|| "snapshot".to_string()),
        artifact_path: None,
        checksum: None,
        failure_reason: (outcome == ReceiptOutcome::Failed).then(|| "reason".to_string()),
        performed_at: None,
    }
}

/// Receipts that are valid until `LATE`.
pub fn receipts(plan: &BackupPlan, id: &str) -> PreflightReceipts {
    let window = ValidityWindow { validated_at: EARLY, expires_at: LATE };
    preflight_of(plan, id, window, control(), snapshot_read())
}
