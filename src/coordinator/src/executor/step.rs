//! One step of an execution.

use super::{
    check, discover, perform,
    report::{self, change, report, settle},
    retention,
    under_way::Held,
    watch,
};
use crate::{
    actions::{
        preflight,
        transition::{perform_on_operation, perform_only},
        waves,
    },
    call::Call,
    gate::{log, notes},
    storage::{self, RunNumber, StoredJournal},
};
use backup_journal::{
    RunId, Sequence, Timestamp,
    api::{AuditEventKind as Event, CoordinatorError},
    execution::{Execution, ExecutionPhase, Problem, Step, Task, preflight_receipts},
    journal::{JournalError, ReceiptOutcome},
    plan::BackupOperationKind as Kind,
    topology::topology_hash,
};
use candid::Principal;

/// How long a claim that was refused is not tried again.
const CLAIM_WAIT_NANOS: u64 = 30_000_000_000;
/// The most targets that the reason of an abort names.
const MOST_NAMED: usize = 5;

/// Makes a step of a run. What is refused is noted, and the next decision sees it.
pub fn make(run: RunNumber, step: Step) {
    let call = Call::of_coordinator();
    match step {
        Step::Check { position, target } => {
            if let Some(held) = Held::begin(run, Task::Check(position), call.now) {
                ic_cdk::futures::spawn(check::check(run, position, target, held));
            }
        }
        Step::Discover { discovery } => {
            if let Some(held) = Held::begin(run, Task::Discover, call.now) {
                discover::begin(run, discovery, held);
            }
        }
        Step::Perform { sequence, look_only } => {
            if let Some(held) = Held::begin(run, Task::Perform(sequence), call.now) {
                ic_cdk::futures::spawn(perform::perform(run, sequence, look_only, held));
            }
        }
        Step::Watch { target } => {
            if let Some(held) = Held::begin(run, Task::Watch(target), call.now) {
                ic_cdk::futures::spawn(watch::watch(run, target, held));
            }
        }
        Step::Checked { before } => {
            change(run, |execution| Execution { checked_before: before, ..execution });
        }
        Step::Accept => accept(run, &call),
        Step::Claim { limit } => claim(run, limit, &call),
        Step::Skip { sequence, reason } => skip(run, sequence, &reason, &call),
        Step::Finish { sequence } => {
            report(run, sequence, &call, ReceiptOutcome::Completed, |receipt| receipt);
        }
        Step::Retry { sequence } => retry(run, sequence, &call),
        Step::GiveUp { target, reason } => give_up(run, target, reason),
        Step::Abort { reason } => abort(run, &reason, &call),
        Step::RollBack { reason } => roll_back(run, &reason, &call),
        Step::End => end(run),
    }
}

fn run_id(run: RunNumber) -> RunId {
    storage::read(|storage| storage.header_of(run).run_id)
}

/// Accepts the preflight of what the checks have found, or aborts the run.
fn accept(run: RunNumber, call: &Call) {
    let run_id = run_id(run);
    let receipts = storage::read(|storage| {
        let execution = storage.execution(run)?;
        let plan = storage.plan(run).header;
        let targets = StoredJournal::new(storage, run).into_header().targets;
        let targets: Vec<_> = storage
            .listed_targets(run, 0, targets)
            .into_iter()
            .map(|target| {
                let note = storage.target_note(run, &target.canister_id);
                (target, note)
            })
            .collect();
        let fleet = storage.fleet(&execution.fleet).ok()?;
        let members: Vec<_> = storage.members_after(fleet.number, None).collect();
        let (round, coordinator) = (execution.preflight_round, call.caller);
        let hash = topology_hash(&members);
        let discovered = storage.discovery(&execution.fleet).filter(|it| it.run_id == run_id);
        let remark = discovered.and_then(|report| report.outcome.remark());
        Some(preflight_receipts(&plan, &targets, round, coordinator, hash, remark))
    });
    match receipts {
        None => abort(run, "the fleet is not registered any more", call),
        Some(Err(problems)) => abort(run, &told(&problems), call),
        Some(Ok(receipts)) => match preflight::accept_receipts(&run_id, &receipts, call) {
            Ok(_) => {
                log::executed(format_args!("run {run_id}: the preflight is accepted"));
                change(run, |it| Execution { phase: ExecutionPhase::Running, ..it });
            }
            Err(error) => abort(run, &format!("the preflight is not accepted: {error}"), call),
        },
    }
}

