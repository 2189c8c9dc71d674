//! What was claimed before a run was aborted, and was never reported: by a driver that died, or because the abort came
//! before it was begun.

use super::{evidence::Evidence, executor::Executor, receipts};
use crate::network::Network;
use anyhow::{Context, Result};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    journal::{OperationState, ResumeSummary},
    limits::MAX_WAVE_BATCH,
};

/// Reports every operation of an aborted run that is still claimed, without performing it: a snapshot that was taken is
/// recorded, so that it can be found, and everything else is skipped.
pub async fn report<N: Network>(
    coordinator: &CoordinatorClient<N>,
    executor: &Executor<N>,
    summary: &ResumeSummary,
) -> Result<()> {
    let open = coordinator.all_open_operations(&summary.run_id).await?;
    let mut left = Vec::new();
    for operation in open.into_iter().filter(|it| it.state == OperationState::Pending) {
        let found: Result<Option<Evidence>> = executor.find(&operation).await;
        left.push(receipts::left(summary, &operation, &found));
    }
    for batch in left.chunks(MAX_WAVE_BATCH) {
        for answer in coordinator.record_operation_receipts(&summary.run_id, batch).await? {
            answer.context("an operation that was left cannot be reported")?;
        }
    }
    Ok(())
}
