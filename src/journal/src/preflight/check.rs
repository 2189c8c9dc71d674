//! When a bundle of preflight receipts counts.
//!
//! The rules and the order in which they are checked are those of `canic-backup`. Nothing is applied
//! here: the outcome is the list of proven authorities, or the first rule that is broken.

use super::{
    ControlAuthorityReceipt, PreflightError, PreflightReceipts, QuiescencePreflightReceipt,
    QuiescencePreflightTarget, SnapshotReadAuthorityReceipt, TopologyPreflightReceipt,
    TopologyPreflightTarget, ValidityWindow,
};
use crate::{
    PlanId, PreflightId, Rules, Timestamp,
    plan::{
        BackupTarget, ControlAuthority, PlanError, PlanHeader, SnapshotReadAuthority,
        check_control, check_root_controls, check_snapshot_read,
    },
};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// The longest window of a receipt: 24 hours. What was checked earlier says little about a fleet that goes on.
pub const MAX_WINDOW_NANOS: u64 = 24 * 60 * 60 * 1_000_000_000;

/// What preflight has proven about one target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProvenAuthority {
    /// The target.
    pub canister_id: Principal,
    /// Who controls it.
    pub control: ControlAuthority,
    /// Who may read its snapshots.
    pub snapshot_read: SnapshotReadAuthority,
}

/// Checks `receipts` against the plan at `now` and answers with what they prove, in the order of `targets`.
///
/// `targets` are all targets of the plan. They were valid when the journal was made, so of the rules of
/// [`crate::plan`] only those about authorities can still be broken.
///
/// # Errors
/// The first rule that the receipts break.
pub fn check_preflight_receipts(
    header: &PlanHeader,
    targets: &[BackupTarget],
    receipts: &PreflightReceipts,
    rules: Rules,
    now: Timestamp,
) -> Result<Vec<ProvenAuthority>, PreflightError> {
    PlanError::require("preflight_receipts.plan_id", receipts.plan_id.as_str())?;
    PlanError::require("preflight_id", receipts.preflight_id.as_str())?;
    let clock = Clock { rules, now };
    clock.check(&receipts.preflight_id, receipts.window())?;
    check_plan(&header.plan_id, &receipts.plan_id)?;

    let ids: BTreeSet<Principal> = targets.iter().map(|target| target.canister_id).collect();
    let bundle =
        Bundle { plan: &header.plan_id, preflight: &receipts.preflight_id, targets: &ids, clock };
    let control = proven_control(header, targets, &bundle, &receipts.control_authority)?;
    let snapshot_read = proven_snapshot_read(targets, &bundle, &receipts.snapshot_read_authority)?;
    check_topology(header, targets, &bundle, &receipts.topology)?;
    check_quiescence(header, targets, &bundle, &receipts.quiescence)?;

    Ok(targets
        .iter()
        .zip(control)
        .zip(snapshot_read)
        .map(|((target, control), snapshot_read)| ProvenAuthority {
            canister_id: target.canister_id,
            control,
            snapshot_read,
        })
        .collect())
}

/// What every receipt of one bundle is held against.
struct Bundle<'a> {
    plan: &'a PlanId,
    preflight: &'a PreflightId,
    targets: &'a BTreeSet<Principal>,
    clock: Clock,
}

fn proven_control(
    header: &PlanHeader,
    targets: &[BackupTarget],
    bundle: &Bundle<'_>,
    receipts: &[ControlAuthorityReceipt],
) -> Result<Vec<ControlAuthority>, PreflightError> {
    let mut found = BTreeMap::new();
    for receipt in receipts {
        bundle.check_authority_receipt(&AuthorityReceipt::from(receipt))?;
        receipt.authority.check()?;
        insert_once(&mut found, receipt.target_canister_id, &receipt.authority)?;
    }
    targets
        .iter()
        .map(|target| {
            let canister_id = target.canister_id;
            let authority = *found
                .get(&canister_id)
                .ok_or(PreflightError::MissingControlAuthorityReceipt { canister_id })?;
            check_control(canister_id, authority)?;
            check_root_controls(header, canister_id, authority)?;
            Ok(authority.clone())
        })
        .collect()
}

