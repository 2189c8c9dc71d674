//! Watches a run that the coordinator executes by itself.

use crate::{driver::watcher::Watcher, network::Network};
use anyhow::{Result, ensure};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{RunId, execution::ExecutionPhase};
use std::time::Duration;

/// How often to look.
const INTERVAL: Duration = Duration::from_secs(2);
/// Nanoseconds after which a run that the coordinator executes is given up. It has a restart deadline of a day at most.
const PATIENCE: u64 = 25 * 60 * 60 * 1_000_000_000;

/// Watches until the coordinator has done its part of a run. What is left then is to bring the snapshots here.
pub async fn watch<N: Network>(
    network: &N,
    coordinator: &CoordinatorClient<N>,
    run_id: &RunId,
    watcher: &mut dyn Watcher,
) -> Result<()> {
    let begun = network.now();
    loop {
        let status = coordinator.execution_status(run_id).await?;
        let summary = coordinator.resume_summary(run_id).await?;
        watcher.watched(&status, &summary);
        if status.phase == ExecutionPhase::Over {
            return Ok(());
        }
        let passed = network.now().nanos_since(begun);
        ensure!(passed < PATIENCE, "the coordinator has not come to an end with the run in a day");
        network.sleep(INTERVAL).await;
    }
}
