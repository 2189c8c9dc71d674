//! What a rehearsal of many nights has to show, for the table and for JSON alike.

use super::{
    costs::Costs,
    invariants::{Invariant, Violation},
    nights::Nights,
    person::Person,
    records::{Night, SHOWN, Totals},
};
use crate::{
    driver::check::{Check, check_journal},
    network::Network,
    rehearse::auditor::Auditor,
    words::excerpt,
};
use anyhow::{Error, Result, anyhow};
use backup_journal::{
    api::{AuditEvent, AuditEventKind},
    journal::{ResumeSummary, RunOutcome},
};
use candid::Principal;
use serde::Serialize;
use std::collections::BTreeMap;

/// The result.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// What went wrong before the end, if something did.
    pub error: Option<String>,
    /// From what everything was drawn.
    pub seed: u64,
    /// How many calls were to go wrong, in percent.
    pub fault_rate: u32,
    /// The fleet.
    pub fleet: String,
    /// How many members it has.
    pub members: usize,
    /// The coordinator.
    pub coordinator: Principal,
    /// What they add up to.
    pub totals: Totals,
    /// What the schedule costs; none if not everything holds.
    pub costs: Option<Costs>,
    /// The nights.
    pub nights: Vec<Night>,
    /// What must hold.
    pub checks: Vec<Check>,
}

impl Report {
    /// Gathers what is left after the nights, and checks the journals and the log.
    pub async fn of(
        nights: Nights,
        result: Result<()>,
        rate: u32,
        seed: u64,
        auditor: Auditor,
    ) -> Result<Self> {
        let Nights { stage, fleet, schedule, rows: mut nights, mut totals, person, .. } = nights;
        let summaries = stage.client().all_journals().await?;
        for night in &mut nights {
            let summary = summaries.iter().find(|it| Some(&it.run_id) == night.run_id.as_ref());
            let Some(summary) = summary else { continue };
            night.outcome = saved(summary);
            night.aborted = summary.abort.as_ref().map(|abort| abort.reason.clone());
        }
        let events = stage.client().all_audit_events().await?;
        count_deletions(&mut nights, &mut totals, &events, &person);
        add_up(&nights, &mut totals);
        let now = stage.network.now();
        let age = |worth: RunOutcome| {
            let worth = |it: &&ResumeSummary| saved(it).is_some_and(|it| it.is_backup_worth(worth));
            let last = summaries.iter().filter(worth).map(|it| it.created_at).max();
            last.map(|at| now.nanos_since(at))
        };
        totals.age_on_network_nanos = age(RunOutcome::OnNetwork);
        totals.age_verified_nanos = age(RunOutcome::Complete);
        let mut results = BTreeMap::new();
        let mut error = None;
        match result.map_err(Error::downcast::<Violation>) {
            Ok(()) => {}
            Err(Ok(violation)) => {
                results.insert(violation.invariant, anyhow!(violation.what));
            }
            Err(Err(other)) => error = Some(format!("{other:#}")),
        }
        for summary in &summaries {
            if let Err(problem) = check_journal(&stage.client(), summary).await {
                results.insert(Invariant::Journals, problem.context(summary.run_id.to_string()));
            }
        }
        let audit = auditor.end(&stage).await?;
        if let Some(problem) = audit.and_then(|audit| audit.problem) {
            results.insert(Invariant::Log, anyhow!(problem));
        }
        let ok = error.is_none() && results.is_empty();
        let costs = if ok { Some(Costs::measure(&stage, &fleet, &schedule).await?) } else { None };
        let checks = Invariant::ALL.map(|invariant| {
            let problem = results.get(&invariant).map(|problem| format!("{problem:#}"));
            Check { name: invariant.name(), problem }
        });
        Ok(Self {
            ok,
            error,
            seed,
            fault_rate: rate,
            fleet: fleet.to_string(),
            members: stage.fleet.entries.len(),
            coordinator: stage.coordinator,
            totals,
            costs,
            nights,
            checks: checks.into(),
        })
    }

    /// The first thing that does not hold.
    pub fn first_problem(&self) -> Option<String> {
        let broken = |check: &Check| {
            let problem = check.problem.as_ref()?;
            Some(format!("it does not hold that {}: {problem}", check.name))
        };
        self.error.clone().or_else(|| self.checks.iter().find_map(broken))
    }
}

/// What a run has saved. One that waits for its downloads is on the network.
fn saved(summary: &ResumeSummary) -> Option<RunOutcome> {
    let waits = summary.targets_with_snapshot == summary.total_targets
        && summary.starts_owed == 0
        && summary.restore.is_none();
    summary.outcome.or_else(|| waits.then_some(RunOutcome::OnNetwork))
}

/// Counts the snapshots that are not on the network any more: of the coordinator's deletions, and of a person's.
fn count_deletions(
    nights: &mut [Night],
    totals: &mut Totals,
    events: &[AuditEvent],
    person: &Person,
) {
    for event in events {
        let AuditEventKind::SnapshotDeleted { canister_id, snapshot_id, .. } = &event.kind else {
            continue;
        };
        let id = (*canister_id, hex::decode(snapshot_id).unwrap_or_default());
        if person.deleted.contains(&id) {
            totals.found_gone += 1;
            continue;
        }
        totals.deleted += 1;
        if let Some(night) = nights.iter_mut().rfind(|night| night.at <= event.time) {
            night.deleted += 1;
        }
    }
}

fn add_up(nights: &[Night], totals: &mut Totals) {
    for night in nights {
        totals.worst_down_nanos = totals.worst_down_nanos.max(night.down_nanos);
        totals.slots = totals.slots.max(night.slots);
        if let Some(outcome) = night.outcome {
            *totals.runs.entry(name(outcome)).or_default() += 1;
        }
        if let Some(without) = &night.without {
            *totals.without.entry(excerpt(without, SHOWN)).or_default() += 1;
        }
    }
}

const fn name(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Nothing => "nothing",
        RunOutcome::Partial => "partial",
        RunOutcome::OnNetwork => "on network",
        RunOutcome::Complete => "complete",
        RunOutcome::RolledBack => "rolled back",
        RunOutcome::Restored => "restored",
    }
}
