//! Runs in a table.

use crate::{tables::table, words::time};
use backup_coordinator_client::{Answer, CoordinatorClient, Runtime};
use backup_journal::{journal::ResumeSummary, limits::MAX_PAGE};

/// Up to `limit` runs that are wanted, the newest first.
pub async fn newest<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    limit: usize,
    mut wanted: impl FnMut(&ResumeSummary) -> bool,
) -> Answer<Vec<ResumeSummary>> {
    let mut runs = Vec::new();
    // Pages are in the order of creation.
    let mut end = coordinator.list_journals(0, 1).await?.total;
    while end > 0 && runs.len() < limit {
        let start = end.saturating_sub(MAX_PAGE.into());
        let length = u32::try_from(end - start).unwrap_or(MAX_PAGE);
        let page = coordinator.list_journals(start, length).await?;
        runs.extend(page.items.into_iter().rev().filter(&mut wanted));
        end = start;
    }
    runs.truncate(limit);
    Ok(runs)
}

/// The runs as a table.
pub fn render(runs: &[ResumeSummary]) -> String {
    if runs.is_empty() {
        return "there are no runs\n".to_owned();
    }
    let header = [
        "run",
        "fleet",
        "state",
        "outcome",
        "stopped",
        "snapshots",
        "verified",
        "begun",
        "last change",
    ];
    table(header, runs.iter().map(cells), &[4, 5, 6]) + "\n"
}

fn cells(run: &ResumeSummary) -> [String; 9] {
    let of_targets = |count: u32| format!("{count} of {}", run.total_targets);
    [
        run.run_id.to_string(),
        run.fleet.clone(),
        format!("{:?}", run.state),
        run.outcome.map(|outcome| format!("{outcome:?}")).unwrap_or_default(),
        run.starts_owed.to_string(),
        of_targets(run.targets_with_snapshot),
        of_targets(run.targets_verified),
        time(run.created_at),
        time(run.updated_at),
    ]
}
