//! The figures of `/metrics`, against those of the earlier release and against the queries.

use backup_coordinator_client::{
    Answer,
    journal::{
        block::{BLOCK_TYPES, block_type},
        journal::{ResumeSummary, RunState},
    },
};
use integration_tests::{Setup, setup::Client, web::page};
use std::collections::BTreeMap;

/// Figures that are not of what is stored, and why.
const NOT_COMPARED: [(&str, &str); 7] = [
    ("backup_cycles_balance", "the balance is the network's"),
    ("backup_stable_memory_bytes", "a later release may take more memory"),
    ("backup_refusals_total", "it begins again with each upgrade"),
    ("backup_last_transition_instructions", "it begins again with each upgrade"),
    ("backup_last_completed_age_seconds", "two metrics tell it now, by what a run has saved"),
    ("backup_starts_owed", "a stop counts from its claim on now, whatever was reported"),
    ("backup_oldest_start_owed_age_seconds", "as above"),
];

/// Figures by name and labels, as in `backup_runs{state="failed"}`.
pub type Figures = BTreeMap<String, f64>;

/// The figures of a page.
pub fn parse(page: &str) -> Figures {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let figure = |line: &str| {
        // The name, which may contain blanks, the value and the time.
        let (rest, _) = line.rsplit_once(' ')?;
        let (name, value) = rest.rsplit_once(' ')?;
        Some((name.to_string(), value.parse().ok()?))
    };
    samples.map(|line| figure(line).unwrap_or_else(|| panic!("no figure: {line}"))).collect()
}

/// The figures now.
pub fn now(setup: &Setup) -> Figures {
    parse(&page(setup, "/metrics"))
}

/// Every figure of the earlier release that is another now.
pub fn differences(recorded: &Figures, now: &Figures) -> Vec<String> {
    let compared = recorded.iter().filter(|(figure, _)| {
        let name = figure.split('{').next().unwrap_or_default();
        NOT_COMPARED.iter().all(|(excluded, _)| *excluded != name)
    });
    compared
        .filter(|(name, value)| now.get(*name) != Some(*value))
        .map(|(name, value)| format!("{name} was {value} and is {:?}", now.get(name)))
        .collect()
}

/// Those of `figures` that are totals over all runs and events, as they follow from the queries.
pub async fn of_the_queries(client: &Client) -> Answer<Figures> {
    let runs = client.all_journals().await?;
    let events = client.all_audit_events().await?;
    let drafts = client.list_journal_drafts().await?;
    let mut figures = Figures::from([
        ("backup_audit_length".to_string(), count(events.len())),
        ("backup_drafts_open".to_string(), count(drafts.len())),
        ("backup_starts_owed".to_string(), sum(&runs, |run| run.starts_owed)),
    ]);
    let state = |state| count(runs.iter().filter(|run| run.state == state).count());
    for (name, figure) in [
        ("awaiting_preflight", state(RunState::AwaitingPreflight)),
        ("in_progress", state(RunState::InProgress)),
        ("failed", state(RunState::Failed)),
        ("completed", state(RunState::Completed)),
    ] {
        figures.insert(labelled("backup_runs", "state", name), figure);
    }
    for (name, figure) in [
        ("ready", sum(&runs, |run| run.operations.ready)),
        ("pending", sum(&runs, |run| run.operations.pending)),
        ("blocked", sum(&runs, |run| run.operations.blocked)),
        ("completed", sum(&runs, |run| run.operations.completed)),
        ("failed", sum(&runs, |run| run.operations.failed)),
        ("skipped", sum(&runs, |run| run.operations.skipped)),
    ] {
        figures.insert(labelled("backup_operations", "state", name), figure);
    }
    for (kind, _) in BLOCK_TYPES {
        let number = events.iter().filter(|event| block_type(&event.kind) == kind).count();
        let name = kind.replace("backup_", "");
        figures.insert(labelled("backup_transitions_total", "kind", &name), count(number));
    }
    Ok(figures)
}

fn labelled(name: &str, label: &str, value: &str) -> String {
    format!("{name}{{{label}=\"{value}\"}}")
}

fn sum(runs: &[ResumeSummary], of: impl Fn(&ResumeSummary) -> u32) -> f64 {
    f64::from(runs.iter().map(of).sum::<u32>())
}

fn count(number: usize) -> f64 {
    u32::try_from(number).expect("small numbers").into()
}
