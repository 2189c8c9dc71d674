//! Somebody who downloads and verifies every third backup. No files are written: what is rehearsed is what the
//! coordinator makes of the claims and the receipts.

use crate::rehearse::stage::Stage;
use anyhow::{Context, Result};
use backup_journal::{
    RunId,
    journal::{Operation, OperationReceipt, ReceiptOutcome, ResumeSummary},
    limits::MAX_WAVE_BATCH,
    plan::BackupOperationKind as Kind,
};

/// The most operations that are claimed in one call.
#[allow(clippy::cast_possible_truncation, reason = "it is 100")]
const AT_ONCE: u32 = MAX_WAVE_BATCH as u32;
/// One backup of so many is downloaded.
const EVERY: u32 = 3;

/// The downloads.
#[derive(Debug, Default)]
pub struct Downloads {
    backups: u32,
    /// The runs whose downloads were begun, and what is claimed of them.
    begun: Vec<(RunId, Vec<Operation>)>,
    /// How many backups were downloaded and verified.
    pub done: u32,
}

impl Downloads {
    /// The coordinator has done its part of a run. Begins to download its snapshots if it is the turn of this one.
    pub async fn offer(&mut self, stage: &Stage, run_id: &RunId) -> Result<()> {
        let summary = stage.client().resume_summary(run_id).await?;
        if summary.outcome.is_some() {
            return Ok(()); // It was aborted.
        }
        self.backups += 1;
        if self.backups.is_multiple_of(EVERY) {
            let claimed = stage.client().claim_operations(run_id, AT_ONCE).await;
            let claimed = claimed.context("the downloads cannot be claimed")?;
            self.begun.push((run_id.clone(), claimed));
        }
        Ok(())
    }

    /// Comes to an end with the downloads that were begun.
    pub async fn finish(&mut self, stage: &Stage) -> Result<()> {
        let client = stage.client();
        for (run_id, mut claimed) in std::mem::take(&mut self.begun) {
            loop {
                let summary = client.resume_summary(&run_id).await?;
                let receipts: Vec<OperationReceipt> =
                    claimed.iter().map(|operation| receipt(&summary, operation)).collect();
                for answer in client.record_operation_receipts(&run_id, &receipts).await? {
                    answer.context("a download cannot be reported")?;
                }
                if client.resume_summary(&run_id).await?.outcome.is_some() {
                    break;
                }
                claimed = client.claim_operations(&run_id, AT_ONCE).await?;
            }
            self.done += 1;
        }
        Ok(())
    }
}

/// The receipt of an operation that is done.
fn receipt(summary: &ResumeSummary, operation: &Operation) -> OperationReceipt {
    let preflight = summary.preflight.as_ref().map(|accepted| accepted.preflight_id.clone());
    let receipt = OperationReceipt::new(
        summary.plan_id.clone(),
        summary.run_id.clone(),
        preflight,
        operation,
        ReceiptOutcome::Completed,
    );
    let made_up = Some(format!("rehearsed-{}", operation.sequence));
    match operation.kind {
        Kind::DownloadSnapshot => OperationReceipt { artifact_path: made_up, ..receipt },
        Kind::VerifyArtifact => OperationReceipt { checksum: made_up, ..receipt },
        _ => receipt,
    }
}
