//! The kinds of changes that the audit trail has.

use super::ClaimedOperation;
use crate::{
    Attempt, FleetName, PlanId, PreflightId, ReceiptIndex, Rules, Sequence, Timestamp,
    access::{RoleAssignment, Visibility},
    fleet::FleetPolicy,
    journal::ReceiptOutcome,
    preflight::ValidityWindow,
    schedule::Schedule,
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The kind of a change. A released number is never reused.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum AuditEventKind {
    /// The canister was installed or upgraded with arguments that changed something.
    #[n(0)]
    Configured {
        /// Roles that were granted.
        #[n(0)]
        roles: Vec<RoleAssignment>,
        /// The new visibility, if it was given.
        #[n(1)]
        visibility: Option<Visibility>,
        /// The seconds after which an owed start is overdue, if they were given.
        #[n(2)]
        restart_overdue_after_seconds: Option<u64>,
    },
    /// A role was granted.
    #[n(1)]
    RoleGranted(#[n(0)] RoleAssignment),
    /// A role was revoked.
    #[n(2)]
    RoleRevoked(#[n(0)] RoleAssignment),
    /// A run was created from a plan.
    #[n(3)]
    JournalCreated {
        /// The plan.
        #[n(0)]
        plan_id: PlanId,
        /// How many targets it has.
        #[n(1)]
        targets: u32,
        /// How many operations.
        #[n(2)]
        operations: u32,
        /// The rules that the run is judged by.
        #[cbor(n(3), default)]
        rules: Rules,
    },
    /// A preflight was accepted by its id, without receipts.
    #[n(4)]
    PreflightAccepted {
        /// The preflight.
        #[n(0)]
        preflight_id: PreflightId,
    },
    /// A preflight was accepted with its receipts.
    #[n(5)]
    PreflightReceiptsAccepted {
        /// The preflight.
        #[n(0)]
        preflight_id: PreflightId,
        /// When it is valid.
        #[n(1)]
        window: ValidityWindow,
    },
    /// An operation was claimed.
    #[n(6)]
    OperationClaimed {
        /// The operation.
        #[n(0)]
        sequence: Sequence,
        /// The attempt that began.
        #[n(1)]
        attempt: Attempt,
    },
    /// A receipt was recorded.
    #[n(7)]
    ReceiptRecorded {
        /// The operation.
        #[n(0)]
        sequence: Sequence,
        /// The attempt that ended.
        #[n(1)]
        attempt: Attempt,
        /// How it ended.
        #[n(2)]
        outcome: ReceiptOutcome,
        /// The position of the receipt in the run.
        #[n(3)]
        receipt_index: ReceiptIndex,
        /// The preflight that the receipt names.
        #[n(4)]
        preflight_id: Option<PreflightId>,
        /// The snapshot that the receipt names.
        #[n(5)]
        snapshot_id: Option<String>,
        /// The path of the download.
        #[n(6)]
        artifact_path: Option<String>,
        /// The checksum of the download.
        #[n(7)]
        checksum: Option<String>,
        /// Why the attempt failed.
        #[n(8)]
        failure_reason: Option<String>,
        /// When the driver performed the operation, according to the receipt.
        #[n(9)]
        performed_at: Option<Timestamp>,
    },
    /// A failed operation became Ready again.
    #[n(8)]
    OperationRetried {
        /// The operation.
        #[n(0)]
        sequence: Sequence,
    },
    /// A draft was begun.
    #[n(9)]
    DraftBegun {
        /// The plan.
        #[n(0)]
        plan_id: PlanId,
        /// The rules that its run will be judged by.
        #[cbor(n(1), default)]
        rules: Rules,
    },
    /// A batch of targets was added to a draft.
    #[n(10)]
    DraftTargetsAppended {
        /// The position of the first target of the batch.
        #[n(0)]
        start: u32,
        /// How many targets the batch has.
        #[n(1)]
        count: u32,
    },
    /// A draft was sealed and became a run.
    #[n(11)]
    DraftSealed {
        /// The plan.
        #[n(0)]
        plan_id: PlanId,
        /// How many targets it has.
        #[n(1)]
        targets: u32,
        /// How many operations.
        #[n(2)]
        operations: u32,
    },
    /// A draft was discarded.
    #[n(12)]
    DraftDiscarded {
        /// The plan.
        #[n(0)]
        plan_id: PlanId,
    },
    /// A batch of preflight receipts was added; the last batch accepts the preflight.
    #[n(13)]
    PreflightReceiptsAppended {
        /// The preflight.
        #[n(0)]
        preflight_id: PreflightId,
        /// When it is valid.
        #[n(1)]
        window: ValidityWindow,
        /// The position of the first target of the batch.
        #[n(2)]
        start: u32,
        /// How many targets the batch has.
        #[n(3)]
        count: u32,
    },
    /// An administrator removed a canister from the starts that the run owes.
    #[n(14)]
    StartSettled {
        /// The canister.
        #[cbor(n(0), with = "crate::cbor::principal")]
        canister_id: Principal,
        /// The reason that the administrator gave.
        #[n(1)]
        reason: String,
    },
    /// An administrator changed settings.
    #[n(15)]
    SettingsUpdated {
        /// The new visibility, if it was given.
        #[n(0)]
        visibility: Option<Visibility>,
        /// The seconds after which an owed start is overdue, if they were given.
        #[n(1)]
        restart_overdue_after_seconds: Option<u64>,
    },
    /// Operations of a wave were claimed together.
    #[n(16)]
    OperationsClaimed {
        /// The operations.
        #[n(0)]
        operations: Vec<ClaimedOperation>,
    },
    /// A run was aborted.
    #[n(17)]
    RunAborted {
        /// Why.
        #[n(0)]
        reason: String,
    },
    /// A fleet was registered.
    #[n(18)]
    FleetRegistered {
        /// Its name.
        #[n(0)]
        fleet: FleetName,
        /// Its root.
        #[cbor(n(1), with = "crate::cbor::principal")]
        root_canister_id: Principal,
        /// How many members were sent.
        #[n(2)]
        count: u32,
    },
    /// A batch of members was added to a fleet; the last batch completes it.
    #[n(19)]
    FleetMembersAppended {
        /// The fleet.
        #[n(0)]
        fleet: FleetName,
        /// How many members it had before.
        #[n(1)]
        start: u32,
        /// How many members the batch has.
        #[n(2)]
        count: u32,
    },
    /// The policy or members of a fleet were changed.
    #[n(20)]
    FleetUpdated {
        /// The fleet.
        #[n(0)]
        fleet: FleetName,
        /// How many members it has now.
        #[n(1)]
        members: u32,
    },
    /// A fleet was removed.
    #[n(21)]
    FleetRemoved {
        /// The fleet.
        #[n(0)]
        fleet: FleetName,
    },
    /// The coordinator began to execute a run by itself.
    #[n(22)]
    ExecutionStarted {
        /// The registered fleet.
        #[n(0)]
        fleet: FleetName,
        /// How the run is executed.
        #[n(1)]
        policy: FleetPolicy,
    },
    /// An execution was paused.
    #[n(23)]
    ExecutionPaused {
        /// Why.
        #[n(0)]
        reason: String,
    },
    /// A paused execution goes on.
    #[n(24)]
    ExecutionResumed,
    /// A run was given a restart deadline, or another one.
    #[n(25)]
    RestartDeadlineSet {
        /// The seconds after the first claim of a stop.
        #[n(0)]
        seconds: u64,
    },
    /// A restore was rolled back.
    #[n(26)]
    RunRolledBack {
        /// Why.
        #[n(0)]
        reason: String,
    },
    /// A fleet was given a schedule, or another one.
    #[n(28)]
    ScheduleSet {
        /// The fleet.
        #[n(0)]
        fleet: FleetName,
        /// The schedule.
        #[n(1)]
        schedule: Schedule,
    },
    /// The schedule of a fleet was removed.
    #[n(29)]
    ScheduleRemoved {
        /// The fleet.
        #[n(0)]
        fleet: FleetName,
    },
    /// At a time of its schedule no backup of a fleet was begun.
    #[n(30)]
    ScheduledBackupSkipped {
        /// The fleet.
        #[n(0)]
        fleet: FleetName,
        /// The time of the schedule.
        #[n(1)]
        planned_at: Timestamp,
        /// Why.
        #[n(2)]
        reason: String,
    },
    /// A drill of a backup was reported.
    #[n(27)]
    DrillRecorded {
        /// Of how many targets it was proven that they can be restored.
        #[n(0)]
        proven_targets: u32,
        /// What was done, or what went wrong.
        #[n(1)]
        note: Option<String>,
    },
}
