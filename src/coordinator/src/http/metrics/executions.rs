//! The figures of what the coordinator executes by itself.

use super::samples::{Encoder, age_seconds, figure, gauge, gauges};
use crate::{
    executor,
    gate::counters,
    http::watched::{Deadline, Phases, deadlines, phases},
    storage::Storage,
};
use backup_journal::Timestamp;
use std::io;

pub(super) fn encode(to: &mut Encoder, storage: &Storage, now: Timestamp) -> io::Result<()> {
    let Phases { planned, preflight, running, over, paused } = phases(storage);
    let counts =
        [("planned", planned), ("preflight", preflight), ("running", running), ("over", over)];
    let help = "Runs that the coordinator executes by itself, by phase.";
    gauges(to, "backup_executions", help, "phase", counts.into_iter())?;
    let help = "Runs that the coordinator executes by itself and that are paused.";
    gauge(to, "backup_executions_paused", figure(paused), help)?;
    let calls = u64::try_from(executor::calls_under_way()).unwrap_or(u64::MAX);
    let help = "Tasks of the coordinator that wait for an answer of the network now.";
    gauge(to, "backup_calls_under_way", figure(calls), help)?;
    distances(to, &deadlines(storage), now)?;
    let help = "Calls of the coordinator that went wrong, by error; most are made again. The counts start again with each \
                upgrade.";
    let mut vector = to.counter_vec("backup_calls_failed_total", help)?;
    for (error, count) in counters::failed_calls() {
        vector = vector.value(&[("error", error)], figure(count))?;
    }
    let help = "Operations whose outcome was not known and was found out by looking at the canister, since the last \
                upgrade.";
    let settled = figure(counters::settled());
    to.counter_vec("backup_operations_settled_by_looking_total", help)?.value(&[], settled)?;
    Ok(())
}

/// How far away the nearest restart deadline is, and how late the first run is that has missed its own.
fn distances(to: &mut Encoder, deadlines: &[Deadline], now: Timestamp) -> io::Result<()> {
    let help = "Seconds until the nearest restart deadline of a run that owes a start; no sample if there is none.";
    let vector = to.gauge_vec("backup_restart_deadline_seconds", help)?;
    if let Some(next) = deadlines.iter().find(|deadline| deadline.at >= now) {
        vector.value(&[], age_seconds(now, next.at))?;
    }
    let passed = deadlines.iter().find(|it| it.at < now);
    let late = passed.map_or(0.0, |deadline| age_seconds(deadline.at, now));
    let help = "Seconds since the restart deadline of the run that is latest: it has passed, and the run still owes starts. 0 \
                if there is none.";
    gauge(to, "backup_restart_deadline_overdue_seconds", late, help)
}
