//! What was claimed before a run was aborted, and was never reported: by a driver that died, or because the abort came
//! before it was begun.

use super::{evidence::Evidence, executor::Executor, receipts};
use crate::network::Network;
use anyhow::{Context, Result, anyhow};
use backup_coordinator_client::{CoordinatorClient, Runtime};
use backup_journal::{
    journal::{Operation, OperationReceipt, OperationState, ResumeSummary},
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
    record(coordinator, summary, &left).await
}

/// Reports claims as failed, so that whoever holds them can report them no more, and others can claim them anew.
pub async fn give_up<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    summary: &ResumeSummary,
    claims: &[Operation],
    reason: &str,
) -> Result<()> {
    let failed = |operation| receipts::left(summary, operation, &Err(anyhow!("{reason}")));
    record(coordinator, summary, &claims.iter().map(failed).collect::<Vec<_>>()).await
}

async fn record<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    summary: &ResumeSummary,
    receipts: &[OperationReceipt],
) -> Result<()> {
    for batch in receipts.chunks(MAX_WAVE_BATCH) {
        for answer in coordinator.record_operation_receipts(&summary.run_id, batch).await? {
            answer.context("an operation that was left cannot be reported")?;
        }
    }
    Ok(())
}
