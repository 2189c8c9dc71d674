//! From an event to a block.

use super::{
    AuditEvent, AuditEventKind as Kind, Entry, Hash, Value,
    value::{hash_of_map, hash_of_number, name_hash, sha256},
};
use crate::{
    PreflightId, Rules,
    access::{Role, RoleAssignment, Visibility},
    journal::ReceiptOutcome,
    preflight::ValidityWindow,
};

/// Every block type, in the order of the events' numbers, with what happened.
pub const BLOCK_TYPES: [(&str, &str); 16] = [
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
    (
        "backup_preflight_receipts_appended",
        "receipts of a preflight were appended; those of the last target accept it",
    ),
    ("backup_start_settled", "a start that was owed was settled by an administrator"),
    ("backup_settings_updated", "an administrator has set something anew"),
];

/// The `btype` of the block that records `kind`.
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
        Kind::PreflightReceiptsAppended { .. } => 13,
        Kind::StartSettled { .. } => 14,
        Kind::SettingsUpdated { .. } => 15,
    }
}

/// The block that records `entry`, after the block with the hash `parent`.
pub fn block(entry: &Entry, parent: Option<Hash>) -> Value {
    let payload = entry.payload.as_ref().map(super::Payload::to_candid);
    Block::of(&entry.event, payload.as_deref(), parent.as_ref()).value()
}

/// A block as its fields: most are only hashed, and for that nothing has to be copied.
pub struct Block<'a> {
    fields: Fields<'a>,
    tx: Fields<'a>,
}

impl<'a> Block<'a> {
    /// The block that records `event`, whose payload is `payload` in Candid, after the one with the hash
    /// `parent`.
    pub fn of(event: &'a AuditEvent, payload: Option<&'a [u8]>, parent: Option<&'a Hash>) -> Self {
        let mut tx = Fields::default();
        tx.blob("caller", event.caller.as_slice());
        tx.optional_text("run_id", event.run_id.as_ref().map(crate::RunId::as_str));
        tx.kind(&event.kind);
        tx.optional_blob("payload", payload);
        let mut fields = Fields::default();
        fields.optional_blob("phash", parent.map(Hash::as_slice));
        fields.name("btype", block_type(&event.kind));
        fields.nat("ts", event.time.0);
        Self { fields, tx }
    }

    /// The block as a value.
    pub fn value(&self) -> Value {
        let mut fields = self.fields.values();
        fields.push((TX.to_string(), Value::Map(self.tx.values())));
        Value::Map(fields)
    }

    /// The hash of [`Block::value`].
    pub fn hash(&self) -> Hash {
        let tx = (name_hash(TX), hash_of_map(self.tx.hashes()));
        hash_of_map(self.fields.hashes().chain([tx]))
    }

    /// Bytes of an answer with this block alone, or a few more.
    pub fn served_bytes(&self) -> usize {
        ANSWER_BYTES + self.fields.served_bytes() + self.tx.served_bytes()
    }
}

/// Bytes of an answer with one block, apart from the fields of the block: types, numbers, lengths of lists.
const ANSWER_BYTES: usize = 512;

/// Bytes of a field apart from its name and its value: which variant it is, and two lengths.
const FIELD_BYTES: usize = 16;

/// The field that holds the content of the change.
const TX: &str = "tx";

