//! Figures for Prometheus.

use super::response::{Content, Reply};
use crate::{
    gate::{activity::short, counters, cycles::resources},
    storage::{LastBackup, LastBackups, Owed, Storage, Totals},
};
use backup_journal::{Timestamp, api::Resources, block::BLOCK_TYPES, text::visible};
use ic_metrics_encoder::MetricsEncoder;
use std::io;

/// How many fleets are looked at, by name. [`Storage::fleet_count`] is shown beside them, so that one sees
/// when there are more.
const FLEETS: usize = 500;

/// How many canisters that must be started are named, the oldest first. How many there are is shown beside them.
const OWED: usize = 100;

/// Bytes of a page of WebAssembly memory.
const PAGE_BYTES: u64 = 65_536;

pub(super) type Encoder = MetricsEncoder<Vec<u8>>;

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
    fleets(to, storage, public, now)?;
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
        "For how long the oldest claimed operation waits for its receipt; no sample when none does.",
    )?;
    gauge(
        to,
        "backup_starts_owed",
        figure(storage.owed_count()),
        "Canisters that must be started: their stop was claimed, and no start was completed since.",
    )?;
    age(
        to,
        "backup_oldest_start_owed_age_seconds",
        storage.oldest_owed(),
        now,
        "For how long the oldest owed start is owed; no sample when none is.",
    )?;
    gauge(
        to,
        "backup_restart_overdue_after_seconds",
        figure(storage.restart_overdue_after_nanos()) / 1e9,
        "After how long an owed start is overdue.",
    )
}

/// Canisters and runs are told only where everything is.
pub(super) fn owed(to: &mut Encoder, storage: &Storage, public: bool) -> io::Result<()> {
    if !public {
        return Ok(());
    }
    let help = "Since when a canister must be started, in seconds since 1970; the oldest 100.";
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
    let help = "Fleets of which a run ever left a snapshot of every target.";
    gauge(to, "backup_fleets", count, help)?;
    let fleets = storage.fleets(FLEETS);
    let ages = |backup: fn(&LastBackups) -> Option<LastBackup>| -> Vec<(&str, f64)> {
        let age = |last| backup(last).map(|backup| age_seconds(backup.completed_at, now));
        fleets.iter().filter_map(|(fleet, last)| Some((fleet.as_str(), age(last)?))).collect()
    };
    let (on_network, complete) = (ages(|last| last.on_network), ages(|last| last.complete));
    let what = "the last run that left a snapshot of every target on the network was over";
    last_backups(to, "backup_last_on_network_age_seconds", what, &on_network, public)?;
    let what = "the last run that verified a download of every target was over";
    last_backups(to, "backup_last_complete_age_seconds", what, &complete, public)
}

/// Names of fleets are shown only where everything is.
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
        "Seconds since {what}, of the fleet where that is longest and shortest ago among the first 500; \
         no sample when there is none."
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
    gauge(to, "backup_drafts_open", figure(storage.draft_count()), "Drafts that are open.")?;
    let length = figure(storage.audit_length());
    gauge(to, "backup_audit_length", length, "Events of the audit trail.")?;
    gauge(to, "backup_stable_memory_bytes", stable, "Size of stable memory.")?;
    let memory = storage.memory_use();
    let (used, limit) = (figure(memory.used_bytes), figure(memory.limit_bytes));
    let help = "Bytes of stable memory that are taken.";
    gauge(to, "backup_stable_memory_used_bytes", used, help)?;
    let help = "The most bytes of stable memory that can ever be taken.";
    gauge(to, "backup_stable_memory_limit_bytes", limit, help)
}

/// What the canister has is told only where everything is; for how long it lasts, to everybody who may have to
/// be woken.
fn cycles(to: &mut Encoder, resources: &Resources, public: bool) -> io::Result<()> {
    let Resources { cycles_balance, cycles_burned_per_day, cycles_days_left, .. } = *resources;
    let help = "In how many days the network freezes the canister, as its cycles go at present; no sample while that \
                is not known, or none go.";
    known(to, "backup_cycles_days_left", cycles_days_left, help)?;
    if !public {
        return Ok(());
    }
    gauge(to, "backup_cycles_balance", figure(cycles_balance), "Cycles that the canister has.")?;
    let help = "Cycles that go in a day, over the last one to two weeks; no sample before a day was looked at.";
    known(to, "backup_cycles_burned_per_day", cycles_burned_per_day, help)
}

fn by_kind(to: &mut Encoder, totals: &Totals) -> io::Result<()> {
    let help = "Accepted changes by kind, since the canister was installed.";
    let mut vector = to.counter_vec("backup_transitions_total", help)?;
    let counts = totals.events.iter().copied().chain(std::iter::repeat(0));
    for ((kind, _), count) in BLOCK_TYPES.iter().zip(counts) {
        vector = vector.value(&[("kind", short(kind))], figure(count))?;
    }
    // Of every error from the start: a counter that appears with its first event has no rate for it.
    let help = "Refused updates by error; it starts again at zero with each upgrade.";
    let mut vector = to.counter_vec("backup_refusals_total", help)?;
    for (kind, count) in counters::refusals() {
        vector = vector.value(&[("kind", kind)], figure(count))?;
    }
    let help = "Instructions of the last change of each kind; forgotten with each upgrade.";
    let figures = counters::instructions().into_iter();
    gauges(to, "backup_last_transition_instructions", help, "kind", figures)
}

fn gauges<'a>(
    to: &mut Encoder,
    name: &str,
    help: &str,
    label: &str,
    figures: impl Iterator<Item = (&'a str, u64)>,
) -> io::Result<()> {
    let mut vector = to.gauge_vec(name, help)?;
    for (value, count) in figures {
        vector = vector.value(&[(label, value)], figure(count))?;
    }
    Ok(())
}

fn gauge(to: &mut Encoder, name: &str, value: f64, help: &str) -> io::Result<()> {
    to.encode_gauge(name, value, help)
}

/// Where a figure is not known, there is no sample.
fn known(to: &mut Encoder, name: &str, value: Option<u64>, help: &str) -> io::Result<()> {
    match value {
        Some(value) => gauge(to, name, figure(value), help),
        None => to.gauge_vec(name, help).map(drop),
    }
}

/// An age is that of something: where there is nothing, there is no sample.
fn age(
    to: &mut Encoder,
    name: &str,
    since: Option<Timestamp>,
    now: Timestamp,
    help: &str,
) -> io::Result<()> {
    match since {
        Some(since) => gauge(to, name, age_seconds(since, now), help),
        None => to.gauge_vec(name, help).map(drop),
    }
}

fn age_seconds(since: Timestamp, now: Timestamp) -> f64 {
    seconds(now.nanos_since(since))
}

/// Of nanoseconds, to the millisecond.
fn seconds(nanos: u64) -> f64 {
    figure(nanos / 1_000_000) / 1e3
}

#[allow(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
const fn figure(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
