//! When the executor and the restart deadlines are looked after. Timers do not survive an upgrade, so they are set again
//! then.

use super::{deadlines, tick};
use crate::storage;
use backup_journal::Timestamp;
use ic_cdk::api::time;
use ic_cdk_timers::{TimerId, clear_timer, set_timer, set_timer_interval};
use std::{cell::Cell, time::Duration};

/// How often the executor runs at least, also after a message of it has trapped.
const EXECUTOR: Duration = Duration::from_secs(30);
/// How often the restart deadlines are checked.
const DEADLINES: Duration = Duration::from_secs(20);

/// A timer that is this late will not come any more.
const LATE_NANOS: u64 = 10_000_000_000;

thread_local! {
    static NEXT: Cell<Option<(u64, TimerId)>> = const { Cell::new(None) };
    static EXECUTOR_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
    static DEADLINE_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
}

/// Sets the timers for what is stored, and clears those that have nothing to do.
pub fn arm() {
    let (executions, deadlines) = storage::read(|storage| {
        let executions = storage.active_executions().next().is_some();
        (executions, storage.runs_with_deadline().next().is_some())
    });
    keep(&EXECUTOR_TIMER, executions, || set_timer_interval(EXECUTOR, || async { tick::all() }));
    keep(&DEADLINE_TIMER, deadlines, || {
        set_timer_interval(DEADLINES, || async { deadlines::check() })
    });
    if executions {
        wake();
    }
}

fn keep(
    timer: &'static std::thread::LocalKey<Cell<Option<TimerId>>>,
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

/// Clears the regular timers that have nothing to do any more.
pub fn disarm_idle() {
    storage::read(|storage| {
        let executions = storage.active_executions().next().is_some();
        let deadlines = storage.runs_with_deadline().next().is_some();
        for (timer, needed) in [(&EXECUTOR_TIMER, executions), (&DEADLINE_TIMER, deadlines)] {
            if !needed && let Some(id) = timer.take() {
                clear_timer(id);
            }
        }
    });
}

/// Runs the executor in the next message.
pub fn wake() {
    wake_at(Timestamp(time()));
}

/// Runs the executor at that time, or before.
pub fn wake_at(at: Timestamp) {
    match NEXT.get() {
        // One that should have come long ago has trapped.
        Some((set, _)) if set <= at.0 && set.saturating_add(LATE_NANOS) >= time() => return,
        Some((_, later)) => clear_timer(later),
        None => {}
    }
    let delay = Duration::from_nanos(at.0.saturating_sub(time()));
    let timer = set_timer(delay, async {
        NEXT.set(None);
        tick::all();
    });
    NEXT.set(Some((at.0, timer)));
}
