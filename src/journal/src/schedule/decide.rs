//! What is to be done at the times of a schedule.

use super::{Schedule, ScheduleState};
use crate::Timestamp;

/// What is to be done now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Due {
    /// Nothing before the next time.
    NotYet,
    /// A backup begins, for this time and for all that were missed before.
    Begin {
        /// The time of the schedule.
        planned_at: Timestamp,
    },
    /// The window of this time is over, so no backup begins.
    Missed {
        /// The time of the schedule.
        planned_at: Timestamp,
    },
}

/// What is to be done at `now`.
///
/// Times that were missed, for instance because the coordinator was stopped, are made up for by one backup. With a window that
/// backup begins only while the window of one of these times is open.
pub fn due(schedule: &Schedule, state: &ScheduleState, now: Timestamp) -> Due {
    if schedule.paused || now < state.next_at {
        return Due::NotYet;
    }
    let Some(seconds) = schedule.window_seconds else {
        return Due::Begin { planned_at: state.next_at };
    };
    let window = seconds.saturating_mul(1_000_000_000);
    // Whether the window of some time is open now: the first time in the last so many seconds is not in the future.
    let opened = Timestamp(now.0.saturating_sub(window));
    let in_window = schedule.after(Timestamp(opened.0.saturating_sub(1)));
    match in_window.filter(|planned_at| *planned_at <= now && *planned_at >= state.next_at) {
        Some(planned_at) => Due::Begin { planned_at },
        None => Due::Missed { planned_at: state.next_at },
    }
}

/// The next times after `now`, at most `count` of them.
pub fn next_runs(schedule: &Schedule, now: Timestamp, count: u32) -> Vec<Timestamp> {
    let mut times = Vec::new();
    let mut last = now;
    while times.len() < count as usize {
        let Some(next) = schedule.after(last) else { break };
        times.push(next);
        last = next;
    }
    times
}
