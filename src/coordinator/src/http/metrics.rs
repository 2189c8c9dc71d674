//! The metrics page, for Prometheus.

use super::{
    fleets::MOST_FLEETS,
    response::{Content, Reply},
};
use crate::{
    gate::{activity::short, counters, cycles::resources},
    storage::{LastBackup, LastBackups, Owed, Storage, Totals},
};
use backup_journal::{Timestamp, api::Resources, block::BLOCK_TYPES, text::visible};
use ic_metrics_encoder::MetricsEncoder;
pub(super) use samples::Encoder;
use samples::{age, age_seconds, figure, gauge, gauges, known, seconds};
use std::io;

/// The metrics have the first fleets by name, as the pages have. `backup_fleets` shows the number of all fleets.
const FLEETS: usize = MOST_FLEETS as usize;

/// The metrics name the canisters that must be started, the oldest first. `backup_starts_owed` shows the number of all.
const OWED: usize = 100;

/// Bytes of a page of WebAssembly memory.
const PAGE_BYTES: u64 = 65_536;

/// The page.
pub fn page(storage: &Storage, public: bool, now: Timestamp) -> Reply {
    let millis = i64::try_from(now.0 / 1_000_000).unwrap_or(i64::MAX);
    let mut encoder = MetricsEncoder::new(Vec::new(), millis);
    encode(&mut encoder, storage, public, now).expect("BUG: writing to a vector cannot fail");
    let body = String::from_utf8(encoder.into_inner()).expect("BUG: metrics are text");
    Reply::ok(Content::Metrics, body)
}

fn encode(to: &mut Encoder, storage: &Storage, public: bool, now: Timestamp) -> io::Result<()> {
    let totals = storage.totals();
    states(to, &totals)?;
    waiting(to, storage, now)?;
    owed(to, storage, public)?;
    executions::encode(to, storage, now)?;
    fleets(to, storage, public, now)?;
    problems::encode(to, storage, public, now)?;
    canister(to, storage)?;
    cycles(to, &resources(storage, now), public)?;
    by_kind(to, &totals)
}

fn states(to: &mut Encoder, totals: &Totals) -> io::Result<()> {
    let runs = totals.runs_by_state().map(|(state, count)| (state.name(), u64::from(count)));
    gauges(to, "backup_runs", "Runs by state.", "state", runs.into_iter())?;
    let counts = totals.operations().into_iter().map(|(state, count)| (state.name(), count));
    gauges(to, "backup_operations", "Operations of all runs by state.", "state", counts)
}

fn waiting(to: &mut Encoder, storage: &Storage, now: Timestamp) -> io::Result<()> {
    age(
        to,
        "backup_oldest_pending_operation_age_seconds",
        storage.oldest_claim(),
        now,
        "Time since the claim of the oldest Pending operation; no sample if no operation is Pending.",
    )?;
    gauge(
        to,
        "backup_starts_owed",
        figure(storage.owed_count()),
        "Canisters that must be started: their stop was claimed, and no start was completed or settled since.",
    )?;
    age(
        to,
        "backup_oldest_start_owed_age_seconds",
        storage.oldest_owed(),
        now,
        "Time since the oldest start became owed; no sample if no start is owed.",
    )?;
    gauge(
        to,
        "backup_restart_overdue_after_seconds",
        figure(storage.restart_overdue_after_nanos()) / 1e9,
        "Time after which an owed start is overdue.",
    )
}

/// Names of canisters and runs are shown with `Public` only.
pub(super) fn owed(to: &mut Encoder, storage: &Storage, public: bool) -> io::Result<()> {
    if !public {
        return Ok(());
    }
    let help = "When the start of a canister became owed, in seconds since 1970; the oldest 100.";
    let mut vector = to.gauge_vec("backup_start_owed_since_seconds", help)?;
    for Owed { canister, owed, run_id } in storage.owed(OWED) {
        let labels = [("canister", &*canister.to_text()), ("run", &*visible(run_id.as_str()))];
        vector = vector.value(&labels, seconds(owed.since.0))?;
    }
    Ok(())
}

