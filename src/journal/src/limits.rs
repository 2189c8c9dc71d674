//! Every bound on what a caller may send, in one place.
//!
//! A bound keeps the cost of a call in hand; none of them is a rule of the domain.

use crate::{
    FleetName,
    access::{CoordinatorArgs, RoleAssignment},
    block::{AuditEventKind, event_texts},
    journal::OperationReceipt,
    plan::{BackupPlan, BackupTarget, ControlAuthoritySource, PlanHeader, TargetRestore},
    preflight::{PreflightReceipts, TopologyPreflightReceipt},
    registry::RegistryEntry,
};
use candid::CandidType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes of an id or a name: plan, run, preflight, operation, fleet, network, role, hash.
pub const MAX_NAME_BYTES: usize = 128;
/// Bytes of any other text: reasons, messages, paths, snapshot ids, checksums.
pub const MAX_TEXT_BYTES: usize = 2_048;
/// Targets of a plan, or members of a fleet, that is sent whole; larger fleets are sent in batches.
pub const MAX_PLAN_TARGETS: usize = 1_000;
/// Operations of a plan that is sent whole.
pub const MAX_PLAN_OPERATIONS: usize = 6_000;
/// Targets of one batch that is appended to a draft, and members of one batch or update of a fleet.
pub const MAX_DRAFT_BATCH: usize = 96;
/// Targets of a draft, and so of any run, and members of a fleet.
pub const MAX_RUN_TARGETS: usize = 100_000;
/// Targets whose preflight receipts come in one batch.
pub const MAX_PREFLIGHT_BATCH: usize = 96;
/// Operations that are claimed, or receipts that are recorded, in one call.
pub const MAX_WAVE_BATCH: usize = 100;
/// Bytes of all texts in the receipts of one call: as much as one long text in each. Every byte is hashed.
pub const MAX_RECEIPT_BATCH_BYTES: usize = 204_800;
/// Drafts that are open at the same time.
pub const MAX_OPEN_DRAFTS: usize = 100;
/// Fleets that are registered at the same time.
pub const MAX_FLEETS: usize = 1_000;
/// Entries of a registry from which a plan is built or a selector resolved.
pub const MAX_REGISTRY_ENTRIES: usize = 10_000;
/// Records of one page.
pub const MAX_PAGE: u32 = 500;
/// Principals that hold a role for all fleets, and pairs of a principal and a fleet that it holds a role for.
pub const MAX_ROLE_HOLDERS: usize = 500;

/// Bytes of a block in an answer: a reply to a canister on another subnet has at most 2 MiB, and nobody could
/// read the log beyond a block that cannot be sent.
pub const MAX_BLOCK_BYTES: usize = 2_000_000;

/// A bound that a call breaks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LimitExceeded {
    /// What exceeds the limit, for instance `targets` or the path of a text field.
    pub what: String,
    /// The limit: a number of items, or of bytes for a text.
    pub maximum: u64,
    /// The value of the call.
    pub actual: u64,
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of at most {}", self.what, self.actual, self.maximum)
    }
}

impl std::error::Error for LimitExceeded {}

type Checked = Result<(), LimitExceeded>;

/// What a caller sends and what has bounds of its own.
pub trait CheckLimits {
    /// Checks the number of its items and the length of every text.
    ///
    /// # Errors
    /// The first limit that is exceeded.
    fn check_limits(&self) -> Checked;
}

/// Checks a number of items.
///
/// # Errors
/// When there are more than `maximum`.
pub fn check_count(what: &str, actual: usize, maximum: usize) -> Checked {
    if actual <= maximum {
        return Ok(());
    }
    Err(LimitExceeded { what: what.to_string(), maximum: maximum as u64, actual: actual as u64 })
}

/// Checks an id or a name against [`MAX_NAME_BYTES`].
///
/// # Errors
/// When it is longer.
pub fn check_name(what: &str, name: &str) -> Checked {
    check_count(what, name.len(), MAX_NAME_BYTES)
}

fn check_optional(what: &str, text: Option<&str>, maximum: usize) -> Checked {
    text.map_or(Ok(()), |text| check_count(what, text.len(), maximum))
}

