//! What the coordinator executes by itself, as health, metrics and pages tell of it. All of it is bounded.

use crate::storage::{RunNumber, Storage, StoredJournal};
use backup_journal::{
    RunId, Sequence, Timestamp,
    execution::{CallNote, Execution, ExecutionPhase, MANY_ERRORS},
    journal::JournalView,
    plan::BackupOperationKind,
};
use candid::Principal;

/// The most runs that are looked at, those that were created first.
const MOST_RUNS: usize = 100;
/// The most runs with a deadline among which those are searched for that owe a start.
const MOST_DEADLINES: usize = 1_000;
/// The most runs whose starts are looked at, and the most starts of each.
const MOST_STARTS: usize = 50;

/// The restart deadline of a run that owes a start.
#[derive(Clone, Debug)]
pub struct Deadline {
    pub run_id: RunId,
    pub at: Timestamp,
    /// Canisters that must be started.
    pub starts_owed: u32,
}

/// The restart deadlines of runs that owe a start, the earliest first.
pub fn deadlines(storage: &Storage) -> Vec<Deadline> {
    let runs = storage.runs_with_deadline().take(MOST_DEADLINES);
    let owing = runs.filter(|run| owes_a_start(storage, *run)).take(MOST_RUNS);
    let begun = owing.filter_map(|run| {
        let (deadline, header) = (storage.deadline(run)?, storage.header_of(run));
        let at = deadline.at(&header)?;
        Some(Deadline { at, starts_owed: header.starts_owed, run_id: header.run_id })
    });
    let mut begun: Vec<Deadline> = begun.collect();
    begun.sort_by_key(|deadline| deadline.at);
    begun
}

/// Reads one key.
fn owes_a_start(storage: &Storage, run: RunNumber) -> bool {
    !storage.starts_owed(run, None, 1).is_empty()
}

/// How many executions there are by phase, and how many of them are paused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    pub planned: u64,
    pub preflight: u64,
    pub running: u64,
    pub over: u64,
    pub paused: u64,
}

/// Counts the executions.
pub fn phases(storage: &Storage) -> Phases {
    let mut phases = Phases { over: storage.executions_over(), ..Phases::default() };
    for run in storage.active_executions().take(MOST_RUNS) {
        let Some(execution) = storage.execution(run) else { continue };
        let count = match execution.phase {
            ExecutionPhase::Planned => &mut phases.planned,
            ExecutionPhase::Preflight => &mut phases.preflight,
            ExecutionPhase::Running => &mut phases.running,
            ExecutionPhase::Over => &mut phases.over,
        };
        *count += 1;
        phases.paused += u64::from(execution.pause.is_some());
    }
    phases
}

/// What goes wrong with a run as a whole now.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub run_id: RunId,
    pub problem: String,
}

/// The executions with which something goes wrong now: a claim is refused, or what an aborted run has stopped is not started
/// yet.
pub fn troubles(storage: &Storage, now: Timestamp) -> Vec<Trouble> {
    let active = storage.active_executions().take(MOST_RUNS);
    let troubled = active.filter_map(|run| {
        let execution = storage.execution(run)?;
        let Execution { problem, claim_not_before, .. } = execution;
        let (problem, header) = (problem?, storage.header_of(run));
        let refused = claim_not_before.is_some_and(|at| at > now);
        (refused || header.abort.is_some()).then_some(Trouble { run_id: header.run_id, problem })
    });
    troubled.collect()
}

/// A start that goes wrong again and again.
#[derive(Clone, Debug)]
pub struct FailingStart {
    pub run_id: RunId,
    pub canister: Principal,
    /// How often in a row.
    pub errors: u32,
    /// Why, the last time.
    pub reason: String,
}

/// The starts that go wrong again and again.
pub fn failing_starts(storage: &Storage) -> Vec<FailingStart> {
    let runs = storage.active_executions().take(MOST_RUNS);
    let owing = runs.filter(|run| owes_a_start(storage, *run)).take(MOST_STARTS);
    owing.flat_map(|run| failing_starts_of(storage, run)).collect()
}

fn failing_starts_of(storage: &Storage, run: RunNumber) -> Vec<FailingStart> {
    let journal = StoredJournal::new(storage, run);
    let open = storage.open_operations(run, journal.header(), Sequence(0), MOST_STARTS);
    let failing = open.into_iter().filter_map(|sequence| {
        let spec = journal.spec(sequence).filter(|spec| spec.kind == BackupOperationKind::Start)?;
        let CallNote { errors, last_error, .. } = storage.call_note(run, sequence);
        let canister = spec.target.filter(|_| errors >= MANY_ERRORS)?;
        let (run_id, reason) = (journal.header().run_id.clone(), last_error.unwrap_or_default());
        Some(FailingStart { run_id, canister, errors, reason })
    });
    failing.collect()
}
