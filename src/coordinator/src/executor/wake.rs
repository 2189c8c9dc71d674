//! The next turn of the executor, as a timer.

use backup_journal::Timestamp;
use ic_cdk::api::time;
use ic_cdk_timers::{TimerId, clear_timer, set_timer};
use std::{cell::Cell, time::Duration};

/// A timer that is this late has trapped and will not come any more.
const LATE_NANOS: u64 = 10_000_000_000;

thread_local! {
    static TURN: Cell<fn()> = const { Cell::new(nothing) };
    static NEXT: Cell<Option<(u64, TimerId)>> = const { Cell::new(None) };
}

const fn nothing() {}

/// Says what a turn is.
pub fn set_turn(turn: fn()) {
    TURN.set(turn);
}

/// Makes a turn in a message of its own, as soon as possible.
pub fn soon() {
    at(Timestamp(time()));
}

/// Makes a turn at that time, or before.
pub fn at(at: Timestamp) {
    match NEXT.get() {
        Some((set, _)) if set <= at.0 && set.saturating_add(LATE_NANOS) >= time() => return,
        Some((_, later)) => clear_timer(later),
        None => {}
    }
    let delay = Duration::from_nanos(at.0.saturating_sub(time()));
    let timer = set_timer(delay, async {
        NEXT.set(None);
        TURN.get()();
    });
    NEXT.set(Some((at.0, timer)));
}
