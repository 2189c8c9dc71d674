//! Aborting a run.

use super::{gather::Course, render::stopped, told::told};
use crate::{
    agent::connect::Connection, backup::folder::to_json, confirm::confirm, exit::Exit, output,
};
use anyhow::Result;
use backup_journal::RunId;

/// Shows what would follow, asks, and aborts a run.
pub async fn abort(
    connection: &Connection,
    run_id: &RunId,
    reason: &str,
    (yes, json): (bool, bool),
) -> Result<Exit> {
    let course = Course::gather(connection, run_id).await.map_err(told)?;
    if !yes {
        output::tell(&consequences(&course));
        for line in stopped(&course).iter().flat_map(|table| table.lines()) {
            output::tell(line);
        }
        if !confirm(&format!("Abort {run_id}?"))? {
            output::tell("nothing was done");
            return Ok(Exit::Failed);
        }
    }
    let summary = connection.coordinator.abort_run(run_id, reason).await.map_err(told)?;
    if json {
        output::answer(&to_json(&summary)?)?;
        return Ok(Exit::Complete);
    }
    output::show(&format!("{run_id} is aborted. {}\n", then(&course)));
    Ok(Exit::Complete)
}

/// What an abort does.
fn consequences(course: &Course) -> String {
    let summary = &course.summary;
    let snapshots = summary.targets_with_snapshot;
    let kept = format!("{snapshots} of {} snapshots are taken and stay", summary.total_targets);
    match summary.starts_owed {
        0 => format!("No canister is stopped. {kept}. Nothing else will be done."),
        count => format!("{count} canisters will be started. {kept}. Nothing else will be done."),
    }
}

/// Who starts what is stopped.
fn then(course: &Course) -> String {
    let run_id = &course.summary.run_id;
    match course.summary.starts_owed {
        0 => "No canister is stopped.".to_owned(),
        count if course.is_executed() => format!(
            "The coordinator starts {count} canisters; to see it: backupctl status {run_id} --watch"
        ),
        count => format!(
            "{count} canisters are to be started by the run's driver; if it has ended: backupctl resume {run_id}"
        ),
    }
}
