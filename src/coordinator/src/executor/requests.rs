//! What callers ask of the executor. The answer never waits for a canister of the fleet.

use super::{status::status, timers};
use crate::{
    actions::journals,
    call::Call,
    gate::{ExecutionWrite, Write, notes, record},
    storage::{self, FleetRecord, RunNumber, Storage},
};
use backup_journal::{
    FleetName, RunId,
    api::{AuditEventKind, CoordinatorError},
    execution::{
        BackupRequest, Execution, ExecutionError, ExecutionStatus, Pause, RestartDeadline,
        plan_input,
    },
    fleet::{FleetError, FleetPhase},
    journal::JournalError,
    limits::{MAX_PLAN_TARGETS, MAX_TEXT_BYTES, check_count, check_name},
    plan::{BackupPlan, build_backup_plan},
};
use candid::Principal;
use time::UtcDateTime;

/// The bytes of a fleet's name that a generated run id has at most.
const FLEET_IN_RUN_ID: usize = 100;

/// Plans a backup of a registered fleet, opens its journal, and begins it unless the request says otherwise.
///
/// # Errors
/// [`CoordinatorError::FleetNotFound`], [`CoordinatorError::Fleet`] while the fleet is not complete or for a policy out of
/// range, [`CoordinatorError::Execution`], a limit, a rule of plans, [`CoordinatorError::Duplicate`] or
/// [`CoordinatorError::RunExists`].
pub fn start_backup(
    name: &FleetName,
    request: &BackupRequest,
    coordinator: Principal,
    call: &Call,
) -> Result<ExecutionStatus, CoordinatorError> {
    let run_id = storage::write(|storage| {
        let registered = usable_fleet(storage, name)?;
        if let Some(run_id) = storage.executed_run_of(name) {
            return Err(ExecutionError::FleetBusy { fleet: name.clone(), run_id }.into());
        }
        let policy = request.policy.unwrap_or(registered.fleet.policy);
        policy.check()?;
        let plan = plan(storage, &registered, request, coordinator, call)?;
        let run_id = plan.header.run_id.clone();
        let start = !request.start_later.unwrap_or_default();
        let execution = Execution::new(name.clone(), policy, start, call.caller, call.now);
        journals::create(storage, plan, coordinator, call)?;
        let run = storage.run(&run_id)?;
        if start {
            record(storage, call, started(run, run_id.clone(), execution)?)?;
        } else {
            notes::execution(storage, run, execution);
        }
        Ok::<_, CoordinatorError>(run_id)
    })?;
    timers::arm();
    status(&run_id)
}

/// A fleet that is complete and small enough.
pub(super) fn usable_fleet(
    storage: &Storage,
    name: &FleetName,
) -> Result<FleetRecord, CoordinatorError> {
    let record = storage.fleet(name)?;
    let members = record.fleet.members;
    match record.fleet.phase {
        FleetPhase::Complete => {}
        FleetPhase::Removing => return Err(FleetError::BeingRemoved.into()),
        FleetPhase::Collecting { expected_members } => {
            return Err(FleetError::Incomplete { members, expected_members }.into());
        }
    }
    let maximum = u32::try_from(MAX_PLAN_TARGETS).unwrap_or(u32::MAX);
    if members > maximum {
        return Err(ExecutionError::TooManyMembers { members, maximum }.into());
    }
    Ok(record)
}

/// The plan of a backup of a fleet as it is registered.
pub(super) fn plan(
    storage: &Storage,
    record: &FleetRecord,
    request: &BackupRequest,
    coordinator: Principal,
    call: &Call,
) -> Result<BackupPlan, CoordinatorError> {
    if let Some(run_id) = &request.run_id {
        check_name("run_id", run_id.as_str())?;
    }
    let fleet = &record.fleet;
    let run_id = request.run_id.clone().unwrap_or_else(|| run_id_of(&fleet.fleet, call));
    let members = storage.members_after(record.number, None).collect();
    let selection = request.selection.unwrap_or_default();
    Ok(build_backup_plan(plan_input(fleet, members, selection, run_id, coordinator)?)?)
}

