//! The notes of the executor. They say how far it has come with what the log tells of, so they are not in the log.

use crate::storage::{DeletionKey, RunNumber, Storage};
use backup_journal::{
    FleetName, Sequence, Timestamp,
    execution::{CallNote, Execution, ExecutionPhase, LateStop, RestartDeadline, TargetNote},
    fleet::{DiscoveryReport, SlotsUsed},
    retention::Deletion,
    schedule::ScheduleState,
};
use candid::Principal;

/// Stores how far an execution has come. When it is over, its notes are removed.
pub fn execution(storage: &mut Storage, run: RunNumber, execution: Execution) {
    if execution.phase == ExecutionPhase::Over {
        storage.remove_notes(run);
    }
    storage.save_execution(run, execution);
}

/// Stores what is known about a target.
pub fn target(storage: &mut Storage, run: RunNumber, target: Principal, note: TargetNote) {
    storage.save_target_note(run, target, note);
}

/// Stores what is known about the calls of an operation.
pub fn call(storage: &mut Storage, run: RunNumber, sequence: Sequence, note: CallNote) {
    storage.save_call_note(run, sequence, note);
}

/// Stores that a stop of a target may still take effect, or that it cannot any more.
pub fn late_stop(storage: &mut Storage, run: RunNumber, target: Principal, late: Option<LateStop>) {
    storage.set_late_stop(run, target, late);
}

/// Stores how far the schedule of a fleet has come.
pub fn schedule(storage: &mut Storage, fleet: &FleetName, state: ScheduleState) {
    storage.save_schedule_state(fleet, state);
}

/// Stores how many snapshots a member of a fleet has, if in this run none has more.
pub fn slots(storage: &mut Storage, fleet: &FleetName, run: RunNumber, used: SlotsUsed) {
    storage.keep_slots(fleet, run, used);
}

/// Stores that a snapshot is to be deleted.
pub fn delete_snapshot(storage: &mut Storage, key: DeletionKey, deletion: Deletion) {
    storage.add_deletion(key, deletion);
}

/// Stores that a deletion went wrong, and when it is tried next.
pub fn postpone_deletion(storage: &mut Storage, key: DeletionKey, at: Timestamp, next: Deletion) {
    storage.postpone_deletion(key, at, next);
}

/// Forgets a deletion; answers with how many of its run are left.
pub fn forget_deletion(storage: &mut Storage, key: DeletionKey) -> u32 {
    storage.remove_deletion(key)
}

/// Forgets a run that has no snapshots on the network any more.
pub fn forget_snapshot_set(storage: &mut Storage, run: RunNumber) {
    storage.remove_snapshot_set(run);
}

/// Stores what the discovery of a fleet has told.
pub fn discovery(storage: &mut Storage, fleet: &FleetName, report: DiscoveryReport) {
    storage.save_discovery(fleet, report);
}

/// Forgets the calls of an operation that is over.
pub fn forget_call(storage: &mut Storage, run: RunNumber, sequence: Sequence) {
    storage.remove_call_note(run, sequence);
}

/// Stores that the coordinator has acted on a restart deadline; forgets one that was kept.
pub fn deadline(storage: &mut Storage, run: RunNumber, deadline: Option<RestartDeadline>) {
    match deadline {
        Some(deadline) => storage.save_deadline(run, deadline),
        None => storage.remove_deadline(run),
    }
}
