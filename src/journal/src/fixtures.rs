//! A small fleet for the unit tests: a root, `orders`, and `users` below `orders`.

use crate::{
    Sequence, Timestamp,
    journal::{
        Journal, JournalError, JournalView, OperationReceipt, ReceiptOutcome,
        accept_preflight_bundle,
    },
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, BackupScopeKind, ControlAuthority,
        ControlAuthoritySource, IdentityMode, QuiescencePolicy, RestoreSelection, Saved,
        SnapshotPlace, SnapshotReadAuthority, SnapshotReadAuthoritySource, build_backup_plan,
        build_restore_plan,
    },
    preflight::{
        AuthorityProofSource, ControlAuthorityReceipt, PreflightReceipts, PreflightRequests,
        QuiescencePreflightReceipt, SnapshotReadAuthorityReceipt, TopologyPreflightReceipt,
    },
    registry::RegistryEntry,
    schedule::{Schedule, Timing},
    topology::topology_hash,
};
use candid::Principal;

pub fn canister(number: u8) -> Principal {
    Principal::from_slice(&[number, 1, 1])
}

pub fn root() -> Principal {
    canister(0)
}

pub fn orders() -> Principal {
    canister(1)
}

pub fn users() -> Principal {
    canister(2)
}

/// Who reports.
pub fn operator() -> Principal {
    Principal::self_authenticating(b"operator")
}

pub fn registry() -> Vec<RegistryEntry> {
    vec![
        entry(root(), "root", None),
        entry(orders(), "orders", Some(root())),
        entry(users(), "users", Some(orders())),
    ]
}

pub fn entry(canister_id: Principal, role: &str, parent: Option<Principal>) -> RegistryEntry {
    RegistryEntry {
        canister_id,
        role: Some(role.to_string()),
        kind: None,
        parent_canister_id: parent,
        module_hash: None,
    }
}

pub fn control(evidence: AuthorityEvidence) -> ControlAuthority {
    ControlAuthority { source: ControlAuthoritySource::RootController, evidence }
}

pub fn snapshot_read(evidence: AuthorityEvidence) -> SnapshotReadAuthority {
    SnapshotReadAuthority { source: SnapshotReadAuthoritySource::SnapshotVisibility, evidence }
}

/// What to restore of the backup of [`plan`]: all of it, each member to itself.
pub fn selection(place: SnapshotPlace) -> RestoreSelection {
    RestoreSelection {
        plan_id: "plan-2".into(),
        run_id: "run-2".into(),
        place,
        members: None,
        map: Vec::new(),
    }
}

/// The plan that restores the backup of [`plan`].
pub fn restore_plan(place: SnapshotPlace) -> BackupPlan {
    let BackupPlan { header, targets, .. } = plan();
    build_restore_plan(&header, &targets, saved, selection(place))
        .expect("the backup has everything")
}

/// What the backup of [`plan`] has of a member.
pub fn saved(member: &Principal) -> Option<Saved> {
    let is_member = registry().iter().any(|entry| entry.canister_id == *member);
    let checksum = Some("c0ffee".to_string());
    is_member.then(|| Saved { snapshot_id: member.to_text(), checksum, on_network: true })
}

/// Everything but the root; the authorities are declared, not proven.
pub fn input() -> BackupPlanInput {
    BackupPlanInput {
        plan_id: "plan-1".into(),
        run_id: "run-1".into(),
        fleet: "demo".to_string(),
        network: "ic".to_string(),
        root_canister_id: root(),
        selected_canister_id: None,
        selected_scope_kind: BackupScopeKind::NonRootFleet,
        include_descendants: true,
        topology_hash_before_quiesce: topology_hash(&registry()),
        registry: registry(),
        control_authority: control(AuthorityEvidence::Declared),
        snapshot_read_authority: snapshot_read(AuthorityEvidence::Declared),
        quiescence_policy: QuiescencePolicy::CrashConsistent,
        identity_mode: IdentityMode::Fixed,
    }
}

pub fn plan() -> BackupPlan {
    build_backup_plan(input()).expect("the plan of the fixtures is valid")
}

/// A schedule that begins a backup every night at three.
pub fn nightly() -> Schedule {
    Schedule {
        timing: Timing::Cron("0 3 * * *".to_string()),
        window_seconds: None,
        paused: false,
        keep_on_network: None,
    }
}

pub fn seconds(seconds: u64) -> Timestamp {
    Timestamp(seconds * 1_000_000_000)
}

