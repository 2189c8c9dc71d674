//! When the executor and the restart deadlines are looked after. Timers do not survive an upgrade, so they are set again
//! then.

use super::{deadlines, tick, wake};
use crate::{
    call::Call,
    storage::{self, Storage},
};
use backup_journal::{FleetName, Timestamp};
use ic_cdk_timers::{TimerId, clear_timer, set_timer, set_timer_interval};
use std::{cell::Cell, thread::LocalKey, time::Duration};

/// How often the executor makes a turn at least, also after a message of it has trapped.
const EXECUTOR: Duration = Duration::from_secs(30);
/// How often the restart deadlines are checked.
const DEADLINES: Duration = Duration::from_secs(20);
/// How often the schedules and the deletions are looked at, also if the timer of the next one was lost to a trap.
const SCHEDULES: Duration = Duration::from_hours(1);

thread_local! {
    static EXECUTOR_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
    static DEADLINE_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
    static SCHEDULE_TIMER: Cell<Option<TimerId>> = const { Cell::new(None) };
    static SCHEDULE_TURN: Cell<fn(&FleetName)> = const { Cell::new(nothing) };
    /// The time of the next backup, and the timer that is set for it.
    static NEXT_BACKUP: Cell<Option<(Timestamp, TimerId)>> = const { Cell::new(None) };
}

const fn nothing(_: &FleetName) {}

/// Says what is done when the schedule of a fleet is due.
pub fn set_schedule_turn(turn: fn(&FleetName)) {
    SCHEDULE_TURN.set(turn);
}

/// Sets the timers for what is stored, and clears those that have nothing to do.
pub fn arm() {
    wake::set_turn(tick::all);
    let (executions, deadlines, next_backup, next_deletion) = storage::read(|storage| {
        let deadlines = storage.runs_with_deadline().next().is_some();
        let executions = storage.has_executions_to_go_on_with();
        (executions, deadlines, storage.next_scheduled(), storage.next_deletion())
    });
    keep(&EXECUTOR_TIMER, executions, || set_timer_interval(EXECUTOR, execute));
    keep(&DEADLINE_TIMER, deadlines, || set_timer_interval(DEADLINES, check_deadlines));
    let hourly = next_backup.is_some() || next_deletion.is_some();
    keep(&SCHEDULE_TIMER, hourly, || set_timer_interval(SCHEDULES, check_schedules));
    wake_for_backup(next_backup);
    if executions {
        wake::soon();
    }
    wake_for_deletion(next_deletion);
}

fn wake_for_deletion(next: Option<Timestamp>) {
    if let Some(at) = next {
        wake::at(at);
    }
}

/// Sets the timer of the next backup, unless it is set for this time.
fn wake_for_backup(next: Option<Timestamp>) {
    let set = NEXT_BACKUP.get();
    if set.map(|(at, _)| at) == next {
        return;
    }
    if let Some((_, timer)) = set {
        clear_timer(timer);
    }
    NEXT_BACKUP.set(next.map(|at| {
        let delay = Duration::from_nanos(at.nanos_since(Call::of_coordinator().now));
        (at, set_timer(delay, check_schedules()))
    }));
}

/// Each schedule that is due has its turn in a message of its own, so that one that fails holds up no other.
async fn check_schedules() {
    NEXT_BACKUP.set(None);
    wake_for_deletion(storage::read(Storage::next_deletion));
    let now = Call::of_coordinator().now;
    for fleet in storage::read(|storage| storage.scheduled_until(now)) {
        set_timer(Duration::ZERO, async move {
            SCHEDULE_TURN.get()(&fleet);
            arm();
        });
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
