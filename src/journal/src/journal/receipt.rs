//! What an executor reports about one attempt at one operation, and what is kept of it.

use crate::{
    Attempt, PlanId, PreflightId, ReceiptIndex, RunId, Sequence, Timestamp,
    plan::BackupOperationKind, receipt_outcome::ReceiptOutcome,
};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A report about one attempt at one operation.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct OperationReceipt {
    /// The plan.
    #[n(0)]
    pub plan_id: PlanId,
    /// The run.
    #[n(1)]
    pub run_id: RunId,
    /// The accepted preflight; a mutating operation must name it.
    #[n(2)]
    pub preflight_id: Option<PreflightId>,
    /// The operation.
    #[n(3)]
    pub sequence: Sequence,
    /// Its id.
    #[n(4)]
    pub operation_id: String,
    /// Its kind.
    #[n(5)]
    pub kind: BackupOperationKind,
    /// Its target.
    #[cbor(n(6), with = "crate::cbor::opt_principal")]
    pub target_canister_id: Option<Principal>,
    /// The attempt that is reported; without it the current one is meant.
    #[n(7)]
    pub attempt: Option<Attempt>,
    /// How the attempt ended.
    #[n(8)]
    pub outcome: ReceiptOutcome,
    /// The snapshot that was taken, uploaded or loaded; a completed `CreateSnapshot`, `UploadSnapshot`, `LoadSnapshot`
    /// or `RollBack` must name it.
    #[n(9)]
    pub snapshot_id: Option<String>,
    /// Where the download lies; a completed `DownloadSnapshot` must say so.
    #[n(10)]
    pub artifact_path: Option<String>,
    /// The checksum; a completed `VerifyArtifact` must give it.
    #[n(11)]
    pub checksum: Option<String>,
    /// Why the attempt failed; a failed one must say so, no other may.
    #[n(12)]
    pub failure_reason: Option<String>,
    /// Network time at which it was done, not before the claim and not after the report; without it the time of
    /// the report counts. It matters when a report is late: a target is stopped since its stop was done.
    #[n(13)]
    pub performed_at: Option<Timestamp>,
}

/// A receipt as the journal keeps it.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct ReceiptRecord {
    /// Position among the receipts of the run.
    #[n(0)]
    pub index: ReceiptIndex,
    /// What was reported; its `attempt` is filled in.
    #[n(1)]
    pub receipt: OperationReceipt,
    /// Network time of the report.
    #[n(2)]
    pub recorded_at: Timestamp,
    /// Who reported.
    #[cbor(n(3), with = "crate::cbor::principal")]
    pub recorded_by: Principal,
}

impl ReceiptRecord {
    /// When the attempt was done: as the receipt says, or else when it was recorded.
    pub fn done_at(&self) -> Timestamp {
        self.receipt.performed_at.unwrap_or(self.recorded_at)
    }

    /// Whether `receipt` says what this record says; a receipt without an attempt may mean this one.
    pub fn repeats(&self, receipt: &OperationReceipt) -> bool {
        let attempt = receipt.attempt.or(self.receipt.attempt);
        self.receipt == OperationReceipt { attempt, ..receipt.clone() }
    }
}

impl OperationReceipt {
    /// A receipt of `outcome` for the current attempt at `operation` of the run, saying nothing more yet.
    pub fn new(
        plan_id: PlanId,
        run_id: RunId,
        preflight_id: Option<PreflightId>,
        operation: &super::Operation,
        outcome: ReceiptOutcome,
    ) -> Self {
        Self {
            plan_id,
            run_id,
            preflight_id,
            sequence: operation.sequence,
            operation_id: operation.operation_id.clone(),
            kind: operation.kind,
            target_canister_id: operation.target_canister_id,
            attempt: Some(operation.attempt),
            outcome,
            snapshot_id: None,
            artifact_path: None,
            checksum: None,
            failure_reason: None,
            performed_at: None,
        }
    }
}