fn proven_snapshot_read(
    targets: &[BackupTarget],
    bundle: &Bundle<'_>,
    receipts: &[SnapshotReadAuthorityReceipt],
) -> Result<Vec<SnapshotReadAuthority>, PreflightError> {
    let mut found = BTreeMap::new();
    for receipt in receipts {
        bundle.check_authority_receipt(&AuthorityReceipt::from(receipt))?;
        insert_once(&mut found, receipt.target_canister_id, &receipt.authority)?;
    }
    targets
        .iter()
        .map(|target| {
            let canister_id = target.canister_id;
            let authority = **found
                .get(&canister_id)
                .ok_or(PreflightError::MissingSnapshotReadAuthorityReceipt { canister_id })?;
            check_snapshot_read(canister_id, authority)?;
            Ok(authority)
        })
        .collect()
}

fn insert_once<'a, T>(
    found: &mut BTreeMap<Principal, &'a T>,
    canister_id: Principal,
    authority: &'a T,
) -> Result<(), PreflightError> {
    match found.insert(canister_id, authority) {
        None => Ok(()),
        Some(_) => Err(PreflightError::DuplicateAuthorityReceipt { canister_id }),
    }
}

/// What the two kinds of authority receipt have in common.
struct AuthorityReceipt<'a> {
    plan_id: &'a PlanId,
    preflight_id: &'a PreflightId,
    target: Principal,
    window: ValidityWindow,
    message: Option<&'a str>,
}

impl<'a> From<&'a ControlAuthorityReceipt> for AuthorityReceipt<'a> {
    fn from(receipt: &'a ControlAuthorityReceipt) -> Self {
        Self {
            plan_id: &receipt.plan_id,
            preflight_id: &receipt.preflight_id,
            target: receipt.target_canister_id,
            window: ValidityWindow {
                validated_at: receipt.validated_at,
                expires_at: receipt.expires_at,
            },
            message: receipt.message.as_deref(),
        }
    }
}

impl<'a> From<&'a SnapshotReadAuthorityReceipt> for AuthorityReceipt<'a> {
    fn from(receipt: &'a SnapshotReadAuthorityReceipt) -> Self {
        Self {
            plan_id: &receipt.plan_id,
            preflight_id: &receipt.preflight_id,
            target: receipt.target_canister_id,
            window: ValidityWindow {
                validated_at: receipt.validated_at,
                expires_at: receipt.expires_at,
            },
            message: receipt.message.as_deref(),
        }
    }
}

impl Bundle<'_> {
    fn check_authority_receipt(
        &self,
        receipt: &AuthorityReceipt<'_>,
    ) -> Result<(), PreflightError> {
        PlanError::require("authority_receipts[].plan_id", receipt.plan_id.as_str())?;
        PlanError::require("preflight_id", receipt.preflight_id.as_str())?;
        PlanError::require_if_present("authority_receipts[].message", receipt.message)?;
        self.clock.check(receipt.preflight_id, receipt.window)?;
        if receipt.plan_id != self.plan {
            return Err(PreflightError::AuthorityReceiptPlanMismatch {
                expected: self.plan.clone(),
                actual: receipt.plan_id.clone(),
            });
        }
        if receipt.preflight_id != self.preflight {
            return Err(PreflightError::AuthorityReceiptPreflightMismatch {
                expected: self.preflight.clone(),
                actual: receipt.preflight_id.clone(),
            });
        }
        if !self.targets.contains(&receipt.target) {
            return Err(PreflightError::UnknownAuthorityReceiptTarget {
                canister_id: receipt.target,
            });
        }
        Ok(())
    }

    fn check_id(&self, actual: &PreflightId) -> Result<(), PreflightError> {
        if actual == self.preflight {
            return Ok(());
        }
        Err(PreflightError::IdMismatch { expected: self.preflight.clone(), actual: actual.clone() })
    }
}

fn check_plan(expected: &PlanId, actual: &PlanId) -> Result<(), PreflightError> {
    if actual == expected {
        return Ok(());
    }
    Err(PreflightError::PlanMismatch { expected: expected.clone(), actual: actual.clone() })
}

