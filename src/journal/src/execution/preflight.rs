//! The receipts of a preflight that the coordinator makes by itself.

use super::{Look, Looked, TargetNote};
use crate::{
    PreflightId, Timestamp,
    plan::{
        AuthorityEvidence, BackupTarget, ControlAuthority, ControlAuthoritySource, PlanHeader,
        SnapshotReadAuthority, SnapshotReadAuthoritySource,
    },
    preflight::{
        AuthorityProofSource, ControlAuthorityReceipt, PreflightReceipts,
        QuiescencePreflightReceipt, QuiescencePreflightTarget, SnapshotReadAuthorityReceipt,
        TopologyPreflightReceipt, TopologyPreflightTarget,
    },
    text::first_of,
};
use candid::Principal;

/// How long the checks count.
const VALID_NANOS: u64 = 3_600 * 1_000_000_000;

/// Why a target cannot be backed up now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The target.
    pub canister_id: Principal,
    /// The reason.
    pub reason: String,
}

/// The receipts of what was seen of all `targets`, each of which stands with its note.
///
/// `coordinator` is a controller of the targets, because it was told their status. `topology_hash` is the hash of the
/// fleet as it is registered now. `discovered` is what was found of canisters of the fleet that are not registered, if
/// anything was.
///
/// # Errors
/// The targets that cannot be backed up.
pub fn preflight_receipts(
    plan: &PlanHeader,
    targets: &[(BackupTarget, TargetNote)],
    round: u32,
    coordinator: Principal,
    topology_hash: String,
    discovered: Option<String>,
) -> Result<PreflightReceipts, Vec<Problem>> {
    let problems: Vec<Problem> = targets
        .iter()
        .filter_map(|(target, note)| {
            let reason = match note.look_of(round).map(|look| &look.found) {
                Some(Looked::Ready { .. }) => return None,
                Some(Looked::NotReady { reason }) => reason.clone(),
                None => "it was not checked".to_string(),
            };
            Some(Problem { canister_id: target.canister_id, reason })
        })
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let looks = targets.iter().filter_map(|(_, note)| note.look_of(round));
    let validated_at = looks.map(|look| look.at).min().unwrap_or_default();
    let bundle = Bundle {
        plan,
        preflight_id: format!("coordinator-{}-{round}", plan.run_id).into(),
        validated_at,
        expires_at: Timestamp(validated_at.0.saturating_add(VALID_NANOS)),
        coordinator,
    };
    let listed = || targets.iter().map(|(target, _)| target);
    let remarks: Vec<String> = drift(targets, round).into_iter().chain(discovered).collect();
    let message = (!remarks.is_empty()).then(|| remarks.join("; "));
    Ok(PreflightReceipts {
        plan_id: plan.plan_id.clone(),
        preflight_id: bundle.preflight_id.clone(),
        validated_at,
        expires_at: bundle.expires_at,
        topology: bundle.topology(listed(), topology_hash, message),
        control_authority: listed().map(|target| bundle.control(target.canister_id)).collect(),
        snapshot_read_authority: listed()
            .map(|target| bundle.snapshot_read(target.canister_id))
            .collect(),
        quiescence: bundle.quiescence(listed()),
    })
}

/// What the receipts of one preflight have in common.
struct Bundle<'a> {
    plan: &'a PlanHeader,
    preflight_id: PreflightId,
    validated_at: Timestamp,
    expires_at: Timestamp,
    coordinator: Principal,
}

impl Bundle<'_> {
    fn topology<'a>(
        &self,
        targets: impl Iterator<Item = &'a BackupTarget>,
        topology_hash: String,
        message: Option<String>,
    ) -> TopologyPreflightReceipt {
        TopologyPreflightReceipt {
            plan_id: self.plan.plan_id.clone(),
            preflight_id: self.preflight_id.clone(),
            topology_hash_before_quiesce: self.plan.topology_hash_before_quiesce.clone(),
            topology_hash_at_preflight: topology_hash,
            targets: targets.map(TopologyPreflightTarget::from).collect(),
            validated_at: self.validated_at,
            expires_at: self.expires_at,
            message,
        }
    }

    fn control(&self, target_canister_id: Principal) -> ControlAuthorityReceipt {
        ControlAuthorityReceipt {
            plan_id: self.plan.plan_id.clone(),
            preflight_id: self.preflight_id.clone(),
            target_canister_id,
            authority: ControlAuthority {
                source: control_source(self.coordinator),
                evidence: AuthorityEvidence::Proven,
            },
            proof_source: AuthorityProofSource::ManagementStatus,
            validated_at: self.validated_at,
            expires_at: self.expires_at,
            message: None,
        }
    }

    /// A controller may read the snapshots of its canisters.
    fn snapshot_read(&self, target_canister_id: Principal) -> SnapshotReadAuthorityReceipt {
        SnapshotReadAuthorityReceipt {
            plan_id: self.plan.plan_id.clone(),
            preflight_id: self.preflight_id.clone(),
            target_canister_id,
            authority: SnapshotReadAuthority {
                source: SnapshotReadAuthoritySource::OperatorController,
                evidence: AuthorityEvidence::Proven,
            },
            proof_source: AuthorityProofSource::SnapshotReadCheck,
            validated_at: self.validated_at,
            expires_at: self.expires_at,
            message: None,
        }
    }

    fn quiescence<'a>(
        &self,
        targets: impl Iterator<Item = &'a BackupTarget>,
    ) -> QuiescencePreflightReceipt {
        QuiescencePreflightReceipt {
            plan_id: self.plan.plan_id.clone(),
            preflight_id: self.preflight_id.clone(),
            quiescence_policy: self.plan.quiescence_policy,
            accepted: true,
            targets: targets.map(QuiescencePreflightTarget::from).collect(),
            validated_at: self.validated_at,
            expires_at: self.expires_at,
            message: None,
        }
    }
}

/// By which right the coordinator controls the targets.
pub(super) fn control_source(coordinator: Principal) -> ControlAuthoritySource {
    ControlAuthoritySource::AlternateController {
        controller: coordinator,
        reason: "the backup coordinator is a controller".to_string(),
    }
}

/// Whether a target has another module than the registry says.
pub(super) fn is_drifted(target: &BackupTarget, module_hash: Option<&String>) -> bool {
    let expected = target.expected_module_hash.as_ref();
    expected.is_some() && expected != module_hash
}

/// A remark about targets that have another module than the registry says. That is no reason not to back them up.
fn drift(targets: &[(BackupTarget, TargetNote)], round: u32) -> Option<String> {
    let has_changed = |(target, note): &&(BackupTarget, TargetNote)| {
        let Some(Look { found: Looked::Ready { module_hash, .. }, .. }) = note.look_of(round)
        else {
            return false;
        };
        is_drifted(target, module_hash.as_ref())
    };
    let changed: Vec<Principal> =
        targets.iter().filter(has_changed).map(|(target, _)| target.canister_id).collect();
    if changed.is_empty() {
        return None;
    }
    let named = first_of(&changed, changed.len());
    Some(format!("{} targets have another module than registered: {named}", changed.len()))
}
