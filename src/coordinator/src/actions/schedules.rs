//! Schedules of fleets.

use super::fleets::save;
use crate::{
    call::Call,
    gate::FleetWrite,
    storage::{self, FleetRecord, Storage},
    types::Answer,
};
use backup_journal::{
    FleetName, Timestamp,
    api::AuditEventKind,
    fleet::{FleetChange, FleetError, set_schedule},
    limits::{MAX_PAGE, check_count},
    schedule::{Schedule, ScheduleError, ScheduleStatus, next_runs as times},
};

/// Gives a fleet a schedule, or another one. Where it has this one already, nothing is recorded.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`], or a rule of fleets and schedules.
pub fn set(name: &FleetName, schedule: Schedule, call: &Call) -> Answer<ScheduleStatus> {
    storage::write(|storage| {
        change(storage, name, Some(schedule), call)?;
        status(storage, name)
    })
}

/// Takes the schedule of a fleet away.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`], or that the fleet has none.
pub fn remove(name: &FleetName, call: &Call) -> Answer<()> {
    storage::write(|storage| change(storage, name, None, call))
}

/// Pauses the schedule of a fleet, or continues it with its next time.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`], or that the fleet has none.
pub fn pause(name: &FleetName, paused: bool, call: &Call) -> Answer<ScheduleStatus> {
    storage::write(|storage| {
        let schedule = Schedule { paused, ..status(storage, name)?.schedule };
        change(storage, name, Some(schedule), call)?;
        status(storage, name)
    })
}

/// The next times of the schedule of a fleet, paused or not.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`], that the fleet has none, or a limit.
pub fn next_runs(name: &FleetName, count: u32, now: Timestamp) -> Answer<Vec<Timestamp>> {
    check_count("count", count as usize, MAX_PAGE as usize)?;
    let schedule = storage::read(|storage| status(storage, name))?.schedule;
    Ok(times(&schedule, now, count))
}

fn status(storage: &Storage, name: &FleetName) -> Answer<ScheduleStatus> {
    storage.fleet(name)?;
    let status = storage.schedule_status(name);
    status.ok_or_else(|| FleetError::from(ScheduleError::NotScheduled).into())
}

fn change(
    storage: &mut Storage,
    name: &FleetName,
    schedule: Option<Schedule>,
    call: &Call,
) -> Answer<()> {
    let FleetRecord { number, fleet } = storage.fleet(name)?;
    let kind = match &schedule {
        Some(schedule) => {
            AuditEventKind::ScheduleSet { fleet: name.clone(), schedule: schedule.clone() }
        }
        None => AuditEventKind::ScheduleRemoved { fleet: name.clone() },
    };
    let Some(FleetChange { fleet, members }) = set_schedule(&fleet, schedule, call.now)? else {
        return Ok(());
    };
    let write = FleetWrite { number: Some(number), fleet, members, kind, payload: None };
    save(storage, call, write).map(drop)
}