pub(super) fn fleets(
    to: &mut Encoder,
    storage: &Storage,
    public: bool,
    now: Timestamp,
) -> io::Result<()> {
    let count = figure(storage.fleet_count());
    let help = "Fleets with at least one run that left a snapshot of every target.";
    gauge(to, "backup_fleets", count, help)?;
    let fleets = storage.fleets(FLEETS);
    let ages = |backup: fn(&LastBackups) -> Option<LastBackup>| -> Vec<(&str, f64)> {
        let age = |last| backup(last).map(|backup| age_seconds(backup.completed_at, now));
        fleets.iter().filter_map(|(fleet, last)| Some((fleet.as_str(), age(last)?))).collect()
    };
    let (on_network, complete) = (ages(|last| last.on_network), ages(|last| last.complete));
    let what =
        "the last run had left a snapshot of every target on the network and started them all";
    last_backups(to, "backup_last_on_network_age_seconds", what, &on_network, public)?;
    let what = "the end of the last run that verified a download of every target";
    last_backups(to, "backup_last_complete_age_seconds", what, &complete, public)?;
    let proven = ages(|last| last.proven);
    let what =
        "the end of the last complete run of which a drill has proven that it can be restored";
    last_backups(to, "backup_last_proven_age_seconds", what, &proven, public)
}

/// Names of fleets are shown with `Public` only.
fn last_backups(
    to: &mut Encoder,
    name: &str,
    what: &str,
    ages: &[(&str, f64)],
    public: bool,
) -> io::Result<()> {
    if public {
        let help = format!("Seconds since {what}; the first 500 fleets by name.");
        let mut vector = to.gauge_vec(name, &help)?;
        for (fleet, age) in ages {
            vector = vector.value(&[("fleet", &visible(fleet))], *age)?;
        }
        return Ok(());
    }
    let range = ages.iter().fold(None, |range: Option<(f64, f64)>, (_, age)| {
        let (longest, shortest) = range.unwrap_or((*age, *age));
        Some((longest.max(*age), shortest.min(*age)))
    });
    let help = format!(
        "Seconds since {what}: the longest and the shortest among the first 500 fleets; no sample if there is no \
         such run."
    );
    let vector = to.gauge_vec(name, &help)?;
    if let Some((longest, shortest)) = range {
        vector
            .value(&[("among_fleets", "longest")], longest)?
            .value(&[("among_fleets", "shortest")], shortest)?;
    }
    Ok(())
}

fn canister(to: &mut Encoder, storage: &Storage) -> io::Result<()> {
    let stable = figure(ic_cdk::api::stable_size() * PAGE_BYTES);
    gauge(to, "backup_drafts_open", figure(storage.draft_count()), "Open drafts.")?;
    let length = figure(storage.audit_length());
    gauge(to, "backup_audit_length", length, "Blocks of the log.")?;
    gauge(to, "backup_stable_memory_bytes", stable, "Size of stable memory.")?;
    let memory = storage.memory_use();
    let (used, limit) = (figure(memory.used_bytes), figure(memory.limit_bytes));
    let help = "Bytes of stable memory in use.";
    gauge(to, "backup_stable_memory_used_bytes", used, help)?;
    let help = "The most bytes of stable memory that the coordinator can use.";
    gauge(to, "backup_stable_memory_limit_bytes", limit, help)
}

/// The balance is shown with `Public` only. The days left are always shown, so that an alert can use them.
fn cycles(to: &mut Encoder, resources: &Resources, public: bool) -> io::Result<()> {
    let Resources { cycles_balance, cycles_burned_per_day, cycles_days_left, .. } = *resources;
    let help = "Days until the network freezes the canister, at the present rate; no sample while the rate is unknown \
                or zero.";
    known(to, "backup_cycles_days_left", cycles_days_left, help)?;
    if !public {
        return Ok(());
    }
    gauge(
        to,
        "backup_cycles_balance",
        figure(cycles_balance),
        "The cycles balance of the canister.",
    )?;
    let help =
        "Cycles burned per day, over the last one to two weeks; no sample during the first day.";
    known(to, "backup_cycles_burned_per_day", cycles_burned_per_day, help)
}

fn by_kind(to: &mut Encoder, totals: &Totals) -> io::Result<()> {
    let help = "Accepted changes by kind, since the installation.";
    let mut vector = to.counter_vec("backup_transitions_total", help)?;
    let counts = totals.events.iter().copied().chain(std::iter::repeat(0));
    for ((kind, _), count) in BLOCK_TYPES.iter().zip(counts) {
        vector = vector.value(&[("kind", short(kind))], figure(count))?;
    }
    // Every error has a sample from the start: Prometheus computes no rate from the first sample of a counter.
    let help = "Refused updates by error; the counts start again with each upgrade.";
    let mut vector = to.counter_vec("backup_refusals_total", help)?;
    for (kind, count) in counters::refusals() {
        vector = vector.value(&[("kind", kind)], figure(count))?;
    }
    let help = "Instructions of the last change of each kind, since the last upgrade.";
    let figures = counters::instructions().into_iter();
    gauges(to, "backup_last_transition_instructions", help, "kind", figures)
}

mod executions;
mod problems;
mod samples;
#[cfg(test)]
mod tests;
