//! Tells how far a rehearsal is: a bar on a terminal, plain lines in a pipe; always on standard error.

use crate::output;
use backup_journal::{
    Sequence,
    execution::{ExecutionPhase, ExecutionStatus, WaitingOperation},
    journal::{Operation, ResumeSummary, Tally},
    plan::BackupOperationKind,
    text::visible,
};
use candid::Principal;
use indicatif::ProgressBar;
use std::collections::{BTreeMap, BTreeSet};

/// How far a rehearsal is.
pub struct Progress {
    total: usize,
    done: usize,
    roles: BTreeMap<Principal, String>,
    /// What was told last of a run that the coordinator executes.
    told: String,
    /// Why operations of it wait, as far as it was told.
    waiting: BTreeSet<(Sequence, String)>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A run of `total` operations, whose targets have these roles.
    pub fn new(total: usize, roles: BTreeMap<Principal, String>) -> Self {
        let bar = output::bar("{bar:30} {pos:>4}/{len} {elapsed:>4}  {msg}");
        if let Some(bar) = &bar {
            bar.set_length(total as u64);
        }
        Self { total, done: 0, roles, told: String::new(), waiting: BTreeSet::new(), bar }
    }

    /// An attempt at an operation was reported.
    pub fn reported(&mut self, operation: &Operation, failure: Option<&str>) {
        let what = self.describe(operation.kind, operation.target_canister_id);
        if let Some(reason) = failure {
            let attempt = operation.attempt;
            output::tell(&format!("{what} failed at attempt {attempt}: {reason}"));
            return;
        }
        self.done += 1;
        let (done, total) = (self.done, self.total);
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            bar.set_message(visible(&what).into_owned());
        } else {
            let width = total.to_string().len();
            output::tell(&format!("{done:>width$}/{total} {what}"));
        }
    }

    /// The coordinator has come this far with a run that it executes.
    pub fn watched(&mut self, status: &ExecutionStatus, summary: &ResumeSummary) {
        for operation in &status.waiting {
            let WaitingOperation { sequence, kind, canister_id, reason, .. } = operation;
            if self.waiting.insert((*sequence, reason.clone())) {
                let what = self.describe(*kind, Some(*canister_id));
                output::tell(&format!("{what} waits: {reason}"));
            }
        }
        let Tally { completed, skipped, .. } = summary.operations;
        self.done = (completed + skipped) as usize;
        let activity = activity(status);
        if let Some(bar) = &self.bar {
            bar.set_position(self.done as u64);
            bar.set_message(activity);
        } else if self.told != activity {
            let (done, total) = (self.done, self.total);
            let width = total.to_string().len();
            output::tell(&format!("{done:>width$}/{total} {activity}"));
            self.told = activity;
        }
    }

    /// There is nothing more to tell.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn describe(&self, kind: BackupOperationKind, target: Option<Principal>) -> String {
        match target {
            None => kind.to_string(),
            Some(id) => match self.roles.get(&id) {
                Some(role) => format!("{kind} {role} ({id})"),
                None => format!("{kind} {id}"),
            },
        }
    }
}

/// What the coordinator does now, in a few words.
fn activity(status: &ExecutionStatus) -> String {
    if status.phase == ExecutionPhase::Over {
        return "the coordinator has done its part".to_owned();
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &status.under_way {
        *kinds.entry(call.kind.map_or("check", BackupOperationKind::name)).or_default() += 1;
    }
    let mut parts: Vec<String> =
        kinds.into_iter().map(|(kind, count)| format!("{count} {kind} under way")).collect();
    if !status.waiting.is_empty() {
        parts.push(format!("{} wait", status.waiting.len()));
    }
    if parts.is_empty() {
        return "the coordinator decides what is next".to_owned();
    }
    parts.join(", ")
}
