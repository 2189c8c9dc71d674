//! When the executor and the restart deadlines are looked after. Timers do not survive an upgrade, so they are set again
//! then.

use super::{deadlines, tick, wake};
use crate::storage::{self, Storage};
use ic_cdk_timers::{TimerId, clear_timer, set_timer_interval};
use std::{cell::Cell, thread::LocalKey, time::Duration};

/// How often the executor makes a turn at least, also after a message of it has trapped.
const EXECUTOR: Duration = Duration::from_secs(30);
/// How often the restart deadlines are checked.
const DEADLINES: Duration = Duration::from_secs(20);

thread_local! {
    static EXECUTOR_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
    static DEADLINE_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
}

/// Sets the timers for what is stored, and clears those that have nothing to do.
pub fn arm() {
    wake::set_turn(tick::all);
    let (executions, deadlines) = storage::read(|storage| {
        let deadlines = storage.runs_with_deadline().next().is_some();
        (storage.has_executions_to_go_on_with(), deadlines)
    });
    keep(&EXECUTOR_TIMER, executions, || set_timer_interval(EXECUTOR, execute));
    keep(&DEADLINE_TIMER, deadlines, || set_timer_interval(DEADLINES, check_deadlines));
    if executions {
        wake::soon();
    }
}

async fn execute() {
    tick::all();
    if !storage::read(Storage::has_executions_to_go_on_with) {
        arm();
    }
}

async fn check_deadlines() {
    deadlines::check();
    arm();
}

fn keep(
    timer: &'static LocalKey<Cell<Option<TimerId>>>,
    needed: bool,
    set: impl FnOnce() -> TimerId,
) {
    match (timer.get(), needed) {
        (None, true) => timer.set(Some(set())),
        (Some(id), false) => {
            clear_timer(id);
            timer.set(None);
        }
        (None, false) | (Some(_), true) => {}
    }
}
