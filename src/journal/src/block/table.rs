//! The one table of block types: number, name, meaning and fields. Writing and reading follow from it.

use super::{
    AuditEventKind as Kind, Value,
    field::Field,
    fields::Fields,
    reader::{BlockError, Reader},
};

/// Defines the block types. The fields are those of the event; [`Field`] decides how a block contains each of them.
macro_rules! block_types {
    ($count:literal: $(
        $number:literal $name:literal, $meaning:literal:
            $variant:ident $(($inner:ident))? $({ $($field:ident),* })?;
    )*) => {
        const TYPES: [(&str, &str); $count] = [$(($name, $meaning)),*];

        const fn number(kind: &Kind) -> usize {
            match kind {
                $(Kind::$variant { .. } => $number,)*
            }
        }

        fn write_fields<'a>(fields: &mut Fields<'a>, kind: &'a Kind) {
            match kind {
                $(Kind::$variant $(($inner))? $({ $($field),* })? => {
                    $($inner.write(stringify!($inner), fields);)?
                    $($($field.write(stringify!($field), fields);)*)?
                })*
            }
        }

        fn read_fields(btype: &str, reader: &Reader<'_>) -> Result<Kind, BlockError> {
            match btype {
                $($name => Ok(Kind::$variant
                    $((Field::read(stringify!($inner), reader)?))?
                    $({ $($field: Field::read(stringify!($field), reader)?),* })?
                ),)*
                _ => Err(BlockError::UnknownType(btype.to_string())),
            }
        }
    };
}

block_types! { 31:
    0 "backup_configured", "the canister was installed or upgraded with arguments":
        Configured { roles, visibility, restart_overdue_after_seconds };
    1 "backup_role_granted", "a role was granted":
        RoleGranted(assignment);
    2 "backup_role_revoked", "a role was revoked":
        RoleRevoked(assignment);
    3 "backup_journal_created", "a run was created from a plan":
        JournalCreated { plan_id, targets, operations, rules };
    4 "backup_preflight_accepted", "a preflight was accepted by its id, without receipts":
        PreflightAccepted { preflight_id };
    5 "backup_preflight_receipts_accepted", "a preflight was accepted with its receipts":
        PreflightReceiptsAccepted { preflight_id, window };
    6 "backup_operation_claimed", "an operation was claimed":
        OperationClaimed { sequence, attempt };
    7 "backup_receipt_recorded", "a receipt was recorded":
        ReceiptRecorded {
            sequence, attempt, outcome, receipt_index, preflight_id, snapshot_id, artifact_path, checksum,
            failure_reason, performed_at
        };
    8 "backup_operation_retried", "a failed operation became Ready again":
        OperationRetried { sequence };
    9 "backup_draft_begun", "a draft was begun":
        DraftBegun { plan_id, rules };
    10 "backup_draft_targets_appended", "a batch of targets was added to a draft":
        DraftTargetsAppended { start, count };
    11 "backup_draft_sealed", "a draft was sealed and became a run":
        DraftSealed { plan_id, targets, operations };
    12 "backup_draft_discarded", "a draft was discarded":
        DraftDiscarded { plan_id };
    13 "backup_preflight_receipts_appended",
        "a batch of preflight receipts was added; the last batch accepts the preflight":
        PreflightReceiptsAppended { preflight_id, window, start, count };
    14 "backup_start_settled", "an administrator removed a canister from the starts that the run owes":
        StartSettled { canister_id, reason };
    15 "backup_settings_updated", "an administrator changed settings":
        SettingsUpdated { visibility, restart_overdue_after_seconds };
    16 "backup_operations_claimed", "operations of a wave were claimed together":
        OperationsClaimed { operations };
    17 "backup_run_aborted", "a run was aborted":
        RunAborted { reason };
    18 "backup_fleet_registered", "a fleet was registered":
        FleetRegistered { fleet, root_canister_id, count };
    19 "backup_fleet_members_appended",
        "a batch of members was added to a fleet; the last batch completes it":
        FleetMembersAppended { fleet, start, count };
    20 "backup_fleet_updated", "the policy or members of a fleet were changed":
        FleetUpdated { fleet, members };
    21 "backup_fleet_removed", "a fleet was removed":
        FleetRemoved { fleet };
    22 "backup_execution_started", "the coordinator began to execute a run by itself":
        ExecutionStarted { fleet, policy };
    23 "backup_execution_paused", "an execution was paused":
        ExecutionPaused { reason };
    24 "backup_execution_resumed", "a paused execution goes on":
        ExecutionResumed;
    25 "backup_restart_deadline_set", "a run was given a restart deadline, or another one":
        RestartDeadlineSet { seconds };
    26 "backup_run_rolled_back", "a restore was rolled back":
        RunRolledBack { reason };
    27 "backup_drill_recorded", "a drill of a backup was reported":
        DrillRecorded { proven_targets, note };
    28 "backup_schedule_set", "a fleet was given a schedule, or another one":
        ScheduleSet { fleet, schedule };
    29 "backup_schedule_removed", "the schedule of a fleet was removed":
        ScheduleRemoved { fleet };
    30 "backup_schedule_skipped", "at a time of its schedule no backup of a fleet was begun":
        ScheduledBackupSkipped { fleet, planned_at, reason };
}

/// Every block type with its meaning, in the order of their numbers.
pub const BLOCK_TYPES: [(&str, &str); 31] = TYPES;

/// The position of the type of the block that records `kind` in [`BLOCK_TYPES`].
pub const fn block_type_number(kind: &Kind) -> usize {
    number(kind)
}

/// The `btype` of the block that records `kind`.
pub const fn block_type(kind: &Kind) -> &'static str {
    BLOCK_TYPES[block_type_number(kind)].0
}

/// Writes the fields of an event.
pub(super) fn write_kind<'a>(fields: &mut Fields<'a>, kind: &'a Kind) {
    write_fields(fields, kind);
}

/// What an event says, as the fields of its block: names and values, in their order. What stands in the payload is not
/// among them.
pub fn event_fields(kind: &Kind) -> Vec<(String, Value)> {
    let mut fields = Fields::default();
    write_fields(&mut fields, kind);
    fields.values()
}

/// Reads the fields of an event.
pub(super) fn read_kind(btype: &str, reader: &Reader<'_>) -> Result<Kind, BlockError> {
    read_fields(btype, reader)
}
