//! The tasks that wait for an answer now. They are on the heap: a trap or an upgrade ends them, and what they did is then
//! found out by looking at the canister.

use super::wake;
use crate::storage::RunNumber;
use backup_journal::{Timestamp, execution::Task};
use std::{cell::RefCell, collections::BTreeMap};

/// The most tasks of all runs. The network allows 500 calls to the management canister that have no answer yet.
const MAX_TASKS: usize = 400;

thread_local! {
    static TASKS: RefCell<BTreeMap<(RunNumber, Task), Timestamp>> =
        const { RefCell::new(BTreeMap::new()) };
}

/// Holds a task: while it exists, the task is not begun again. The end of a task wakes the executor.
#[derive(Debug)]
pub struct Held {
    run: RunNumber,
    task: Task,
}

impl Held {
    /// Begins a task; none if it is under way already, or too many are.
    pub fn begin(run: RunNumber, task: Task, now: Timestamp) -> Option<Self> {
        TASKS.with_borrow_mut(|tasks| {
            if tasks.len() >= MAX_TASKS || tasks.contains_key(&(run, task)) {
                return None;
            }
            tasks.insert((run, task), now);
            Some(Self { run, task })
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        TASKS.with_borrow_mut(|tasks| tasks.remove(&(self.run, self.task)));
        // After a trap the timer that comes regularly goes on.
        if !ic_cdk::futures::is_recovering_from_trap() {
            wake::soon();
        }
    }
}

/// Whether a task is under way.
pub fn contains(run: RunNumber, task: Task) -> bool {
    TASKS.with_borrow(|tasks| tasks.contains_key(&(run, task)))
}

/// The tasks of a run that are under way, and since when.
pub fn of_run(run: RunNumber) -> Vec<(Task, Timestamp)> {
    TASKS.with_borrow(|tasks| {
        let of_run = tasks.range((run, Task::Check(0))..).take_while(|((of, _), _)| *of == run);
        of_run.map(|((_, task), since)| (*task, *since)).collect()
    })
}

/// How many tasks are under way, of all runs.
pub fn count() -> usize {
    TASKS.with_borrow(BTreeMap::len)
}
