//! Our values as the reference writes them: principals and times as text.

use backup_journal::{
    Timestamp,
    journal::{OperationReceipt, ReceiptOutcome},
    plan::{
        AuthorityEvidence, BackupOperation, BackupOperationKind, BackupPlan, BackupPlanInput,
        BackupScopeKind, BackupTarget, ControlAuthority, ControlAuthoritySource, IdentityMode,
        QuiescencePolicy, SnapshotReadAuthority, SnapshotReadAuthoritySource,
    },
    registry::RegistryEntry,
};
use candid::Principal;
use canic_backup::{execution, manifest, plan, registry, topology};

/// Translates a fieldless enum variant by variant.
macro_rules! same {
    ($value:expr, $from:ident => $($to:ident)::+: $($variant:ident)*) => {
        {
            use $($to)::+ as Theirs;
            match $value {
                $($from::$variant => Theirs::$variant,)*
            }
        }
    };
}

pub fn seconds(seconds: u64) -> Timestamp {
    Timestamp(seconds * 1_000_000_000)
}

pub fn marker(time: Timestamp) -> String {
    format!("unix:{}", time.seconds())
}

fn text(principal: Option<Principal>) -> Option<String> {
    principal.map(|principal| principal.to_text())
}

pub fn plan(ours: &BackupPlan) -> plan::BackupPlan {
    let header = &ours.header;
    plan::BackupPlan {
        plan_id: header.plan_id.to_string(),
        run_id: header.run_id.to_string(),
        fleet: header.fleet.clone(),
        network: header.network.clone(),
        root_canister_id: header.root_canister_id.to_text(),
        selected_subtree_root: text(header.selected_subtree_root),
        selected_scope_kind: scope(header.selected_scope_kind),
        include_descendants: header.include_descendants,
        root_included: header.root_included,
        requires_root_controller: header.requires_root_controller,
        snapshot_read_authority: snapshot_read(header.snapshot_read_authority),
        quiescence_policy: policy(header.quiescence_policy),
        topology_hash_before_quiesce: header.topology_hash_before_quiesce.clone(),
        targets: ours.targets.iter().map(target).collect(),
        phases: ours.phases.iter().map(operation).collect(),
    }
}

fn target(ours: &BackupTarget) -> plan::BackupTarget {
    plan::BackupTarget {
        canister_id: ours.canister_id.to_text(),
        role: ours.role.clone(),
        parent_canister_id: text(ours.parent_canister_id),
        depth: ours.depth,
        control_authority: control(&ours.control_authority),
        snapshot_read_authority: snapshot_read(ours.snapshot_read_authority),
        identity_mode: identity(ours.identity_mode),
        expected_module_hash: ours.expected_module_hash.clone(),
    }
}

fn operation(ours: &BackupOperation) -> plan::BackupOperation {
    plan::BackupOperation {
        operation_id: ours.operation_id.clone(),
        order: ours.order,
        kind: kind(ours.kind),
        target_canister_id: text(ours.target_canister_id),
    }
}

/// What the reference builds a plan from; it borrows its registry.
pub fn plan_input<'a>(
    ours: &BackupPlanInput,
    registry: &'a [registry::RegistryEntry],
) -> plan::BackupPlanBuildInput<'a> {
    plan::BackupPlanBuildInput {
        plan_id: ours.plan_id.to_string(),
        run_id: ours.run_id.to_string(),
        fleet: ours.fleet.clone(),
        network: ours.network.clone(),
        root_canister_id: ours.root_canister_id.to_text(),
        selected_canister_id: text(ours.selected_canister_id),
        selected_scope_kind: scope(ours.selected_scope_kind),
        include_descendants: ours.include_descendants,
        topology_hash_before_quiesce: ours.topology_hash_before_quiesce.clone(),
        registry,
        control_authority: control(&ours.control_authority),
        snapshot_read_authority: snapshot_read(ours.snapshot_read_authority),
        quiescence_policy: policy(ours.quiescence_policy),
        identity_mode: identity(ours.identity_mode),
    }
}

pub fn registry(ours: &[RegistryEntry]) -> Vec<registry::RegistryEntry> {
    let entry = |ours: &RegistryEntry| registry::RegistryEntry {
        pid: ours.canister_id.to_text(),
        role: ours.role.clone(),
        kind: ours.kind.clone(),
        parent_pid: text(ours.parent_canister_id),
        module_hash: ours.module_hash.clone(),
    };
    ours.iter().map(entry).collect()
}

