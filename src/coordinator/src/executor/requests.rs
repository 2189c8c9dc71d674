//! What callers ask of the executor. The answer never waits for a canister of the fleet.

use super::{status::status, timers};
use crate::{
    actions::journals,
    call::Call,
    gate::{ExecutionWrite, Write, cycles, notes, record},
    storage::{self, FleetRecord, PlanRecord, RunNumber, Storage, StoredJournal},
};
use backup_journal::{
    FleetName, RunId,
    api::{AuditEventKind, CoordinatorError},
    execution::{
        BackupRequest, Execution, ExecutionError, ExecutionStatus, Pause, RestartDeadline,
        RestoreRequest, plan_input, restore_plan,
    },
    fleet::{Discovery, FleetError, FleetPhase, FleetPolicy},
    journal::JournalView as _,
    limits::{MAX_PLAN_TARGETS, MAX_TEXT_BYTES, check_count, check_name},
    plan::{BackupPlan, Saved, build_backup_plan},
    registry::RegistryEntry,
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
    let start = !request.start_later.unwrap_or_default();
    let run_id = storage::write(|storage| {
        ensure_free(storage, name)?;
        let Planned { plan, policy, discovery } = plan(storage, name, request, coordinator, call)?;
        let execution = Execution::new(name.clone(), policy, start, call.caller, call.now)
            .with_discovery(discovery);
        open(storage, plan, execution, coordinator, call)
    })?;
    timers::arm();
    status(&run_id)
}

/// Plans a restore of what a run of a registered fleet has left on the network, opens its journal, and begins it unless the
/// request says otherwise.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`] for the run of the backup, and as [`start_backup`].
pub fn start_restore(
    backup: &RunId,
    request: &RestoreRequest,
    coordinator: Principal,
    call: &Call,
) -> Result<ExecutionStatus, CoordinatorError> {
    let start = !request.start_later.unwrap_or_default();
    let run_id = storage::write(|storage| {
        let Planned { plan, policy, .. } =
            plan_restore(storage, backup, request, coordinator, call)?;
        let fleet = FleetName::from(plan.header.fleet.as_str());
        ensure_free(storage, &fleet)?;
        let execution = Execution::new(fleet, policy, start, call.caller, call.now);
        open(storage, plan, execution, coordinator, call)
    })?;
    timers::arm();
    status(&run_id)
}

/// Refuses a run of a fleet for which the coordinator executes another one.
fn ensure_free(storage: &Storage, fleet: &FleetName) -> Result<(), ExecutionError> {
    match storage.executed_run_of(fleet) {
        Some(run_id) => Err(ExecutionError::FleetBusy { fleet: fleet.clone(), run_id }),
        None => Ok(()),
    }
}

/// Opens the journal of a run that the coordinator executes, and begins it unless it is only planned.
fn open(
    storage: &mut Storage,
    plan: BackupPlan,
    execution: Execution,
    coordinator: Principal,
    call: &Call,
) -> Result<RunId, CoordinatorError> {
    let run_id = plan.header.run_id.clone();
    if execution.is_active() {
        let targets = u32::try_from(plan.targets.len()).unwrap_or(u32::MAX);
        cycles::for_run(targets, plan.header.restore.is_some(), execution.policy).check()?;
    }
    journals::create(storage, plan, coordinator, call)?;
    let run = storage.run(&run_id)?;
    if execution.is_active() {
        record(storage, call, started(run, &run_id, execution)?)?;
    } else {
        notes::execution(storage, run, execution);
    }
    Ok(run_id)
}