/// The problems of a preflight in one text.
fn told(problems: &[Problem]) -> String {
    let one = |problem: &Problem| format!("{}: {}", problem.canister_id, problem.reason);
    let named: Vec<String> = problems.iter().take(MOST_NAMED).map(one).collect();
    let more = problems.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{} targets are not ready: {}{more}", problems.len(), named.join("; "))
}

fn claim(run: RunNumber, limit: u32, call: &Call) {
    let run_id = run_id(run);
    let problem = match waves::claim_operations(&run_id, limit, call) {
        Ok(claimed) if !claimed.is_empty() => return,
        Ok(_) => "nothing could be claimed".to_string(),
        Err(error) => {
            if let CoordinatorError::Journal(JournalError::PreflightExpired { .. }) = error {
                log::executed(format_args!("run {run_id}: {error}; it is made again"));
                change(run, Execution::with_new_preflight);
                return;
            }
            error.to_string()
        }
    };
    log::trouble(format_args!("run {run_id}: {problem}"));
    let later = Timestamp(call.now.0 + CLAIM_WAIT_NANOS);
    change(run, |it| Execution { problem: Some(problem), claim_not_before: Some(later), ..it });
}

/// Reports an operation as Skipped. A target that was not running before the run owes no start.
fn skip(run: RunNumber, sequence: Sequence, reason: &str, call: &Call) {
    let run_id = run_id(run);
    log::executed(format_args!("run {run_id}: operation {sequence} is skipped: {reason}"));
    let stopped = report(run, sequence, call, ReceiptOutcome::Skipped, |receipt| receipt);
    let settled = stopped.filter(|(kind, target)| {
        let note = storage::read(|storage| storage.target_note(run, target));
        *kind == Kind::Stop && note.was_stopped()
    });
    if let Some((_, target)) = settled {
        settle(&run_id, target, reason, call);
    }
}

fn retry(run: RunNumber, sequence: Sequence, call: &Call) {
    let run_id = run_id(run);
    if let Err(error) = perform_on_operation(&run_id, Event::OperationRetried { sequence }, call) {
        log::trouble(format_args!("run {run_id}: operation {sequence}: {error}"));
    }
}

fn give_up(run: RunNumber, target: Principal, reason: String) {
    log::trouble(format_args!("run {}: it goes on without {target}: {reason}", run_id(run)));
    storage::write(|storage| {
        let mut note = storage.target_note(run, &target);
        note.given_up = Some(reason);
        notes::target(storage, run, target, note);
    });
}

/// Aborts a run, so that what was stopped is started.
fn abort(run: RunNumber, reason: &str, call: &Call) {
    let reason = report::abort(&run_id(run), reason, call);
    change(run, |it| Execution {
        problem: Some(reason),
        phase: if it.is_active() { ExecutionPhase::Running } else { it.phase },
        ..it
    });
}

/// Rolls back a restore, so that every target has its safety snapshot again before it is started.
fn roll_back(run: RunNumber, reason: &str, call: &Call) {
    let run_id = run_id(run);
    let reason = report::short(reason);
    log::trouble(format_args!("run {run_id} is rolled back: {reason}"));
    let event = Event::RunRolledBack { reason: reason.clone() };
    if let Err(error) = perform_only(&run_id, event, call) {
        log::trouble(format_args!("run {run_id}: {error}"));
    }
    change(run, |it| Execution { problem: Some(reason), ..it });
}

fn end(run: RunNumber) {
    log::executed(format_args!("run {}: the coordinator has done its part", run_id(run)));
    change(run, |it| Execution { phase: ExecutionPhase::Over, ..it });
    let fleet = storage::read(|storage| storage.header_of(run).fleet);
    retention::apply(&fleet, &Call::of_coordinator());
}