/// The journal of [`plan`], opened at second 0.
pub fn journal() -> Journal {
    Journal::new(plan().validate().expect("valid"), seconds(0))
}

/// Receipts for [`plan`] under the id `preflight-1`, which count from second 10 until second 20.
pub fn receipts() -> PreflightReceipts {
    let plan = plan();
    let requests = PreflightRequests::new(&plan.header, &plan.targets);
    let (plan_id, preflight_id) = (plan.header.plan_id, crate::PreflightId::from("preflight-1"));
    let (validated_at, expires_at) = (seconds(10), seconds(20));
    let hash = plan.header.topology_hash_before_quiesce;
    PreflightReceipts {
        plan_id: plan_id.clone(),
        preflight_id: preflight_id.clone(),
        validated_at,
        expires_at,
        topology: TopologyPreflightReceipt {
            plan_id: plan_id.clone(),
            preflight_id: preflight_id.clone(),
            topology_hash_before_quiesce: hash.clone(),
            topology_hash_at_preflight: hash,
            targets: requests.topology.targets,
            validated_at,
            expires_at,
            message: None,
        },
        control_authority: [orders(), users()]
            .map(|target_canister_id| ControlAuthorityReceipt {
                plan_id: plan_id.clone(),
                preflight_id: preflight_id.clone(),
                target_canister_id,
                authority: control(AuthorityEvidence::Proven),
                proof_source: AuthorityProofSource::ManagementStatus,
                validated_at,
                expires_at,
                message: None,
            })
            .to_vec(),
        snapshot_read_authority: [orders(), users()]
            .map(|target_canister_id| SnapshotReadAuthorityReceipt {
                plan_id: plan_id.clone(),
                preflight_id: preflight_id.clone(),
                target_canister_id,
                authority: snapshot_read(AuthorityEvidence::Proven),
                proof_source: AuthorityProofSource::SnapshotReadCheck,
                validated_at,
                expires_at,
                message: Some("listed its snapshots".to_string()),
            })
            .to_vec(),
        quiescence: QuiescencePreflightReceipt {
            plan_id,
            preflight_id,
            quiescence_policy: plan.header.quiescence_policy,
            accepted: true,
            targets: requests.quiescence.targets,
            validated_at,
            expires_at,
            message: None,
        },
    }
}

/// A receipt for the operation at `sequence` with everything that any kind demands, naming no attempt.
pub fn receipt(journal: &Journal, sequence: u32, outcome: ReceiptOutcome) -> OperationReceipt {
    let header = journal.header();
    let operation = journal.operation(header, Sequence(sequence)).expect("there is such a row");
    OperationReceipt {
        attempt: None,
        snapshot_id: Some("snapshot".to_string()),
        artifact_path: Some("/backups/snapshot".to_string()),
        checksum: Some("c0ffee".to_string()),
        failure_reason: (outcome == ReceiptOutcome::Failed).then(|| "out of cycles".to_string()),
        ..OperationReceipt::new(
            header.plan_id.clone(),
            header.run_id.clone(),
            header.preflight_id().cloned(),
            &operation,
            outcome,
        )
    }
}

/// Reports `outcome` for the operation at `sequence`.
pub fn report(
    journal: &mut Journal,
    sequence: u32,
    outcome: ReceiptOutcome,
    now: Timestamp,
) -> Result<(), JournalError> {
    let receipt = receipt(journal, sequence, outcome);
    journal.record_operation_receipt(receipt, operator(), now)
}

/// The journal after its preflight was accepted by its id, in second 1.
pub fn accepted(mut journal: Journal) -> Journal {
    journal
        .change(|it| accept_preflight_bundle(it, &"preflight-1".into(), seconds(1)))
        .expect("the first one");
    journal
}

/// The journal of [`plan`] with an accepted preflight, whose rows in front of `end` are completed.
pub fn backup_until(end: u32) -> Journal {
    let mut journal = accepted(journal());
    complete_until(&mut journal, end, seconds(2));
    journal
}

/// Claims and completes the next operations, up to but without the one at `end`.
pub fn complete_until(journal: &mut Journal, end: u32, now: Timestamp) {
    while let Some(next) = journal.header().cursor.filter(|next| next.0 < end) {
        journal.mark_operation_pending(next, now).expect("it is the next one");
        report(journal, next.0, ReceiptOutcome::Completed, now).expect("it is claimed");
    }
}