/// A fleet that is complete and small enough.
fn usable_fleet(storage: &Storage, name: &FleetName) -> Result<FleetRecord, CoordinatorError> {
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

/// A run that is planned.
pub(super) struct Planned {
    pub(super) plan: BackupPlan,
    /// How it is executed.
    pub(super) policy: FleetPolicy,
    /// The method that is asked in the preflight which canisters the fleet has. A restore asks none.
    pub(super) discovery: Option<Discovery>,
}

/// A backup of a fleet as it is registered.
pub(super) fn plan(
    storage: &Storage,
    name: &FleetName,
    request: &BackupRequest,
    coordinator: Principal,
    call: &Call,
) -> Result<Planned, CoordinatorError> {
    let FleetRecord { number, fleet } = usable_fleet(storage, name)?;
    let policy = request.policy.unwrap_or(fleet.policy);
    policy.check()?;
    let run_id = run_id(request.run_id.as_ref(), &fleet.fleet, "", call)?;
    let members = storage.members_after(number, None).collect();
    let selection = request.selection.unwrap_or_default();
    let input = plan_input(&fleet, members, selection, run_id, coordinator)?;
    Ok(Planned { plan: build_backup_plan(input)?, policy, discovery: fleet.discovery })
}

/// A restore of what this run has left on the network.
pub(super) fn plan_restore(
    storage: &Storage,
    backup: &RunId,
    request: &RestoreRequest,
    coordinator: Principal,
    call: &Call,
) -> Result<Planned, CoordinatorError> {
    let named = request.members.as_ref().map_or(0, Vec::len);
    check_count("members", named, MAX_PLAN_TARGETS)?;
    let run = storage.run(backup)?;
    let PlanRecord { header, .. } = storage.plan(run);
    let FleetRecord { number, fleet } =
        usable_fleet(storage, &FleetName::from(header.fleet.as_str()))?;
    let policy = request.policy(fleet.policy);
    policy.check()?;
    let run_id = run_id(request.run_id.as_ref(), &fleet.fleet, "-restore", call)?;
    let journal = StoredJournal::new(storage, run);
    let targets = journal.header().targets;
    check_count("targets of the backup", targets as usize, MAX_PLAN_TARGETS)?;
    let targets = storage.listed_targets(run, 0, targets);
    let members: Vec<RegistryEntry> = storage.members_after(number, None).collect();
    let saved = |target: &Principal| {
        let saved = journal.artifact(target)?.saved()?;
        Some(Saved { checksum: None, ..saved })
    };
    let plan = restore_plan(
        &header,
        &targets,
        saved,
        request.members.clone(),
        &members,
        (run_id, coordinator),
    )?;
    Ok(Planned { plan, policy, discovery: None })
}

/// The id that the caller gives a run, or else one of the name of the fleet and the time.
fn run_id(
    given: Option<&RunId>,
    fleet: &FleetName,
    suffix: &str,
    call: &Call,
) -> Result<RunId, CoordinatorError> {
    let Some(run_id) = given else { return Ok(run_id_of(fleet, suffix, call)) };
    check_name("run_id", run_id.as_str())?;
    Ok(run_id.clone())
}

/// The name of the fleet and the time, for instance `demo-20261126-093000`.
fn run_id_of(fleet: &FleetName, suffix: &str, call: &Call) -> RunId {
    let name = fleet.as_str();
    let name = &name[..name.floor_char_boundary(FLEET_IN_RUN_ID)];
    let moment = UtcDateTime::from_unix_timestamp_nanos(call.now.0.into())
        .expect("BUG: 64 bits of nanoseconds end in the year 2554");
    let (year, month, day) = moment.to_calendar_date();
    let (hour, minute, second) = moment.time().as_hms();
    let month = u8::from(month);
    format!("{name}{suffix}-{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}").into()
}

/// Begins a backup that was planned with `start_later`.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], [`CoordinatorError::Execution`], or that the run is aborted.
pub fn start_execution(run_id: &RunId, call: &Call) -> Result<ExecutionStatus, CoordinatorError> {
    storage::write(|storage| {
        let (run, execution) = executed(storage, run_id)?;
        let execution = execution.started(run_id)?;
        let header = storage.header_of(run);
        if let Some(abort) = header.abort {
            return Err(abort.refusal().into());
        }
        cycles::for_run(header.targets, header.restore.is_some(), execution.policy).check()?;
        let write = started(run, run_id, execution)?;
        record(storage, call, write)
    })?;
    timers::arm();
    status(run_id)
}

fn started(run: RunNumber, run_id: &RunId, execution: Execution) -> Result<Write, ExecutionError> {
    let policy = execution.policy;
    let deadline = RestartDeadline::new(policy.restart_within_seconds, execution.requested_by)?;
    let kind = AuditEventKind::ExecutionStarted { fleet: execution.fleet.clone(), policy };
    Ok(change(run, run_id, Some(execution), Some(deadline), kind))
}

/// Pauses an execution: operations that are under way end, and nothing new is begun. The restart deadline stays.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], [`CoordinatorError::Execution`], a limit, a blank reason, or that a restore is contained.
pub fn pause(
    run_id: &RunId,
    reason: String,
    call: &Call,
) -> Result<ExecutionStatus, CoordinatorError> {
    check_count("reason", reason.len(), MAX_TEXT_BYTES)?;
    let pause = Pause { reason: reason.clone(), since: call.now, by: call.caller };
    storage::write(|storage| {
        let (run, execution) = executed(storage, run_id)?;
        // Its fleet would stay stopped for as long as it is paused: not even the restart deadline starts it.
        if let Some(refusal) = storage.header_of(run).contained_refusal() {
            return Err(refusal.into());
        }
        let execution = Some(execution.paused(run_id, pause)?);
        let kind = AuditEventKind::ExecutionPaused { reason };
        record(storage, call, change(run, run_id, execution, None, kind))
    })?;
    status(run_id)
}

/// Goes on with a paused execution.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`] or [`CoordinatorError::Execution`].
pub fn resume(run_id: &RunId, call: &Call) -> Result<ExecutionStatus, CoordinatorError> {
    storage::write(|storage| {
        let (run, execution) = executed(storage, run_id)?;
        let execution = Some(execution.resumed(run_id)?);
        record(
            storage,
            call,
            change(run, run_id, execution, None, AuditEventKind::ExecutionResumed),
        )
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
        let deadline = Some(RestartDeadline::new(seconds, call.caller)?);
        let kind = AuditEventKind::RestartDeadlineSet { seconds };
        record(storage, call, change(run, run_id, None, deadline, kind))
    })?;
    timers::arm();
    Ok(())
}

/// The execution of a run, which a driver outside must not execute.
fn executed(storage: &Storage, run_id: &RunId) -> Result<(RunNumber, Execution), CoordinatorError> {
    let run = storage.run(run_id)?;
    let not_executed = || ExecutionError::NotExecuted { run_id: run_id.clone() };
    Ok((run, storage.execution(run).ok_or_else(not_executed)?))
}

/// A change of an execution or of a restart deadline, or of both; what is none stays as it is.
fn change(
    run: RunNumber,
    run_id: &RunId,
    execution: Option<Execution>,
    deadline: Option<RestartDeadline>,
    kind: AuditEventKind,
) -> Write {
    let run_id = run_id.clone();
    Write::Execution(Box::new(ExecutionWrite { run, run_id, execution, deadline, kind }))
}
