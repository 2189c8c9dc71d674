//! Whether the queries of a coordinator say what its log says.

use super::{AuditError, Difference};
use crate::{CoordinatorClient, Runtime};
use backup_journal::{
    api::{DraftPhase, DraftStatus, StartOwed},
    block::Entry,
    journal::ResumeSummary,
    limits::MAX_PAGE,
    replay::{Replay, ReplayedRun},
};
use serde::Serialize;
use serde_json::Value;

impl<R: Runtime> CoordinatorClient<R> {
    /// Holds `replay`, which is of `entries`, against everything that the queries say: events, roles,
    /// settings, drafts, and of each run the plan, summary, operations, receipts, targets and owed starts.
    ///
    /// # Errors
    /// [`AuditError::Differs`] with the first difference, [`AuditError::Moved`], or [`AuditError::Client`].
    pub async fn compare(&self, entries: &[Entry], replay: &Replay) -> Result<(), AuditError> {
        let compared = self.compare_all(entries, replay).await;
        let (from, to) = (replay.length(), self.log_length().await?);
        if from != to {
            return Err(AuditError::Moved { from, to });
        }
        compared
    }

    async fn compare_all(&self, entries: &[Entry], replay: &Replay) -> Result<(), AuditError> {
        let last = replay.length().saturating_sub(1);
        let events: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
        let listed = self.all_audit_events().await?;
        compare(last, &events, &listed, |index| format!("event {index}"))?;
        let roles = self.list_roles().await?;
        compare(last, &replay.roles(), &roles, |position| format!("role assignment {position}"))?;
        let settings = self.get_settings().await?;
        compare(last, &[replay.settings()], &[settings], |_| "the settings".to_owned())?;
        let drafts = self.list_journal_drafts().await?;
        let drafts: Vec<_> = drafts.into_iter().filter_map(|draft| open(draft, replay)).collect();
        compare(last, &replay.drafts(), &drafts, |position| format!("draft {position}"))?;
        let runs: Vec<ResumeSummary> =
            replay.runs().map(|run| run.journal().resume_summary()).collect();
        let listed = self.all_journals().await?;
        compare(last, &runs, &listed, |position| format!("run {position} of the list"))?;
        for run in replay.runs() {
            self.compare_run(run).await?;
        }
        Ok(())
    }

    async fn compare_run(&self, run: &ReplayedRun) -> Result<(), AuditError> {
        let (details, last) = (run.details(), run.last_block());
        let run_id = &details.summary.run_id;
        let stored = self.get_journal(run_id).await?;
        let one = std::slice::from_ref;
        compare(last, one(&details), one(&stored), |_| format!("the journal of run {run_id}"))?;
        let operations = self.all_operations(run_id).await?;
        let name = |position| format!("operation {position} of run {run_id}");
        compare(last, &run.journal().operations(), &operations, name)?;
        let receipts = self.all_operation_receipts(run_id).await?;
        let name = |position| format!("receipt {position} of run {run_id}");
        compare(last, run.journal().receipts(), &receipts, name)?;
        let targets = self.all_targets(run_id).await?;
        let name = |position| format!("target {position} of run {run_id}");
        compare(last, &run.targets(), &targets, name)?;
        let owed = self.all_starts_owed(run_id).await?;
        let name = |position| format!("owed start {position} of run {run_id}");
        Ok(compare(last, &run.starts_owed(), &owed, name)?)
    }

    /// Every canister of a run that is stopped and owes a start.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_starts_owed(
        &self,
        run_id: &backup_journal::RunId,
    ) -> crate::Answer<Vec<StartOwed>> {
        let mut owed: Vec<StartOwed> = Vec::new();
        loop {
            let after = owed.last().map(|start| start.canister_id);
            let page = self.list_starts_owed(run_id, after, MAX_PAGE).await?;
            let more = page.len() == MAX_PAGE as usize;
            owed.extend(page);
            if !more {
                return Ok(owed);
            }
        }
    }
}

/// The draft as the log knows it: how far sealing has come is not told there, nor when the last of a
/// discarded one is gone.
fn open(draft: DraftStatus, replay: &Replay) -> Option<DraftStatus> {
    let discarded = matches!(draft.phase, DraftPhase::Discarding { .. });
    if discarded && replay.is_discarded(&draft.run_id) {
        return None;
    }
    let phase = if discarded { draft.phase } else { DraftPhase::Collecting };
    Some(DraftStatus { phase, ..draft })
}

/// Holds two lists against each other; `what` names an element by its position.
fn compare<T: PartialEq + Serialize>(
    block: u64,
    log: &[T],
    queries: &[T],
    what: impl Fn(usize) -> String,
) -> Result<(), Box<Difference>> {
    let same = log.iter().zip(queries).take_while(|(log, queries)| log == queries).count();
    if same == log.len() && same == queries.len() {
        return Ok(());
    }
    let json = |list: &[T]| list.get(same).map_or(Value::Null, |element| shown(element));
    let (field, log, queries) = first_difference(json(log), json(queries));
    Err(Box::new(Difference { what: what(same), field, block, log, queries }))
}

fn shown(element: &impl Serialize) -> Value {
    serde_json::to_value(element).expect("BUG: a record cannot be shown")
}

/// The path to the first field that differs, and both of its values.
fn first_difference(log: Value, queries: Value) -> (String, String, String) {
    let (mut path, mut pair) = (Vec::new(), (log, queries));
    while let Some((field, log, queries)) = step(&pair) {
        path.push(field);
        pair = (log, queries);
    }
    (path.join("."), pair.0.to_string(), pair.1.to_string())
}

fn step((log, queries): &(Value, Value)) -> Option<(String, Value, Value)> {
    let (Value::Object(log), Value::Object(queries)) = (log, queries) else { return None };
    let (field, log) = log.iter().find(|(field, value)| queries.get(*field) != Some(*value))?;
    Some((field.clone(), log.clone(), queries.get(field)?.clone()))
}