pub fn topology(ours: &[RegistryEntry]) -> Vec<topology::TopologyRecord> {
    let record = |ours: &RegistryEntry| topology::TopologyRecord {
        pid: ours.canister_id,
        parent_pid: ours.parent_canister_id,
        role: ours.role.clone().unwrap_or_default(),
        module_hash: ours.module_hash.clone(),
    };
    ours.iter().map(record).collect()
}

/// `now` becomes the time that the reference takes from the receipt (departure 2).
pub fn receipt(
    ours: &OperationReceipt,
    now: Timestamp,
) -> execution::BackupExecutionOperationReceipt {
    execution::BackupExecutionOperationReceipt {
        plan_id: ours.plan_id.to_string(),
        run_id: ours.run_id.to_string(),
        preflight_id: ours.preflight_id.as_ref().map(ToString::to_string),
        sequence: ours.sequence.index(),
        operation_id: ours.operation_id.clone(),
        kind: kind(ours.kind),
        target_canister_id: text(ours.target_canister_id),
        outcome: outcome(ours.outcome),
        updated_at: Some(marker(now)),
        snapshot_id: ours.snapshot_id.clone(),
        artifact_path: ours.artifact_path.clone(),
        checksum: ours.checksum.clone(),
        failure_reason: ours.failure_reason.clone(),
    }
}

fn outcome(ours: ReceiptOutcome) -> execution::BackupExecutionOperationReceiptOutcome {
    same!(ours, ReceiptOutcome => execution::BackupExecutionOperationReceiptOutcome:
        Completed Failed Skipped)
}

fn kind(ours: BackupOperationKind) -> plan::BackupOperationKind {
    use BackupOperationKind as Ours;
    match ours {
        Ours::ValidateTopology => plan::BackupOperationKind::ValidateTopology,
        Ours::ValidateControlAuthority => plan::BackupOperationKind::ValidateControlAuthority,
        Ours::ValidateSnapshotReadAuthority => {
            plan::BackupOperationKind::ValidateSnapshotReadAuthority
        }
        Ours::ValidateQuiescencePolicy => plan::BackupOperationKind::ValidateQuiescencePolicy,
        Ours::Stop => plan::BackupOperationKind::Stop,
        Ours::CreateSnapshot => plan::BackupOperationKind::CreateSnapshot,
        Ours::Start => plan::BackupOperationKind::Start,
        Ours::DownloadSnapshot => plan::BackupOperationKind::DownloadSnapshot,
        Ours::VerifyArtifact => plan::BackupOperationKind::VerifyArtifact,
        Ours::FinalizeManifest => plan::BackupOperationKind::FinalizeManifest,
        Ours::UploadSnapshot
        | Ours::LoadSnapshot
        | Ours::RollBack
        | Ours::VerifyMember
        | Ours::FinalizeRestore => panic!("the reference has no restores"),
    }
}

pub fn scope(ours: BackupScopeKind) -> plan::BackupScopeKind {
    same!(ours, BackupScopeKind => plan::BackupScopeKind:
        Member Subtree NonRootFleet MaintenanceRoot)
}

fn identity(ours: IdentityMode) -> manifest::IdentityMode {
    same!(ours, IdentityMode => manifest::IdentityMode: Fixed Relocatable)
}

pub fn policy(ours: QuiescencePolicy) -> plan::QuiescencePolicy {
    same!(ours, QuiescencePolicy => plan::QuiescencePolicy:
        CrashConsistent RootCoordinated AppQuiesced)
}

pub fn control(ours: &ControlAuthority) -> plan::ControlAuthority {
    let source = match &ours.source {
        ControlAuthoritySource::Unknown => plan::ControlAuthoritySource::Unknown,
        ControlAuthoritySource::RootController => plan::ControlAuthoritySource::RootController,
        ControlAuthoritySource::OperatorController => {
            plan::ControlAuthoritySource::OperatorController
        }
        ControlAuthoritySource::AlternateController { controller, reason } => {
            plan::ControlAuthoritySource::AlternateController {
                controller: controller.to_text(),
                reason: reason.clone(),
            }
        }
    };
    plan::ControlAuthority { source, evidence: evidence(ours.evidence) }
}

pub fn snapshot_read(ours: SnapshotReadAuthority) -> plan::SnapshotReadAuthority {
    let source = same!(ours.source,
        SnapshotReadAuthoritySource => plan::SnapshotReadAuthoritySource:
        Unknown OperatorController SnapshotVisibility RootConfiguredRead RootMediatedTransfer);
    plan::SnapshotReadAuthority { source, evidence: evidence(ours.evidence) }
}

fn evidence(ours: AuthorityEvidence) -> plan::AuthorityEvidence {
    same!(ours, AuthorityEvidence => plan::AuthorityEvidence: Proven Declared Unknown)
}
