//! The plans of restores.

use crate::{
    storage::{self, PlanRecord, StoredJournal},
    types::Answer,
};
use backup_journal::{
    RunId,
    journal::{Artifact, Header, JournalView},
    limits::{CheckLimits, MAX_REGISTRY_ENTRIES, check_count},
    plan::{BackupPlan, RestoreSelection, build_restore_plan as build},
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
        let saved = |target: &Principal| journal.artifact(target).and_then(Artifact::saved);
        Ok(build(&header, &targets, saved, selection)?)
    })?;
    plan.check_limits()?;
    Ok(plan)
}