/// What a field holds.
#[derive(Clone, Copy)]
enum Leaf<'a> {
    Blob(&'a [u8]),
    Text(&'a str),
    /// One of few texts, whose hashes are remembered.
    Name(&'static str),
    Nat(u64),
}

impl Leaf<'_> {
    /// Bytes of the value in Candid, or a few more, without its length.
    const fn served_bytes(self) -> usize {
        match self {
            Self::Blob(bytes) => bytes.len(),
            Self::Text(text) | Self::Name(text) => text.len(),
            Self::Nat(_) => 10,
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Blob(bytes) => Value::blob(bytes),
            Self::Text(text) | Self::Name(text) => Value::text(text),
            Self::Nat(number) => Value::nat(number),
        }
    }

    fn hash(self) -> Hash {
        match self {
            Self::Blob(bytes) => sha256(bytes),
            Self::Text(text) => sha256(text.as_bytes()),
            Self::Name(text) => name_hash(text),
            Self::Nat(number) => hash_of_number(number),
        }
    }
}

/// The fields of a map.
#[derive(Default)]
struct Fields<'a>(Vec<(&'static str, Leaf<'a>)>);

impl<'a> Fields<'a> {
    fn values(&self) -> Vec<(String, Value)> {
        self.0.iter().map(|(name, leaf)| ((*name).to_string(), leaf.value())).collect()
    }

    fn hashes(&self) -> impl Iterator<Item = (Hash, Hash)> {
        self.0.iter().map(|(name, leaf)| (name_hash(name), leaf.hash()))
    }

    fn served_bytes(&self) -> usize {
        self.0.iter().map(|(name, leaf)| FIELD_BYTES + name.len() + leaf.served_bytes()).sum()
    }

    fn text(&mut self, name: &'static str, text: &'a str) {
        self.0.push((name, Leaf::Text(text)));
    }

    fn optional_text(&mut self, name: &'static str, text: Option<&'a str>) {
        self.0.extend(text.map(|text| (name, Leaf::Text(text))));
    }

    fn name(&mut self, name: &'static str, text: &'static str) {
        self.0.push((name, Leaf::Name(text)));
    }

    fn nat(&mut self, name: &'static str, number: impl Into<u64>) {
        self.0.push((name, Leaf::Nat(number.into())));
    }

    fn blob(&mut self, name: &'static str, bytes: &'a [u8]) {
        self.0.push((name, Leaf::Blob(bytes)));
    }

    fn optional_blob(&mut self, name: &'static str, bytes: Option<&'a [u8]>) {
        self.0.extend(bytes.map(|bytes| (name, Leaf::Blob(bytes))));
    }

    fn kind(&mut self, kind: &'a Kind) {
        match kind {
            Kind::Configured { visibility, restart_overdue_after_seconds, .. }
            | Kind::SettingsUpdated { visibility, restart_overdue_after_seconds } => {
                self.optional_text("visibility", visibility.map(visibility_name));
                if let Some(seconds) = restart_overdue_after_seconds {
                    self.nat("restart_overdue_after_seconds", *seconds);
                }
            }
            Kind::RoleGranted(assignment) | Kind::RoleRevoked(assignment) => self.role(assignment),
            Kind::JournalCreated { plan_id, targets, operations, rules } => {
                self.text("plan_id", plan_id.as_str());
                self.nat("targets", *targets);
                self.nat("operations", *operations);
                self.rules(*rules);
            }
            Kind::DraftSealed { plan_id, targets, operations } => {
                self.text("plan_id", plan_id.as_str());
                self.nat("targets", *targets);
                self.nat("operations", *operations);
            }
            Kind::PreflightAccepted { preflight_id } => {
                self.text("preflight_id", preflight_id.as_str());
            }
            Kind::PreflightReceiptsAccepted { preflight_id, window } => {
                self.preflight(preflight_id, window);
            }
            Kind::OperationClaimed { sequence, attempt } => {
                self.nat("sequence", sequence.0);
                self.nat("attempt", attempt.0);
            }
            Kind::ReceiptRecorded { .. } => self.receipt(kind),
            Kind::OperationRetried { sequence } => self.nat("sequence", sequence.0),
            Kind::DraftBegun { plan_id, rules } => {
                self.text("plan_id", plan_id.as_str());
                self.rules(*rules);
            }
            Kind::DraftDiscarded { plan_id } => self.text("plan_id", plan_id.as_str()),
            Kind::DraftTargetsAppended { start, count } => {
                self.nat("start", *start);
                self.nat("count", *count);
            }
            Kind::PreflightReceiptsAppended { preflight_id, window, start, count } => {
                self.preflight(preflight_id, window);
                self.nat("start", *start);
                self.nat("count", *count);
            }
            Kind::StartSettled { canister_id, reason } => {
                self.blob("canister_id", canister_id.as_slice());
                self.text("reason", reason);
            }
        }
    }

    /// The first version of the rules is left out, as it was when there was no other.
    fn rules(&mut self, rules: Rules) {
        if rules != Rules::V1 {
            self.nat("rules", rules.number());
        }
    }

    fn preflight(&mut self, preflight_id: &'a PreflightId, window: &ValidityWindow) {
        self.text("preflight_id", preflight_id.as_str());
        self.nat("validated_at", window.validated_at.0);
        self.nat("expires_at", window.expires_at.0);
    }

    fn role(&mut self, RoleAssignment { principal, role }: &'a RoleAssignment) {
        self.blob("principal", principal.as_slice());
        self.name("role", role_name(*role));
    }

    fn receipt(&mut self, kind: &'a Kind) {
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
            performed_at,
        } = kind
        else {
            return;
        };
        self.nat("sequence", sequence.0);
        self.nat("attempt", attempt.0);
        self.name("outcome", outcome_name(*outcome));
        self.nat("receipt_index", receipt_index.0);
        let preflight_id = preflight_id.as_ref().map(PreflightId::as_str);
        self.optional_text("preflight_id", preflight_id);
        self.optional_text("snapshot_id", snapshot_id.as_deref());
        self.optional_text("artifact_path", artifact_path.as_deref());
        self.optional_text("checksum", checksum.as_deref());
        self.optional_text("failure_reason", failure_reason.as_deref());
        if let Some(performed_at) = performed_at {
            self.nat("performed_at", performed_at.0);
        }
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
