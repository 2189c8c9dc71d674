//! Valid preflight receipts, and the same receipts in the types of the reference.

use crate::{
    convert::{control, marker, policy, seconds, snapshot_read},
    plans::{STRANGER, canister},
};
use backup_journal::{
    PreflightId,
    plan::{
        AuthorityEvidence, BackupPlan, ControlAuthority, ControlAuthoritySource,
        SnapshotReadAuthority, SnapshotReadAuthoritySource,
    },
    preflight::{
        AuthorityProofSource, ControlAuthorityReceipt, PreflightReceipts,
        QuiescencePreflightReceipt, QuiescencePreflightTarget, SnapshotReadAuthorityReceipt,
        TopologyPreflightReceipt, TopologyPreflightTarget, ValidityWindow,
    },
};
use canic_backup::plan as reference;
use integration_tests::fleet;
use proptest::{prelude::*, sample::select};

/// Valid receipts for any plan.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// How many seconds ago the checks were made.
    pub age: u64,
    /// For how many seconds from now on they are valid.
    pub lasting: u64,
    control: ControlAuthoritySource,
    read: SnapshotReadAuthoritySource,
}

pub fn bundle() -> impl Strategy<Value = Bundle> {
    let control = prop_oneof![
        4 => Just(ControlAuthoritySource::RootController),
        1 => Just(ControlAuthoritySource::OperatorController),
        1 => Just(ControlAuthoritySource::AlternateController {
            controller: canister(STRANGER),
            reason: "an audit".to_string(),
        }),
    ];
    let read = select(vec![
        SnapshotReadAuthoritySource::OperatorController,
        SnapshotReadAuthoritySource::SnapshotVisibility,
        SnapshotReadAuthoritySource::RootConfiguredRead,
        SnapshotReadAuthoritySource::RootMediatedTransfer,
    ]);
    let lasting = prop_oneof![2 => 1..12_u64, 1 => 60..600_u64];
    (0..3_u64, lasting, control, read).prop_map(|(age, lasting, control, read)| Bundle {
        age,
        lasting,
        control,
        read,
    })
}

impl Bundle {
    /// The receipts for `plan`, made out at `now`.
    pub fn receipts(&self, plan: &BackupPlan, id: &PreflightId, now: u64) -> PreflightReceipts {
        let evidence = AuthorityEvidence::Proven;
        let window = ValidityWindow {
            validated_at: seconds(now - self.age),
            expires_at: seconds(now + self.lasting),
        };
        let control = ControlAuthority { source: self.control.clone(), evidence };
        let read = SnapshotReadAuthority { source: self.read, evidence };
        let mut receipts = fleet::preflight_of(plan, id.as_str(), window, control, read);
        for receipt in &mut receipts.snapshot_read_authority {
            receipt.proof_source = AuthorityProofSource::SnapshotReadCheck;
        }
        if self.age == 1 {
            fleet::set_message(&mut receipts, "looked twice");
        }
        receipts
    }
}

pub fn to_reference(ours: &PreflightReceipts) -> reference::BackupExecutionPreflightReceipts {
    reference::BackupExecutionPreflightReceipts {
        plan_id: ours.plan_id.to_string(),
        preflight_id: ours.preflight_id.to_string(),
        validated_at: marker(ours.validated_at),
        expires_at: marker(ours.expires_at),
        topology: topology(&ours.topology),
        control_authority: ours.control_authority.iter().map(control_receipt).collect(),
        snapshot_read_authority: ours.snapshot_read_authority.iter().map(read_receipt).collect(),
        quiescence: quiescence(&ours.quiescence),
    }
}

fn topology(ours: &TopologyPreflightReceipt) -> reference::TopologyPreflightReceipt {
    reference::TopologyPreflightReceipt {
        plan_id: ours.plan_id.to_string(),
        preflight_id: ours.preflight_id.to_string(),
        topology_hash_before_quiesce: ours.topology_hash_before_quiesce.clone(),
        topology_hash_at_preflight: ours.topology_hash_at_preflight.clone(),
        targets: ours.targets.iter().map(topology_target).collect(),
        validated_at: marker(ours.validated_at),
        expires_at: marker(ours.expires_at),
        message: ours.message.clone(),
    }
}

pub fn topology_target(ours: &TopologyPreflightTarget) -> reference::TopologyPreflightTarget {
    reference::TopologyPreflightTarget {
        canister_id: ours.canister_id.to_text(),
        parent_canister_id: ours.parent_canister_id.map(|parent| parent.to_text()),
        depth: ours.depth,
    }
}

fn control_receipt(ours: &ControlAuthorityReceipt) -> reference::ControlAuthorityReceipt {
    reference::ControlAuthorityReceipt {
        plan_id: ours.plan_id.to_string(),
        preflight_id: ours.preflight_id.to_string(),
        target_canister_id: ours.target_canister_id.to_text(),
        authority: control(&ours.authority),
        proof_source: reference::AuthorityProofSource::ManagementStatus,
        validated_at: marker(ours.validated_at),
        expires_at: marker(ours.expires_at),
        message: ours.message.clone(),
    }
}

fn read_receipt(ours: &SnapshotReadAuthorityReceipt) -> reference::SnapshotReadAuthorityReceipt {
    reference::SnapshotReadAuthorityReceipt {
        plan_id: ours.plan_id.to_string(),
        preflight_id: ours.preflight_id.to_string(),
        target_canister_id: ours.target_canister_id.to_text(),
        authority: snapshot_read(ours.authority),
        proof_source: reference::AuthorityProofSource::SnapshotReadCheck,
        validated_at: marker(ours.validated_at),
        expires_at: marker(ours.expires_at),
        message: ours.message.clone(),
    }
}

fn quiescence(ours: &QuiescencePreflightReceipt) -> reference::QuiescencePreflightReceipt {
    reference::QuiescencePreflightReceipt {
        plan_id: ours.plan_id.to_string(),
        preflight_id: ours.preflight_id.to_string(),
        quiescence_policy: policy(ours.quiescence_policy),
        accepted: ours.accepted,
        targets: ours.targets.iter().map(quiescence_target).collect(),
        validated_at: marker(ours.validated_at),
        expires_at: marker(ours.expires_at),
        message: ours.message.clone(),
    }
}

pub fn quiescence_target(ours: &QuiescencePreflightTarget) -> reference::QuiescencePreflightTarget {
    reference::QuiescencePreflightTarget {
        canister_id: ours.canister_id.to_text(),
        role: ours.role.clone(),
        parent_canister_id: ours.parent_canister_id.map(|parent| parent.to_text()),
    }
}