/// The time at which receipts are held against their windows, by which rules.
#[derive(Clone, Copy)]
struct Clock {
    rules: Rules,
    now: Timestamp,
}

impl Clock {
    fn check(
        self,
        preflight_id: &PreflightId,
        window: ValidityWindow,
    ) -> Result<(), PreflightError> {
        let (ValidityWindow { validated_at, expires_at }, now) = (window, self.now);
        let preflight_id = preflight_id.clone();
        if validated_at >= expires_at {
            return Err(PreflightError::InvalidWindow { preflight_id });
        }
        if now < validated_at {
            return Err(PreflightError::NotYetValid { preflight_id, validated_at, now });
        }
        if now >= expires_at {
            return Err(PreflightError::Expired { preflight_id, expires_at, now });
        }
        if self.rules >= Rules::V2 && expires_at.0 - validated_at.0 > MAX_WINDOW_NANOS {
            return Err(PreflightError::WindowTooLong { preflight_id, validated_at, expires_at });
        }
        Ok(())
    }
}

fn check_topology(
    header: &PlanHeader,
    targets: &[BackupTarget],
    bundle: &Bundle<'_>,
    receipt: &TopologyPreflightReceipt,
) -> Result<(), PreflightError> {
    let before = &receipt.topology_hash_before_quiesce;
    let at_preflight = &receipt.topology_hash_at_preflight;
    PlanError::require("topology_receipt.plan_id", receipt.plan_id.as_str())?;
    PlanError::require("preflight_id", receipt.preflight_id.as_str())?;
    check_hash("topology_receipt.topology_hash_before_quiesce", before)?;
    check_hash("topology_receipt.topology_hash_at_preflight", at_preflight)?;
    PlanError::require_if_present("topology_receipt.message", receipt.message.as_deref())?;
    let window =
        ValidityWindow { validated_at: receipt.validated_at, expires_at: receipt.expires_at };
    bundle.clock.check(&receipt.preflight_id, window)?;
    check_plan(bundle.plan, &receipt.plan_id)?;
    bundle.check_id(&receipt.preflight_id)?;
    let expected = &header.topology_hash_before_quiesce;
    if let Some(actual) = [before, at_preflight].into_iter().find(|hash| *hash != expected) {
        return Err(PreflightError::TopologyDrift {
            expected: expected.clone(),
            actual: actual.clone(),
        });
    }
    if !receipt.targets.iter().cloned().eq(targets.iter().map(TopologyPreflightTarget::from)) {
        return Err(PreflightError::TopologyTargetsMismatch);
    }
    Ok(())
}

fn check_quiescence(
    header: &PlanHeader,
    targets: &[BackupTarget],
    bundle: &Bundle<'_>,
    receipt: &QuiescencePreflightReceipt,
) -> Result<(), PreflightError> {
    PlanError::require("quiescence_receipt.plan_id", receipt.plan_id.as_str())?;
    PlanError::require("preflight_id", receipt.preflight_id.as_str())?;
    PlanError::require_if_present("quiescence_receipt.message", receipt.message.as_deref())?;
    let window =
        ValidityWindow { validated_at: receipt.validated_at, expires_at: receipt.expires_at };
    bundle.clock.check(&receipt.preflight_id, window)?;
    check_plan(bundle.plan, &receipt.plan_id)?;
    bundle.check_id(&receipt.preflight_id)?;
    if receipt.quiescence_policy != header.quiescence_policy {
        return Err(PreflightError::QuiescencePolicyMismatch);
    }
    if !receipt.accepted {
        return Err(PreflightError::QuiescenceRejected);
    }
    if !receipt.targets.iter().cloned().eq(targets.iter().map(QuiescencePreflightTarget::from)) {
        return Err(PreflightError::QuiescenceTargetsMismatch);
    }
    Ok(())
}

fn check_hash(field: &str, value: &str) -> Result<(), PreflightError> {
    PlanError::require(field, value)?;
    if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(PreflightError::InvalidTopologyHash { field: field.to_string(), value: value.to_string() })
}
