//! From an event to a block.

use super::{Entry, Hash, Value};
use crate::{
    api::{AuditEvent, AuditEventKind as Kind, Role, RoleAssignment, Visibility},
    journal::ReceiptOutcome,
};

/// Every block type, in the order of the events' numbers, with what happened.
pub const BLOCK_TYPES: [(&str, &str); 13] = [
    ("backup_configured", "the canister was installed or upgraded with arguments"),
    ("backup_role_granted", "a role was granted"),
    ("backup_role_revoked", "a role was revoked"),
    ("backup_journal_created", "a journal was opened from a whole plan"),
    ("backup_preflight_accepted", "a preflight was accepted by its id"),
    ("backup_preflight_receipts_accepted", "a preflight was accepted with its receipts"),
    ("backup_operation_claimed", "an operation was claimed"),
    ("backup_receipt_recorded", "a receipt was recorded"),
    ("backup_operation_retried", "a failed operation was made Ready again"),
    ("backup_draft_begun", "a draft was begun"),
    ("backup_draft_targets_appended", "targets were appended to a draft"),
    ("backup_draft_sealed", "a draft was sealed and its journal opened"),
    ("backup_draft_discarded", "a draft was given up"),
];

/// The `btype` of the block that tells of `kind`.
pub const fn block_type(kind: &Kind) -> &'static str {
    BLOCK_TYPES[block_type_number(kind)].0
}

/// The position of that type in [`BLOCK_TYPES`].
pub const fn block_type_number(kind: &Kind) -> usize {
    match kind {
        Kind::Configured { .. } => 0,
        Kind::RoleGranted(_) => 1,
        Kind::RoleRevoked(_) => 2,
        Kind::JournalCreated { .. } => 3,
        Kind::PreflightAccepted { .. } => 4,
        Kind::PreflightReceiptsAccepted { .. } => 5,
        Kind::OperationClaimed { .. } => 6,
        Kind::ReceiptRecorded { .. } => 7,
        Kind::OperationRetried { .. } => 8,
        Kind::DraftBegun { .. } => 9,
        Kind::DraftTargetsAppended { .. } => 10,
        Kind::DraftSealed { .. } => 11,
        Kind::DraftDiscarded { .. } => 12,
    }
}

/// The block that tells of `entry`, after the block with the hash `parent`.
pub fn block(entry: &Entry, parent: Option<Hash>) -> Value {
    block_of(&entry.event, entry.payload.as_ref().map(super::Payload::to_candid), parent)
}

/// As [`block`], of an event whose payload is encoded already.
pub fn block_of(event: &AuditEvent, payload: Option<Vec<u8>>, parent: Option<Hash>) -> Value {
    let mut tx = Fields::default();
    tx.blob("caller", event.caller.as_slice());
    tx.optional_text("run_id", event.run_id.as_ref().map(crate::RunId::as_str));
    tx.kind(&event.kind);
    if let Some(payload) = payload {
        tx.blob("payload", payload);
    }
    let mut block = Fields::default();
    if let Some(parent) = parent {
        block.blob("phash", parent);
    }
    block.text("btype", block_type(&event.kind));
    block.nat("ts", event.time.0);
    block.0.push(("tx".to_string(), Value::Map(tx.0)));
    Value::Map(block.0)
}

/// The fields of a map under construction.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn push(&mut self, name: &str, value: Value) {
        self.0.push((name.to_string(), value));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.push(name, Value::text(text));
    }

    fn optional_text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn nat(&mut self, name: &str, number: impl Into<u64>) {
        self.push(name, Value::nat(number));
    }

    fn blob(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.push(name, Value::blob(bytes));
    }

    fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Configured { visibility, restart_overdue_after_seconds, .. } => {
                self.optional_text("visibility", visibility.map(visibility_name));
                if let Some(seconds) = restart_overdue_after_seconds {
                    self.nat("restart_overdue_after_seconds", *seconds);
                }
            }
            Kind::RoleGranted(assignment) | Kind::RoleRevoked(assignment) => self.role(assignment),
            Kind::JournalCreated { plan_id, targets, operations }
            | Kind::DraftSealed { plan_id, targets, operations } => {
                self.text("plan_id", plan_id.as_str());
                self.nat("targets", *targets);
                self.nat("operations", *operations);
            }
            Kind::PreflightAccepted { preflight_id } => {
                self.text("preflight_id", preflight_id.as_str());
            }
            Kind::PreflightReceiptsAccepted { preflight_id, window } => {
                self.text("preflight_id", preflight_id.as_str());
                self.nat("validated_at", window.validated_at.0);
                self.nat("expires_at", window.expires_at.0);
            }
            Kind::OperationClaimed { sequence, attempt } => {
                self.nat("sequence", sequence.0);
                self.nat("attempt", attempt.0);
            }
            Kind::ReceiptRecorded { .. } => self.receipt(kind),
            Kind::OperationRetried { sequence } => self.nat("sequence", sequence.0),
            Kind::DraftBegun { plan_id } | Kind::DraftDiscarded { plan_id } => {
                self.text("plan_id", plan_id.as_str());
            }
            Kind::DraftTargetsAppended { start, count } => {
                self.nat("start", *start);
                self.nat("count", *count);
            }
        }
    }

    fn role(&mut self, RoleAssignment { principal, role }: &RoleAssignment) {
        self.blob("principal", principal.as_slice());
        self.text("role", role_name(*role));
    }

    fn receipt(&mut self, kind: &Kind) {
        let Kind::ReceiptRecorded {
            sequence,
            attempt,
            outcome,
            receipt_index,
            preflight_id,
            snapshot_id,
            artifact_path,
            checksum,
            failure_reason,
        } = kind
        else {
            return;
        };
        self.nat("sequence", sequence.0);
        self.nat("attempt", attempt.0);
        self.text("outcome", outcome_name(*outcome));
        self.nat("receipt_index", receipt_index.0);
        let preflight_id = preflight_id.as_ref().map(crate::PreflightId::as_str);
        self.optional_text("preflight_id", preflight_id);
        self.optional_text("snapshot_id", snapshot_id.as_deref());
        self.optional_text("artifact_path", artifact_path.as_deref());
        self.optional_text("checksum", checksum.as_deref());
        self.optional_text("failure_reason", failure_reason.as_deref());
    }
}

pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Auditor => "Auditor",
        Role::Operator => "Operator",
        Role::Administrator => "Administrator",
    }
}

pub(super) const fn visibility_name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Members => "Members",
        Visibility::Public => "Public",
    }
}

pub(super) const fn outcome_name(outcome: ReceiptOutcome) -> &'static str {
    match outcome {
        ReceiptOutcome::Completed => "Completed",
        ReceiptOutcome::Failed => "Failed",
        ReceiptOutcome::Skipped => "Skipped",
    }
}