impl CheckLimits for PlanHeader {
    /// Checks every text of the header.
    fn check_limits(&self) -> Checked {
        check_name("plan_id", self.plan_id.as_str())?;
        check_name("run_id", self.run_id.as_str())?;
        check_name("fleet", &self.fleet)?;
        check_name("network", &self.network)?;
        check_name("topology_hash_before_quiesce", &self.topology_hash_before_quiesce)?;
        let restored = self.restore.as_ref().map(|origin| origin.run_id.as_str());
        check_optional("restore.run_id", restored, MAX_NAME_BYTES)
    }
}

impl CheckLimits for BackupTarget {
    /// Checks every text of the target.
    fn check_limits(&self) -> Checked {
        check_optional("targets[].role", self.role.as_deref(), MAX_NAME_BYTES)?;
        let hash = self.expected_module_hash.as_deref();
        check_optional("targets[].expected_module_hash", hash, MAX_NAME_BYTES)?;
        if let Some(TargetRestore { snapshot_id, checksum, .. }) = &self.restore {
            check_count("targets[].restore.snapshot_id", snapshot_id.len(), MAX_TEXT_BYTES)?;
            let checksum = checksum.as_deref();
            check_optional("targets[].restore.checksum", checksum, MAX_TEXT_BYTES)?;
        }
        check_reason("targets[].control_authority.reason", &self.control_authority.source)
    }
}

fn check_reason(what: &str, source: &ControlAuthoritySource) -> Checked {
    match source {
        ControlAuthoritySource::AlternateController { reason, .. } => {
            check_count(what, reason.len(), MAX_TEXT_BYTES)
        }
        _ => Ok(()),
    }
}

impl CheckLimits for BackupPlan {
    /// Checks the size of a plan that is sent whole, and every text of it.
    fn check_limits(&self) -> Checked {
        self.header.check_limits()?;
        check_count("targets", self.targets.len(), MAX_PLAN_TARGETS)?;
        check_count("phases", self.phases.len(), MAX_PLAN_OPERATIONS)?;
        self.targets.iter().try_for_each(BackupTarget::check_limits)?;
        self.phases
            .iter()
            .try_for_each(|operation| check_name("phases[].operation_id", &operation.operation_id))
    }
}

impl CheckLimits for OperationReceipt {
    /// Checks every text of the receipt.
    fn check_limits(&self) -> Checked {
        let preflight = self.preflight_id.as_ref().map(crate::PreflightId::as_str);
        check_name("plan_id", self.plan_id.as_str())?;
        check_name("run_id", self.run_id.as_str())?;
        check_name("operation_id", &self.operation_id)?;
        check_optional("preflight_id", preflight, MAX_NAME_BYTES)?;
        check_optional("snapshot_id", self.snapshot_id.as_deref(), MAX_TEXT_BYTES)?;
        check_optional("artifact_path", self.artifact_path.as_deref(), MAX_TEXT_BYTES)?;
        check_optional("checksum", self.checksum.as_deref(), MAX_TEXT_BYTES)?;
        check_optional("failure_reason", self.failure_reason.as_deref(), MAX_TEXT_BYTES)
    }
}

/// A caller sends all that an event says whose transition takes no more.
impl CheckLimits for AuditEventKind {
    /// Checks every text that the event says, but not what stands in the payload.
    fn check_limits(&self) -> Checked {
        let check = |(field, text): (&str, &str)| check_count(field, text.len(), MAX_TEXT_BYTES);
        event_texts(self).into_iter().try_for_each(check)
    }
}

/// Checks how many receipts one call may have, and how long they may be together.
///
/// # Errors
/// The first limit that is exceeded.
pub fn check_receipt_batch(receipts: &[OperationReceipt]) -> Checked {
    check_count("receipts", receipts.len(), MAX_WAVE_BATCH)?;
    let bytes = receipts.iter().map(text_bytes).sum();
    check_count("bytes of receipts", bytes, MAX_RECEIPT_BATCH_BYTES)
}

fn text_bytes(receipt: &OperationReceipt) -> usize {
    let OperationReceipt { plan_id, run_id, preflight_id, operation_id, .. } = receipt;
    let OperationReceipt { snapshot_id, artifact_path, checksum, failure_reason, .. } = receipt;
    let names = [plan_id.as_str(), run_id.as_str(), operation_id];
    let preflight_id = preflight_id.as_ref().map(crate::PreflightId::as_str);
    let texts = [snapshot_id, artifact_path, checksum, failure_reason].map(Option::as_deref);
    names.into_iter().chain(preflight_id).chain(texts.into_iter().flatten()).map(str::len).sum()
}

