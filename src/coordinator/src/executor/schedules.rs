//! Begins the backups of schedules.

use super::{requests, retention};
use crate::{
    call::Call,
    gate::{Write, log, notes, record},
    storage::{self, Storage},
};
use backup_journal::{
    FleetName, Timestamp,
    api::{AuditEventKind, CoordinatorError},
    execution::BackupRequest,
    schedule::{Due, LastTurn, Schedule, ScheduleState, TurnOutcome, due},
};
use ic_cdk::api::canister_self;

/// Does what is to be done at a time of the schedule of a fleet, unless it was done meanwhile.
pub fn take_turn(fleet: &FleetName) {
    let call = Call::of_coordinator();
    let stored = storage::read(|storage| {
        let schedule = storage.fleet(fleet).ok()?.fleet.schedule?;
        Some((schedule, storage.schedule_state(fleet)?))
    });
    let Some((schedule, state)) = stored else { return };
    match due(&schedule, &state, call.now) {
        Due::NotYet => {}
        Due::Missed { planned_at } => {
            let reason = "the coordinator was not running, and the window of this time is over";
            skip(fleet, &schedule, planned_at, reason.to_string(), &call);
        }
        Due::Begin { planned_at } => begin(fleet, &schedule, planned_at, &call),
    }
}

fn begin(fleet: &FleetName, schedule: &Schedule, planned_at: Timestamp, call: &Call) {
    retention::apply(fleet, call);
    let request = BackupRequest::default();
    match requests::start_backup(fleet, &request, canister_self(), call) {
        Ok(status) => {
            let run_id = status.run_id;
            log::executed(format_args!("fleet {fleet}: the schedule has begun run {run_id}"));
            let outcome = TurnOutcome::Started { run_id };
            storage::write(|storage| end_turn(storage, fleet, schedule, planned_at, outcome, call));
        }
        Err(error) => skip(fleet, schedule, planned_at, error.to_string(), call),
    }
}

/// Records that no backup was begun, and why.
fn skip(
    fleet: &FleetName,
    schedule: &Schedule,
    planned_at: Timestamp,
    reason: String,
    call: &Call,
) {
    log::trouble(format_args!("fleet {fleet}: no scheduled backup is begun: {reason}"));
    let kind = AuditEventKind::ScheduledBackupSkipped {
        fleet: fleet.clone(),
        planned_at,
        reason: reason.clone(),
    };
    storage::write(|storage| {
        let recorded: Result<(), CoordinatorError> = record(storage, call, Write::Noted(kind));
        if let Err(error) = recorded {
            log::trouble(format_args!("fleet {fleet}: this is not recorded: {error}"));
        }
        let outcome = TurnOutcome::Skipped { reason };
        end_turn(storage, fleet, schedule, planned_at, outcome, call);
    });
}

/// Notes what was done, and when the next turn is. A schedule without another time stays as it is, and is never due again.
fn end_turn(
    storage: &mut Storage,
    fleet: &FleetName,
    schedule: &Schedule,
    planned_at: Timestamp,
    outcome: TurnOutcome,
    call: &Call,
) {
    let next_at = schedule.after(call.now).unwrap_or(Timestamp(u64::MAX));
    let last = Some(LastTurn { planned_at, decided_at: call.now, outcome });
    notes::schedule(storage, fleet, ScheduleState { next_at, last });
}
