//! The updates, in the order in which a run uses them.

use crate::{Answer, CoordinatorClient};
use backup_journal::{
    FleetName, PreflightId, RunId, Sequence,
    api::{
        CoordinatorError, DiscardProgress, DraftStatus, PreflightProgress, Role, SealProgress,
        Settings, SettingsUpdate,
    },
    journal::{DrillReport, Operation, OperationReceipt, ReceiptRecord, ResumeSummary},
    plan::{BackupPlan, BackupTarget, PlanHeader},
    preflight::PreflightReceipts,
};
use candid::Principal;
use ic_canister_runtime::Runtime;

impl<R: Runtime> CoordinatorClient<R> {
    /// Opens a journal for `plan`.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when the run was created from the same plan before.
    pub async fn create_journal(&self, plan: &BackupPlan) -> Answer<ResumeSummary> {
        self.update("create_journal", (plan,)).await
    }

    /// Begins a draft, for a plan that is too large for one message.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when it was begun before.
    pub async fn begin_journal_draft(&self, header: &PlanHeader) -> Answer<DraftStatus> {
        self.update("begin_journal_draft", (header,)).await
    }

    /// Appends targets behind the first `start` ones; safe to send again.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn append_draft_targets(
        &self,
        run_id: &RunId,
        start: u32,
        targets: &[BackupTarget],
    ) -> Answer<DraftStatus> {
        self.update("append_draft_targets", (run_id, start, targets)).await
    }

    /// Seals a draft, or goes on sealing it; to be called until it says `Sealed`.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when the journal is open already.
    pub async fn seal_journal_draft(&self, run_id: &RunId) -> Answer<SealProgress> {
        self.update("seal_journal_draft", (run_id,)).await
    }

    /// Gives a draft up, or goes on removing it; to be called until it says `Discarded`.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn discard_journal_draft(&self, run_id: &RunId) -> Answer<DiscardProgress> {
        self.update("discard_journal_draft", (run_id,)).await
    }

    /// Accepts a preflight by its id alone.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn accept_preflight_bundle(
        &self,
        run_id: &RunId,
        preflight_id: &PreflightId,
    ) -> Answer<ResumeSummary> {
        self.update("accept_preflight_bundle", (run_id, preflight_id)).await
    }

    /// Accepts a preflight with its receipts.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn accept_preflight_receipts(
        &self,
        run_id: &RunId,
        receipts: &PreflightReceipts,
    ) -> Answer<ResumeSummary> {
        self.update("accept_preflight_receipts", (run_id, receipts)).await
    }

    /// Sends the receipts of the targets from `start` on, in the order of the plan; those of the last target
    /// accept the preflight. Safe to send again.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn append_preflight_receipts(
        &self,
        run_id: &RunId,
        start: u32,
        receipts: &PreflightReceipts,
    ) -> Answer<PreflightProgress> {
        self.update("append_preflight_receipts", (run_id, start, receipts)).await
    }

    /// Claims an operation, which must be the next one.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn mark_operation_pending(
        &self,
        run_id: &RunId,
        sequence: Sequence,
    ) -> Answer<Operation> {
        self.update("mark_operation_pending", (run_id, sequence)).await
    }

    /// Claims the next operation, whichever it is.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn mark_next_operation_pending(&self, run_id: &RunId) -> Answer<Operation> {
        self.update("mark_next_operation_pending", (run_id,)).await
    }

    /// Reports how an attempt at an operation ended.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when the same receipt was recorded before.
    pub async fn record_operation_receipt(
        &self,
        run_id: &RunId,
        receipt: &OperationReceipt,
    ) -> Answer<ReceiptRecord> {
        self.update("record_operation_receipt", (run_id, receipt)).await
    }

    /// Claims up to `limit` operations of the wave of the next operation, at most 100. An empty answer says that
    /// the whole wave is claimed.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn claim_operations(&self, run_id: &RunId, limit: u32) -> Answer<Vec<Operation>> {
        self.update("claim_operations", (run_id, limit)).await
    }

    /// Reports how attempts at up to 100 operations ended. Each is recorded by itself, and has an answer of its own.
    ///
    /// # Errors
    /// [`crate::ClientError`]; a refused receipt does not make the call fail.
    pub async fn record_operation_receipts(
        &self,
        run_id: &RunId,
        receipts: &[OperationReceipt],
    ) -> Answer<Vec<Result<ReceiptRecord, CoordinatorError>>> {
        self.update("record_operation_receipts", (run_id, receipts)).await
    }

    /// Aborts a run: nothing but the starts that it owes can be claimed from now on.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `RunAborted` when it was aborted before, `RunOver` when it is over.
    pub async fn abort_run(&self, run_id: &RunId, reason: &str) -> Answer<ResumeSummary> {
        self.update("abort_run", (run_id, reason)).await
    }

    /// Rolls back a restore: every target whose load was claimed loads its safety snapshot again, and all are started.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `NotContained` when no load was claimed or all are over, `LoadsClaimed` while the outcome
    /// of a load is not known.
    pub async fn roll_back_run(&self, run_id: &RunId, reason: &str) -> Answer<ResumeSummary> {
        self.update("roll_back_run", (run_id, reason)).await
    }

    /// Records a drill of a complete backup: of how many targets it was proven that they can be restored.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `NotComplete` when the run is no complete backup.
    pub async fn record_drill(
        &self,
        run_id: &RunId,
        report: &DrillReport,
    ) -> Answer<ResumeSummary> {
        self.update("record_drill", (run_id, report)).await
    }

    /// Makes a failed operation Ready again.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn retry_failed_operation(
        &self,
        run_id: &RunId,
        sequence: Sequence,
    ) -> Answer<Operation> {
        self.update("retry_failed_operation", (run_id, sequence)).await
    }

    /// Notes that no start is owed to a canister any more: it was seen to run, or it is gone.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `StartNotOwed` when none is.
    pub async fn settle_start(
        &self,
        run_id: &RunId,
        canister_id: Principal,
        reason: &str,
    ) -> Answer<ResumeSummary> {
        self.update("settle_start", (run_id, canister_id, reason)).await
    }

    /// Grants a role for all fleets.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when it is held.
    pub async fn grant_role(&self, principal: Principal, role: Role) -> Answer<()> {
        self.update("grant_role", (principal, role, None::<FleetName>)).await
    }

    /// Grants a role for one fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when it is held.
    pub async fn grant_role_for(
        &self,
        principal: Principal,
        role: Role,
        fleet: &FleetName,
    ) -> Answer<()> {
        self.update("grant_role", (principal, role, Some(fleet))).await
    }

    /// Revokes a role that was granted for all fleets.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn revoke_role(&self, principal: Principal, role: Role) -> Answer<()> {
        self.update("revoke_role", (principal, role, None::<FleetName>)).await
    }

    /// Revokes a role that was granted for one fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn revoke_role_for(
        &self,
        principal: Principal,
        role: Role,
        fleet: &FleetName,
    ) -> Answer<()> {
        self.update("revoke_role", (principal, role, Some(fleet))).await
    }

    /// Sets anew what is said, and answers with all that is set.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn update_settings(&self, update: SettingsUpdate) -> Answer<Settings> {
        self.update("update_settings", (update,)).await
    }
}
