//! Restores: their plans, rolling them back, and the drills that prove that a backup can be restored.

use super::transition::transition;
use crate::{
    call::Call,
    storage::{self, PlanRecord, StoredJournal},
    types::Answer,
};
use backup_journal::{
    RunId,
    api::AuditEventKind,
    journal::{self, Artifact, DrillReport, Header, JournalView, ResumeSummary},
    limits::{CheckLimits, MAX_REGISTRY_ENTRIES, MAX_TEXT_BYTES, check_count},
    plan::{BackupPlan, RestoreSelection, Saved, build_restore_plan as build},
};
use candid::Principal;

/// Makes the plan that restores what a run has saved; nothing is stored.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], a limit, or a rule of the plan.
pub fn build_restore_plan(run_id: &RunId, selection: RestoreSelection) -> Answer<BackupPlan> {
    let members = selection.members.as_ref().map_or(0, Vec::len);
    check_count("members", members, MAX_REGISTRY_ENTRIES)?;
    check_count("map", selection.map.len(), MAX_REGISTRY_ENTRIES)?;
    let plan = storage::read(|storage| -> Answer<BackupPlan> {
        let run = storage.run(run_id)?;
        let journal = StoredJournal::new(storage, run);
        let Header { targets, authorities, .. } = *journal.header();
        check_count("targets of the backup", targets as usize, MAX_REGISTRY_ENTRIES)?;
        let PlanRecord { header, .. } = storage.plan(run);
        let targets = storage.targets(run, authorities, 0, targets);
        let saved = |target: &Principal| journal.artifact(target).and_then(saved);
        Ok(build(&header, &targets, saved, selection)?)
    })?;
    plan.check_limits()?;
    Ok(plan)
}

/// Rolls back a restore whose fleet is contained.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], a limit, or as the state machine says.
pub fn roll_back_run(run_id: &RunId, reason: String, call: &Call) -> Answer<ResumeSummary> {
    check_count("reason", reason.len(), MAX_TEXT_BYTES)?;
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::roll_back_run(journal, &reason, call.now)?;
        Ok((change, AuditEventKind::RunRolledBack { reason }, None))
    };
    transition(run_id, call, step, |_| ())?;
    storage::read(|storage| storage.summary(run_id))
}

/// Records a drill of a complete backup.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], a limit, or as the state machine says.
pub fn record_drill(run_id: &RunId, report: DrillReport, call: &Call) -> Answer<ResumeSummary> {
    let note = report.note.as_ref().map_or(0, String::len);
    check_count("note", note, MAX_TEXT_BYTES)?;
    let step = |journal: &StoredJournal<'_>| {
        let change = journal::record_drill(journal, &report, call.caller, call.now)?;
        let DrillReport { proven_targets, note } = report;
        Ok((change, AuditEventKind::DrillRecorded { proven_targets, note }, None))
    };
    transition(run_id, call, step, |_| ())?;
    storage::read(|storage| storage.summary(run_id))
}

/// What can be restored of a target. A checksum counts only with the download that it is of.
fn saved(artifact: Artifact) -> Option<Saved> {
    let checksum = artifact.checksum.filter(|_| artifact.artifact_path.is_some());
    Some(Saved { snapshot_id: artifact.snapshot_id?, checksum })
}
