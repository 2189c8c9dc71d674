//! Opens the journal of a run, and asks for its restart deadline.

use crate::{output, plan, run::record::RunRecord, words};
use anyhow::{Context, Result, bail};
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    api::{CoordinatorError, Duplicate},
    plan::BackupPlan,
};

/// Opens the journal. A journal of this very plan was opened by an earlier call of this driver.
pub async fn open<R: Runtime>(coordinator: &CoordinatorClient<R>, plan: &BackupPlan) -> Result<()> {
    match plan::open_journal(coordinator, plan).await {
        Ok(_)
        | Err(ClientError::Refused(CoordinatorError::Duplicate(Duplicate::Journal { .. }))) => {
            Ok(())
        }
        Err(ClientError::Refused(CoordinatorError::RunExists { run_id })) => {
            bail!("{}", exists(coordinator, &run_id).await)
        }
        Err(error) => Err(error).context("the journal cannot be opened"),
    }
}

/// Who has begun a run of this id.
async fn exists<R: Runtime>(coordinator: &CoordinatorClient<R>, run_id: &RunId) -> String {
    let who = match coordinator.get_journal(run_id).await {
        Ok(it) => format!("by {} on {}", it.created_by, words::time(it.summary.created_at)),
        Err(_) => "by somebody else".to_owned(),
    };
    format!(
        "the run {run_id} was begun {who}, by another driver: see backupctl status {run_id}, or choose another --run-id"
    )
}

/// Asks the coordinator to start the members if this driver does not.
pub async fn set_deadline<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    record: &RunRecord,
) -> Result<()> {
    let run_id = &record.run_id;
    let problem = match record.restart_within {
        None => "the fleet is not registered".to_owned(),
        Some(seconds) => match coordinator.set_restart_deadline(run_id, seconds).await {
            Ok(()) => return Ok(()),
            Err(ClientError::Refused(refusal)) => refusal.to_string(),
            Err(error) => return Err(error).context("the restart deadline cannot be set"),
        },
    };
    output::tell(&format!(
        "warning: no restart deadline, since {problem}; if this command dies, members stay stopped until \
         backupctl resume {run_id}"
    ));
    Ok(())
}

/// Whether the coordinator does not know a run.
pub async fn is_unknown<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    run_id: &RunId,
) -> Result<bool> {
    match coordinator.resume_summary(run_id).await {
        Ok(_) => Ok(false),
        Err(ClientError::Refused(CoordinatorError::RunNotFound { .. })) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