/// The name of the fleet and the time, for instance `demo-20261126-093000`.
fn run_id_of(fleet: &FleetName, call: &Call) -> RunId {
    let name = fleet.as_str();
    let name = &name[..name.floor_char_boundary(FLEET_IN_RUN_ID)];
    let moment = UtcDateTime::from_unix_timestamp_nanos(call.now.0.into())
        .expect("BUG: 64 bits of nanoseconds end in the year 2554");
    let (year, month, day) = moment.to_calendar_date();
    let (hour, minute, second) = moment.time().as_hms();
    let month = u8::from(month);
    format!("{name}-{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}").into()
}

/// Begins a backup that was planned with `start_later`.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], [`CoordinatorError::Execution`], or that the run is aborted.
pub fn start_execution(run_id: &RunId, call: &Call) -> Result<ExecutionStatus, CoordinatorError> {
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        let execution = executed(storage, run_id)?.started(run_id)?;
        if let Some(abort) = storage.header_of(run).abort {
            let backup_journal::journal::RunAbort { reason, aborted_at } = abort.aborted;
            return Err(JournalError::RunAborted { reason, aborted_at }.into());
        }
        let write = started(run, run_id.clone(), execution)?;
        record(storage, call, write)
    })?;
    timers::arm();
    status(run_id)
}

fn started(run: RunNumber, run_id: RunId, execution: Execution) -> Result<Write, CoordinatorError> {
    let policy = execution.policy;
    let deadline = RestartDeadline::new(policy.restart_within_seconds, execution.requested_by)?;
    let kind = AuditEventKind::ExecutionStarted { fleet: execution.fleet.clone(), policy };
    let (execution, deadline) = (Some(execution), Some(deadline));
    Ok(Write::Execution(Box::new(ExecutionWrite { run, run_id, execution, deadline, kind })))
}

/// Pauses an execution: operations that are under way end, and nothing new is begun. The restart deadline stays.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], [`CoordinatorError::Execution`], a limit, or a blank reason.
pub fn pause(
    run_id: &RunId,
    reason: String,
    call: &Call,
) -> Result<ExecutionStatus, CoordinatorError> {
    check_count("reason", reason.len(), MAX_TEXT_BYTES)?;
    let pause = Pause { reason: reason.clone(), since: call.now, by: call.caller };
    storage::write(|storage| {
        let execution = executed(storage, run_id)?.paused(run_id, pause)?;
        save(storage, run_id, execution, AuditEventKind::ExecutionPaused { reason }, call)
    })?;
    status(run_id)
}

/// Goes on with a paused execution.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`] or [`CoordinatorError::Execution`].
pub fn resume(run_id: &RunId, call: &Call) -> Result<ExecutionStatus, CoordinatorError> {
    storage::write(|storage| {
        let execution = executed(storage, run_id)?.resumed(run_id)?;
        save(storage, run_id, execution, AuditEventKind::ExecutionResumed, call)
    })?;
    timers::arm();
    status(run_id)
}

/// Gives a run a restart deadline, or another one. It begins with the first claim of a stop.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or [`CoordinatorError::Execution`] for seconds out of range and for a run that is
/// over.
pub fn set_restart_deadline(
    run_id: &RunId,
    seconds: u64,
    call: &Call,
) -> Result<(), CoordinatorError> {
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        if storage.header_of(run).is_over() {
            return Err(ExecutionError::NothingToStart { run_id: run_id.clone() }.into());
        }
        let deadline = RestartDeadline::new(seconds, call.caller)?;
        let kind = AuditEventKind::RestartDeadlineSet { seconds };
        let (execution, run_id, deadline) = (None, run_id.clone(), Some(deadline));
        let write = ExecutionWrite { run, run_id, execution, deadline, kind };
        record(storage, call, Write::Execution(Box::new(write)))
    })?;
    timers::arm();
    Ok(())
}

fn executed(storage: &Storage, run_id: &RunId) -> Result<Execution, CoordinatorError> {
    let run = storage.run(run_id)?;
    let not_executed = || ExecutionError::NotExecuted { run_id: run_id.clone() };
    Ok(storage.execution(run).ok_or_else(not_executed)?)
}

fn save(
    storage: &mut Storage,
    run_id: &RunId,
    execution: Execution,
    kind: AuditEventKind,
    call: &Call,
) -> Result<(), CoordinatorError> {
    let run = storage.run(run_id)?;
    let (execution, deadline, run_id) = (Some(execution), None, run_id.clone());
    let write = ExecutionWrite { run, run_id, execution, deadline, kind };
    record(storage, call, Write::Execution(Box::new(write)))
}
