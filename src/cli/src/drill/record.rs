//! Records with the coordinator what a drill has shown.

use super::drilled::Drilled;
use crate::{
    agent::connect::ConnectionArgs,
    backup::{folder::Folder, manifest::Manifest},
    output,
    run::record::RunRecord,
    usage::UsageError,
};
use anyhow::Result;
use backup_coordinator_client::journal::{RunId, journal::DrillReport, limits::MAX_TEXT_BYTES};

/// The run of a backup, and how its coordinator is reached.
pub struct Recorder<'a> {
    run_id: RunId,
    targets: usize,
    typed: &'a ConnectionArgs,
}

impl<'a> Recorder<'a> {
    /// The run of the backup with this manifest.
    ///
    /// # Errors
    /// [`UsageError`] if the backup was imported: no coordinator knows it.
    pub fn of(manifest: &Manifest, typed: &'a ConnectionArgs) -> Result<Self, UsageError> {
        let run = manifest.run.as_ref().ok_or_else(|| {
            UsageError("the backup was imported, so no coordinator has its run".to_owned())
        })?;
        Ok(Self { run_id: run.run_id.clone(), targets: manifest.members.len(), typed })
    }

    /// Records how many canisters were proven.
    pub async fn record(&self, folder: &Folder, drilled: &[Drilled]) -> Result<()> {
        let mut settings = self.typed.settings()?;
        if let Some(record) = RunRecord::read(folder)? {
            record.complete(&self.run_id, self.typed, &mut settings)?;
        }
        let connection = settings.connect().await?;
        let report = report(drilled, self.targets);
        connection.coordinator.record_drill(&self.run_id, &report).await?;
        output::tell(&format!(
            "recorded with the run {}: {} of {} canisters are proven",
            self.run_id, report.proven_targets, self.targets
        ));
        Ok(())
    }
}

/// What is recorded: the number, and the first problem if there is one.
fn report(drilled: &[Drilled], targets: usize) -> DrillReport {
    let proven = drilled.iter().filter(|it| it.is_proven()).count();
    let problem = drilled.iter().find_map(|it| Some((it.canister_id, it.problem.as_ref()?)));
    let note = match problem {
        Some((canister, problem)) => format!("{canister}: {problem}"),
        None if drilled.len() < targets => format!("{} canisters were tried", drilled.len()),
        None => "restored in a simulated network".to_owned(),
    };
    let end = note.floor_char_boundary(MAX_TEXT_BYTES);
    DrillReport {
        proven_targets: u32::try_from(proven).unwrap_or(u32::MAX),
        note: Some(note[..end].to_owned()),
    }
}
