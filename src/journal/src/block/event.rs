//! The kinds of changes that the audit trail has: the one table of events and of the types of their blocks.

use super::{
    ClaimedOperation, Value,
    field::Field,
    fields::Fields,
    reader::{BlockError, Reader},
    table::block_types,
};
use crate::{
    Attempt, FleetName, PlanId, PreflightId, ReceiptIndex, Rules, Sequence, Timestamp,
    access::{RoleAssignment, Visibility},
    fleet::FleetPolicy,
    preflight::ValidityWindow,
    receipt_outcome::ReceiptOutcome,
    schedule::Schedule,
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

block_types! {
/// The kind of a change. A released number is never reused.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum AuditEventKind {
    /// The canister was installed or upgraded with arguments that changed something.
    #[block(0, "backup_configured", "the canister was installed or upgraded with arguments")]
    Configured {
        /// Roles that were granted.
        #[n(0)] roles: Vec<RoleAssignment>,
        /// The new visibility, if it was given.
        #[n(1)] visibility: Option<Visibility>,
        /// The seconds after which an owed start is overdue, if they were given.
        #[n(2)] restart_overdue_after_seconds: Option<u64>,
    },
    /// A role was granted.
    #[block(1, "backup_role_granted", "a role was granted")]
    RoleGranted(#[n(0)] assignment: RoleAssignment),
    /// A role was revoked.
    #[block(2, "backup_role_revoked", "a role was revoked")]
    RoleRevoked(#[n(0)] assignment: RoleAssignment),
    /// A run was created from a plan.
    #[block(3, "backup_journal_created", "a run was created from a plan")]
    JournalCreated {
        /// The plan.
        #[n(0)] plan_id: PlanId,
        /// How many targets it has.
        #[n(1)] targets: u32,
        /// How many operations.
        #[n(2)] operations: u32,
        /// The rules that the run is judged by.
        #[cbor(n(3), default)] rules: Rules,
    },
    /// A preflight was accepted by its id, without receipts.
    #[block(4, "backup_preflight_accepted", "a preflight was accepted by its id, without receipts")]
    PreflightAccepted {
        /// The preflight.
        #[n(0)] preflight_id: PreflightId,
    },
    /// A preflight was accepted with its receipts.
    #[block(5, "backup_preflight_receipts_accepted", "a preflight was accepted with its receipts")]
    PreflightReceiptsAccepted {
        /// The preflight.
        #[n(0)] preflight_id: PreflightId,
        /// When it is valid.
        #[n(1)] window: ValidityWindow,
    },
    /// An operation was claimed.
    #[block(6, "backup_operation_claimed", "an operation was claimed")]
    OperationClaimed {
        /// The operation.
        #[n(0)] sequence: Sequence,
        /// The attempt that began.
        #[n(1)] attempt: Attempt,
    },
    /// A receipt was recorded.
    #[block(7, "backup_receipt_recorded", "a receipt was recorded")]
    ReceiptRecorded {
        /// The operation.
        #[n(0)] sequence: Sequence,
        /// The attempt that ended.
        #[n(1)] attempt: Attempt,
        /// How it ended.
        #[n(2)] outcome: ReceiptOutcome,
        /// The position of the receipt in the run.
        #[n(3)] receipt_index: ReceiptIndex,
        /// The preflight that the receipt names.
        #[n(4)] preflight_id: Option<PreflightId>,
        /// The snapshot that the receipt names.
        #[n(5)] snapshot_id: Option<String>,
        /// The path of the download.
        #[n(6)] artifact_path: Option<String>,
        /// The checksum of the download.
        #[n(7)] checksum: Option<String>,
        /// Why the attempt failed.
        #[n(8)] failure_reason: Option<String>,
        /// When the driver performed the operation, according to the receipt.
        #[n(9)] performed_at: Option<Timestamp>,
    },
    /// A failed operation became Ready again.
    #[block(8, "backup_operation_retried", "a failed operation became Ready again")]
    OperationRetried {
        /// The operation.
        #[n(0)] sequence: Sequence,
    },
    /// A draft was begun.
    #[block(9, "backup_draft_begun", "a draft was begun")]
    DraftBegun {
        /// The plan.
        #[n(0)] plan_id: PlanId,
        /// The rules that its run will be judged by.
        #[cbor(n(1), default)] rules: Rules,
    },
    /// A batch of targets was added to a draft.
    #[block(10, "backup_draft_targets_appended", "a batch of targets was added to a draft")]
    DraftTargetsAppended {
        /// The position of the first target of the batch.
        #[n(0)] start: u32,
        /// How many targets the batch has.
        #[n(1)] count: u32,
    },
    /// A draft was sealed and became a run.
    #[block(11, "backup_draft_sealed", "a draft was sealed and became a run")]
    DraftSealed {
        /// The plan.
        #[n(0)] plan_id: PlanId,
        /// How many targets it has.
        #[n(1)] targets: u32,
        /// How many operations.
        #[n(2)] operations: u32,
    },
    /// A draft was discarded.
    #[block(12, "backup_draft_discarded", "a draft was discarded")]
    DraftDiscarded {
        /// The plan.
        #[n(0)] plan_id: PlanId,
    },
    /// A batch of preflight receipts was added; the last batch accepts the preflight.
    #[block(13, "backup_preflight_receipts_appended", "a batch of preflight receipts was added; the last batch accepts the preflight")]
    PreflightReceiptsAppended {
        /// The preflight.
        #[n(0)] preflight_id: PreflightId,
        /// When it is valid.
        #[n(1)] window: ValidityWindow,
        /// The position of the first target of the batch.
        #[n(2)] start: u32,
        /// How many targets the batch has.
        #[n(3)] count: u32,
    },
    /// An administrator removed a canister from the starts that the run owes.
    #[block(14, "backup_start_settled", "an administrator removed a canister from the starts that the run owes")]
    StartSettled {
        /// The canister.
        #[cbor(n(0), with = "crate::cbor::principal")] canister_id: Principal,
        /// The reason that the administrator gave.
        #[n(1)] reason: String,
    },
    /// An administrator changed settings.
    #[block(15, "backup_settings_updated", "an administrator changed settings")]
    SettingsUpdated {
        /// The new visibility, if it was given.
        #[n(0)] visibility: Option<Visibility>,
        /// The seconds after which an owed start is overdue, if they were given.
        #[n(1)] restart_overdue_after_seconds: Option<u64>,
    },
    /// Operations of a wave were claimed together.
    #[block(16, "backup_operations_claimed", "operations of a wave were claimed together")]
    OperationsClaimed {
        /// The operations.
        #[n(0)] operations: Vec<ClaimedOperation>,
    },
    /// A run was aborted.
    #[block(17, "backup_run_aborted", "a run was aborted")]
    RunAborted {
        /// Why.
        #[n(0)] reason: String,
    },
    /// A fleet was registered.
    #[block(18, "backup_fleet_registered", "a fleet was registered")]
    FleetRegistered {
        /// Its name.
        #[n(0)] fleet: FleetName,
        /// Its root.
        #[cbor(n(1), with = "crate::cbor::principal")] root_canister_id: Principal,
        /// How many members were sent.
        #[n(2)] count: u32,
    },
    /// A batch of members was added to a fleet; the last batch completes it.
    #[block(19, "backup_fleet_members_appended", "a batch of members was added to a fleet; the last batch completes it")]
    FleetMembersAppended {
        /// The fleet.
        #[n(0)] fleet: FleetName,
        /// How many members it had before.
        #[n(1)] start: u32,
        /// How many members the batch has.
        #[n(2)] count: u32,
    },
    /// The policy or members of a fleet were changed.
    #[block(20, "backup_fleet_updated", "the policy or members of a fleet were changed")]
    FleetUpdated {
        /// The fleet.
        #[n(0)] fleet: FleetName,
        /// How many members it has now.
        #[n(1)] members: u32,
    },
    /// A fleet was removed.
    #[block(21, "backup_fleet_removed", "a fleet was removed")]
    FleetRemoved {
        /// The fleet.
        #[n(0)] fleet: FleetName,
    },
    /// The coordinator began to execute a run by itself.
    #[block(22, "backup_execution_started", "the coordinator began to execute a run by itself")]
    ExecutionStarted {
        /// The registered fleet.
        #[n(0)] fleet: FleetName,
        /// How the run is executed.
        #[n(1)] policy: FleetPolicy,
    },
    /// An execution was paused.
    #[block(23, "backup_execution_paused", "an execution was paused")]
    ExecutionPaused {
        /// Why.
        #[n(0)] reason: String,
    },
    /// A paused execution goes on.
    #[block(24, "backup_execution_resumed", "a paused execution goes on")]
    ExecutionResumed,
    /// A run was given a restart deadline, or another one.
    #[block(25, "backup_restart_deadline_set", "a run was given a restart deadline, or another one")]
    RestartDeadlineSet {
        /// The seconds after the first claim of a stop.
        #[n(0)] seconds: u64,
    },
    /// A restore was rolled back.
    #[block(26, "backup_run_rolled_back", "a restore was rolled back")]
    RunRolledBack {
        /// Why.
        #[n(0)] reason: String,
    },
    /// A drill of a backup was reported.
    #[block(27, "backup_drill_recorded", "a drill of a backup was reported")]
    DrillRecorded {
        /// Of how many targets it was proven that they can be restored.
        #[n(0)] proven_targets: u32,
        /// What was done, or what went wrong.
        #[n(1)] note: Option<String>,
    },
    /// A fleet was given a schedule, or another one.
    #[block(28, "backup_schedule_set", "a fleet was given a schedule, or another one")]
    ScheduleSet {
        /// The fleet.
        #[n(0)] fleet: FleetName,
        /// The schedule.
        #[n(1)] schedule: Schedule,
    },
    /// The schedule of a fleet was removed.
    #[block(29, "backup_schedule_removed", "the schedule of a fleet was removed")]
    ScheduleRemoved {
        /// The fleet.
        #[n(0)] fleet: FleetName,
    },
    /// At a time of its schedule no backup of a fleet was begun.
    #[block(30, "backup_schedule_skipped", "at a time of its schedule no backup of a fleet was begun")]
    ScheduledBackupSkipped {
        /// The fleet.
        #[n(0)] fleet: FleetName,
        /// The time of the schedule.
        #[n(1)] planned_at: Timestamp,
        /// Why.
        #[n(2)] reason: String,
    },
    /// It was recorded that a snapshot of the run is not on the network any more.
    #[block(31, "backup_snapshot_deleted", "a snapshot of the run is not on the network any more")]
    SnapshotDeleted {
        /// Its canister.
        #[cbor(n(0), with = "crate::cbor::principal")] canister_id: Principal,
        /// The snapshot, in hexadecimal.
        #[n(1)] snapshot_id: String,
        /// Why it was deleted, or that somebody else has deleted it.
        #[n(2)] reason: String,
    },
    /// An administrator had the snapshots of a fleet deleted.
    #[block(32, "backup_snapshots_dropped", "an administrator had the snapshots of a fleet deleted")]
    SnapshotsDropped {
        /// The fleet.
        #[n(0)] fleet: FleetName,
        /// Whether also those without a verified download.
        #[n(1)] force: bool,
    },
}
}

/// The `btype` of the block that records `kind`.
pub const fn block_type(kind: &AuditEventKind) -> &'static str {
    BLOCK_TYPES[block_type_number(kind)].0
}

/// What an event says, as the fields of its block: names and values, in their order. What stands in the payload is not
/// among them.
pub fn event_fields(kind: &AuditEventKind) -> Vec<(String, Value)> {
    let mut fields = Fields::default();
    write_kind(&mut fields, kind);
    fields.values()
}

/// Every text that an event says, with the name of its field. What stands in the payload is not among them.
pub fn event_texts(kind: &AuditEventKind) -> Vec<(&'static str, &str)> {
    let mut fields = Fields::default();
    write_kind(&mut fields, kind);
    fields.texts().collect()
}
