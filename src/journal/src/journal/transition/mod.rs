//! The state machine: every way in which a journal can move.
//!
//! The rules and the order in which they are checked are those of the execution journal of
//! `canic-backup`; where this one departs, the function says so.

mod abort;
mod arriving;
mod claim;
mod deletion;
mod downtimes;
mod drill;
mod effects;
mod preflight;
mod receipt;
mod roll_back;
mod row;
mod settle;
mod step;
mod wave;

pub use abort::abort_run;
pub use arriving::append_preflight_receipts;
pub use claim::{
    claim_operations, mark_next_operation_pending, mark_operation_pending, retry_failed_operation,
};
pub use deletion::record_deletion;
pub use drill::record_drill;
pub use preflight::{accept_preflight_bundle, accept_preflight_receipts};
pub use receipt::record_operation_receipt;
pub use roll_back::roll_back_run;
pub use settle::settle_start;

use super::{Change, JournalError, JournalView};
use crate::{Timestamp, block::AuditEventKind as Event};
use candid::Principal;

/// Makes the change that `event` says in full: its fields are all that its transition takes.
///
/// The coordinator performs such an event before it records it, and a replay performs it again.
///
/// # Errors
/// As the transition.
///
/// # Panics
/// When there is no such transition. What a claim or a receipt records is not what it takes, the receipts of a preflight
/// stand in the payload, and the other events do not move a journal.
pub fn perform(
    view: &impl JournalView,
    event: &Event,
    caller: Principal,
    now: Timestamp,
) -> Result<Change, JournalError> {
    match event {
        Event::PreflightAccepted { preflight_id } => {
            accept_preflight_bundle(view, preflight_id, now)
        }
        Event::OperationRetried { sequence } => retry_failed_operation(view, *sequence, now),
        Event::RunAborted { reason } => abort_run(view, reason, now),
        Event::RunRolledBack { reason } => roll_back_run(view, reason, now),
        Event::StartSettled { canister_id, reason } => {
            settle_start(view, *canister_id, reason, now)
        }
        Event::SnapshotDeleted { canister_id, snapshot_id, reason } => {
            record_deletion(view, *canister_id, snapshot_id, reason, now)
        }
        Event::DrillRecorded { proven_targets, note } => {
            record_drill(view, *proven_targets, note.as_deref(), caller, now)
        }
        Event::PreflightReceiptsAccepted { .. }
        | Event::PreflightReceiptsAppended { .. }
        | Event::OperationClaimed { .. }
        | Event::OperationsClaimed { .. }
        | Event::ReceiptRecorded { .. }
        | Event::JournalCreated { .. }
        | Event::DraftBegun { .. }
        | Event::DraftTargetsAppended { .. }
        | Event::DraftSealed { .. }
        | Event::DraftDiscarded { .. }
        | Event::ExecutionStarted { .. }
        | Event::ExecutionPaused { .. }
        | Event::ExecutionResumed
        | Event::RestartDeadlineSet { .. }
        | Event::FleetRegistered { .. }
        | Event::FleetMembersAppended { .. }
        | Event::FleetUpdated { .. }
        | Event::FleetRemoved { .. }
        | Event::ScheduleSet { .. }
        | Event::ScheduleRemoved { .. }
        | Event::ScheduledBackupSkipped { .. }
        | Event::SnapshotsDropped { .. }
        | Event::Configured { .. }
        | Event::SettingsUpdated { .. }
        | Event::RoleGranted(_)
        | Event::RoleRevoked(_) => {
            unreachable!("BUG: {event:?} does not say a transition in full")
        }
    }
}