impl CheckLimits for PreflightReceipts {
    /// Checks the size of a bundle that is sent whole and every text of it that is kept or hashed.
    fn check_limits(&self) -> Checked {
        check_receipts(self, MAX_PLAN_TARGETS)
    }
}

/// Checks the size of a batch of preflight receipts and every text of it that is kept or hashed.
///
/// # Errors
/// The first limit that is exceeded.
pub fn check_preflight_batch(receipts: &PreflightReceipts) -> Checked {
    check_receipts(receipts, MAX_PREFLIGHT_BATCH)
}

fn check_receipts(receipts: &PreflightReceipts, targets: usize) -> Checked {
    check_name("plan_id", receipts.plan_id.as_str())?;
    check_name("preflight_id", receipts.preflight_id.as_str())?;
    check_count("control_authority", receipts.control_authority.len(), targets)?;
    let reads = receipts.snapshot_read_authority.len();
    check_count("snapshot_read_authority", reads, targets)?;
    check_count("topology.targets", receipts.topology.targets.len(), targets)?;
    check_count("quiescence.targets", receipts.quiescence.targets.len(), targets)?;
    check_receipt_names(receipts)?;
    let messages = [&receipts.topology.message, &receipts.quiescence.message]
        .into_iter()
        .chain(receipts.control_authority.iter().map(|receipt| &receipt.message))
        .chain(receipts.snapshot_read_authority.iter().map(|receipt| &receipt.message));
    for message in messages {
        check_optional("message", message.as_deref(), MAX_TEXT_BYTES)?;
    }
    receipts
        .control_authority
        .iter()
        .try_for_each(|receipt| check_reason("authority.reason", &receipt.authority.source))
}

fn check_receipt_names(receipts: &PreflightReceipts) -> Checked {
    let control = receipts.control_authority.iter();
    let reads = receipts.snapshot_read_authority.iter();
    let ids = [
        (&receipts.topology.plan_id, &receipts.topology.preflight_id),
        (&receipts.quiescence.plan_id, &receipts.quiescence.preflight_id),
    ]
    .into_iter()
    .chain(control.map(|receipt| (&receipt.plan_id, &receipt.preflight_id)))
    .chain(reads.map(|receipt| (&receipt.plan_id, &receipt.preflight_id)));
    for (plan_id, preflight_id) in ids {
        check_name("plan_id", plan_id.as_str())?;
        check_name("preflight_id", preflight_id.as_str())?;
    }
    let TopologyPreflightReceipt {
        topology_hash_before_quiesce, topology_hash_at_preflight, ..
    } = &receipts.topology;
    check_name("topology_hash_before_quiesce", topology_hash_before_quiesce)?;
    check_name("topology_hash_at_preflight", topology_hash_at_preflight)
}

impl CheckLimits for CoordinatorArgs {
    /// Checks how many roles are granted, and every name of a fleet.
    fn check_limits(&self) -> Checked {
        check_count("roles", self.roles.len(), MAX_ROLE_HOLDERS)?;
        self.roles.iter().try_for_each(RoleAssignment::check_limits)
    }
}

impl CheckLimits for RoleAssignment {
    /// Checks the name of the fleet.
    fn check_limits(&self) -> Checked {
        check_optional("fleet", self.fleet.as_ref().map(FleetName::as_str), MAX_NAME_BYTES)
    }
}

impl CheckLimits for RegistryEntry {
    /// Checks every text of the entry.
    fn check_limits(&self) -> Checked {
        check_optional("members[].role", self.role.as_deref(), MAX_NAME_BYTES)?;
        check_optional("members[].kind", self.kind.as_deref(), MAX_NAME_BYTES)?;
        check_optional("members[].module_hash", self.module_hash.as_deref(), MAX_NAME_BYTES)
    }
}

/// Checks the size of a registry.
///
/// # Errors
/// When it has more than [`MAX_REGISTRY_ENTRIES`].
pub fn check_registry(registry: &[RegistryEntry]) -> Checked {
    check_count("registry", registry.len(), MAX_REGISTRY_ENTRIES)
}

mod fleets;
#[cfg(test)]
mod tests;
