//! An operator who executes a run: claims, performs on the fleet, reports.

use crate::{Network, Setup, backend::Rejected, fleet, setup::Client};
use backup_coordinator_client::Answer;
use backup_journal::{
    RunId,
    journal::{Operation, OperationReceipt, ReceiptOutcome, ReceiptRecord, ResumeSummary},
    plan::{BackupOperationKind as Kind, BackupPlan},
    preflight::PreflightReceipts,
};
use candid::Principal;
use sha2::{Digest, Sha256};
use std::{error::Error, time::Duration};

/// How long a preflight counts unless said otherwise.
pub const VALIDITY: Duration = Duration::from_mins(10);

/// One operator with one run.
pub struct Driver {
    network: Network,
    operator: Principal,
    /// Calls the coordinator as this operator.
    pub client: Client,
    /// The run.
    pub run_id: RunId,
    /// What is being executed.
    pub plan: BackupPlan,
}

impl Driver {
    /// `operator` at work on the run that `plan` names.
    pub fn new(setup: &Setup, operator: Principal, plan: BackupPlan) -> Self {
        Self {
            network: setup.network.clone(),
            operator,
            client: setup.client(operator),
            run_id: plan.header.run_id.clone(),
            plan,
        }
    }

    /// Opens the journal.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn create(&self) -> Answer<ResumeSummary> {
        self.client.create_journal(&self.plan).await
    }

    /// Receipts that prove everything, from now on for [`VALIDITY`].
    pub fn preflight(&self, preflight_id: &str) -> PreflightReceipts {
        self.preflight_for(preflight_id, VALIDITY)
    }

    /// Receipts that prove everything, from now on for as long as `validity`.
    pub fn preflight_for(&self, preflight_id: &str, validity: Duration) -> PreflightReceipts {
        fleet::preflight(&self.plan, preflight_id, self.network.now(), validity)
    }

    /// Has a preflight accepted.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn accept_preflight(&self) -> Answer<ResumeSummary> {
        self.accept(&self.preflight("preflight-1")).await
    }

    /// Has these receipts of a preflight accepted.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn accept(&self, receipts: &PreflightReceipts) -> Answer<ResumeSummary> {
        self.client.accept_preflight_receipts(&self.run_id, receipts).await
    }

    /// Opens the journal and has a preflight accepted.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn begin(&self) -> Answer<ResumeSummary> {
        self.create().await?;
        self.accept_preflight().await
    }

    /// Claims the next operation.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn claim(&self) -> Answer<Operation> {
        self.client.mark_next_operation_pending(&self.run_id).await
    }

    /// Reports a receipt.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn report(&self, receipt: &OperationReceipt) -> Answer<ReceiptRecord> {
        self.client.record_operation_receipt(&self.run_id, receipt).await
    }

    /// Claims the next operation, performs it on the fleet and reports it.
    ///
    /// # Errors
    /// As the coordinator or the fleet says.
    pub async fn step(&self) -> Result<ReceiptRecord, Box<dyn Error>> {
        let claimed = self.claim().await?;
        let receipt = self.perform(&claimed)?;
        Ok(self.report(&receipt).await?)
    }

    /// Claims the next operation and reports it as completed, without touching the fleet.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn pretend(&self) -> Answer<ReceiptRecord> {
        let claimed = self.claim().await?;
        self.report(&self.completed(&claimed)).await
    }

    /// Steps until every operation is over.
    ///
    /// # Errors
    /// As the coordinator or the fleet says.
    pub async fn finish(&self) -> Result<ResumeSummary, Box<dyn Error>> {
        while self.client.next_ready_operation(&self.run_id).await?.is_some() {
            self.step().await?;
        }
        Ok(self.client.resume_summary(&self.run_id).await?)
    }

    /// The receipt of a completed operation that carries what its kind demands, all of it made up.
    pub fn completed(&self, operation: &Operation) -> OperationReceipt {
        let mut receipt = self.receipt(operation, ReceiptOutcome::Completed);
        let made_up = Some(format!("made-up-{}", operation.sequence));
        match operation.kind {
            Kind::CreateSnapshot if self.plan.header.restore.is_none() => {
                receipt.snapshot_id = made_up;
            }
            // The safety snapshot of a target is what it is rolled back to.
            Kind::CreateSnapshot | Kind::RollBack => {
                let target = operation.target_canister_id.map(|target| target.to_text());
                receipt.snapshot_id = target.map(|target| format!("made-up-{target}"));
            }
            Kind::UploadSnapshot | Kind::LoadSnapshot => receipt.snapshot_id = made_up,
            Kind::DownloadSnapshot => receipt.artifact_path = made_up,
            Kind::VerifyArtifact => receipt.checksum = made_up,
            _ => {}
        }
        receipt
    }

    /// The receipt of a failed operation.
    pub fn failed(&self, operation: &Operation, reason: &str) -> OperationReceipt {
        OperationReceipt {
            failure_reason: Some(reason.to_string()),
            ..self.receipt(operation, ReceiptOutcome::Failed)
        }
    }

    /// A receipt that says nothing but how it ended.
    pub fn receipt(&self, operation: &Operation, outcome: ReceiptOutcome) -> OperationReceipt {
        OperationReceipt::new(
            self.plan.header.plan_id.clone(),
            self.run_id.clone(),
            Some("preflight-1".into()),
            operation,
            outcome,
        )
    }

    /// Performs a claimed operation on the fleet, through the management canister.
    ///
    /// # Errors
    /// When the fleet refuses.
    pub fn perform(&self, operation: &Operation) -> Result<OperationReceipt, Rejected> {
        let mut receipt = self.completed(operation);
        let Some(target) = operation.target_canister_id else {
            return Ok(receipt);
        };
        let target = self.network.manage(self.operator, target);
        match operation.kind {
            Kind::Stop => target.stop()?,
            Kind::Start => target.start()?,
            Kind::CreateSnapshot => {
                receipt.snapshot_id = Some(hex::encode(target.take_snapshot()?.id));
            }
            Kind::LoadSnapshot => {
                let mut targets = self.plan.targets.iter();
                let loaded =
                    targets.find(|it| Some(it.canister_id) == operation.target_canister_id);
                let restore = loaded.and_then(|it| it.restore.as_ref());
                let snapshot = restore.map(|it| it.snapshot_id.clone()).unwrap_or_default();
                target.load_snapshot(hex::decode(&snapshot).expect("the id of a snapshot"))?;
                receipt.snapshot_id = Some(snapshot);
            }
            Kind::RollBack => {
                // The safety snapshot is the last that was taken.
                let safety = target.snapshots()?.pop().map(|snapshot| snapshot.id);
                receipt.snapshot_id = safety.as_ref().map(hex::encode);
                target.load_snapshot(safety.unwrap_or_default())?;
            }
            Kind::DownloadSnapshot => {
                receipt.artifact_path =
                    target.snapshots()?.last().map(|snapshot| path(&snapshot.id));
            }
            Kind::VerifyArtifact => {
                receipt.checksum =
                    target.snapshots()?.last().map(|snapshot| checksum(&snapshot.id));
            }
            _ => {}
        }
        Ok(receipt)
    }
}

/// Where a snapshot would be downloaded to.
pub fn path(snapshot_id: &[u8]) -> String {
    format!("snapshots/{}", hex::encode(snapshot_id))
}

/// Stands for the checksum of a downloaded snapshot.
pub fn checksum(snapshot_id: &[u8]) -> String {
    hex::encode(Sha256::digest(snapshot_id))
}
