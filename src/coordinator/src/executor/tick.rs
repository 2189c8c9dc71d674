//! One turn of the executor: for every run that it executes, the steps that can be made now; and the deletions that are due.

use super::{deletions, step, wake};
use crate::{
    call::Call,
    storage::{self, RunNumber, StoredJournal},
};
use backup_journal::{
    Timestamp,
    execution::{Decision, Step, decide},
};
use ic_cdk::api::{CanisterStatusCode, canister_status};

/// How often a run is decided about in one turn. What is left then follows in the next.
const MOST_DECISIONS: u32 = 16;

/// Makes a turn.
pub fn all() {
    // A canister that is being stopped waits for its calls; it begins nothing new.
    if canister_status() != CanisterStatusCode::Running {
        return;
    }
    let runs: Vec<RunNumber> = storage::read(|storage| storage.active_executions().collect());
    let now = Call::of_coordinator().now;
    let next_step = runs.into_iter().filter_map(|run| advance(run, now)).min();
    if let Some(at) = next_step.into_iter().chain(deletions::advance(now)).min() {
        wake::at(at);
    }
}

/// Makes the steps of one run; answers with the time of its next turn, if it needs one.
fn advance(run: RunNumber, now: Timestamp) -> Option<Timestamp> {
    for _ in 0..MOST_DECISIONS {
        let Decision { steps, wake_at } = storage::read(|storage| {
            let execution = storage.execution(run)?;
            Some(decide(&StoredJournal::new(storage, run), &execution, now))
        })?;
        let only_tasks = steps.iter().all(Step::begins_task);
        for step in steps {
            step::make(run, step);
        }
        if only_tasks {
            return wake_at;
        }
    }
    Some(now)
}
