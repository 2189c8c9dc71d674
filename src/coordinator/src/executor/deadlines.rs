//! Keeps the restart deadlines: what a run has stopped runs again by then, whatever became of the run and its driver.

use super::report;
use crate::{
    call::Call,
    gate::notes,
    storage::{self, RunNumber},
};
use backup_journal::{
    execution::{Execution, RestartDeadline},
    journal::Header,
};

/// Acts on each deadline that has passed, and forgets those that were kept.
///
/// A fleet that is contained is not started: some of its canisters have their old state, others the restored one. `/health`
/// says that it is overdue, and once it is contained no more, its deadline counts again.
pub fn check() {
    let runs: Vec<RunNumber> = storage::read(|storage| storage.runs_with_deadline().collect());
    for run in runs {
        let (deadline, header) =
            storage::read(|storage| (storage.deadline(run), storage.header_of(run)));
        let Some(deadline) = deadline else { continue };
        if RestartDeadline::is_kept(&header) {
            storage::write(|storage| notes::deadline(storage, run, None));
        } else if deadline.is_due(&header, Call::of_coordinator().now) && !header.is_contained() {
            pass(run, &header, deadline);
        }
    }
}

/// Aborts the run and has everything started that it has stopped.
fn pass(run: RunNumber, header: &Header, deadline: RestartDeadline) {
    let call = Call::of_coordinator();
    let reason = format!("the restart deadline of {} seconds has passed", deadline.seconds);
    let problem = Some(report::abort(&header.run_id, &reason, &call));
    storage::write(|storage| {
        let passed = RestartDeadline { passed_at: Some(call.now), ..deadline };
        notes::deadline(storage, run, Some(passed));
        let execution = storage.execution(run).filter(Execution::is_active);
        let execution = execution
            .unwrap_or_else(|| Execution::of_starts(header.fleet.clone(), call.caller, call.now));
        notes::execution(storage, run, Execution { problem, ..execution });
    });
}
