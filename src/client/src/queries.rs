//! The queries.

use crate::{Answer, CoordinatorClient};
use backup_journal::{
    RunId,
    api::{
        AuditEvent, DraftStatus, JournalDetails, Page, PlanPage, Resources, RoleAssignment,
        Settings, StartOwed, TargetStatus,
    },
    journal::{JournalCheck, Operation, ReceiptRecord, ResumeSummary, WaveStatus},
    plan::{BackupPlan, BackupPlanInput, RestoreSelection, ValidationPurpose},
    preflight::PreflightRequests,
    registry::RegistryEntry,
};
use candid::Principal;
use ic_canister_runtime::Runtime;

impl<R: Runtime> CoordinatorClient<R> {
    /// Makes a plan from a registry.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn build_backup_plan(&self, input: &BackupPlanInput) -> Answer<BackupPlan> {
        self.query("build_backup_plan", (input,)).await
    }

    /// Makes the plan that restores what a run has saved.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn build_restore_plan(
        &self,
        run_id: &RunId,
        selection: &RestoreSelection,
    ) -> Answer<BackupPlan> {
        self.query("build_restore_plan", (run_id, selection)).await
    }

    /// Checks a plan.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn validate_backup_plan(
        &self,
        plan: &BackupPlan,
        purpose: ValidationPurpose,
    ) -> Answer<()> {
        self.query("validate_backup_plan", (plan, purpose)).await
    }

    /// Finds the canister that a selector means.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn resolve_backup_selector(
        &self,
        registry: &[RegistryEntry],
        selector: &str,
    ) -> Answer<Principal> {
        self.query("resolve_backup_selector", (registry, selector)).await
    }

    /// The preflight requests of a run, for one page of its targets.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn preflight_requests(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<PreflightRequests> {
        self.query("preflight_requests", (run_id, start, limit)).await
    }

    /// The next operation of a run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn next_ready_operation(&self, run_id: &RunId) -> Answer<Option<Operation>> {
        self.query("next_ready_operation", (run_id,)).await
    }

    /// Where a run stands.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn resume_summary(&self, run_id: &RunId) -> Answer<ResumeSummary> {
        self.query("resume_summary", (run_id,)).await
    }

    /// Checks the invariants of one page of a stored journal.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn validate_journal(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<JournalCheck> {
        self.query("validate_journal", (run_id, start, limit)).await
    }

    /// The plan of a run with one page of its targets.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn get_plan(&self, run_id: &RunId, start: u64, limit: u32) -> Answer<PlanPage> {
        self.query("get_plan", (run_id, start, limit)).await
    }

    /// A journal without its rows.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn get_journal(&self, run_id: &RunId) -> Answer<JournalDetails> {
        self.query("get_journal", (run_id,)).await
    }

    /// One page of the runs, in the order of creation.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_journals(&self, start: u64, limit: u32) -> Answer<Page<ResumeSummary>> {
        self.query("list_journals", (start, limit)).await
    }

    /// One page of the operations of a run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_operations(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<Operation>> {
        self.query("list_operations", (run_id, start, limit)).await
    }

    /// One page of the operations of a run that were claimed and are not over, from the one at `start` on.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_open_operations(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<Operation>> {
        self.query("list_open_operations", (run_id, start, limit)).await
    }

    /// How far the wave of the next operation has come.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn current_wave(&self, run_id: &RunId) -> Answer<Option<WaveStatus>> {
        self.query("current_wave", (run_id,)).await
    }

    /// One page of the receipts of a run, in the order of recording.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_operation_receipts(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<ReceiptRecord>> {
        self.query("list_operation_receipts", (run_id, start, limit)).await
    }

    /// One page of the targets of a run, with what the run has of them.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_targets(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<TargetStatus>> {
        self.query("list_targets", (run_id, start, limit)).await
    }

    /// Up to `limit` canisters of a run that are stopped and owe a start, after `after`.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_starts_owed(
        &self,
        run_id: &RunId,
        after: Option<Principal>,
        limit: u32,
    ) -> Answer<Vec<StartOwed>> {
        self.query("list_starts_owed", (run_id, after, limit)).await
    }

    /// A plan that is still arriving.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn get_journal_draft(&self, run_id: &RunId) -> Answer<DraftStatus> {
        self.query("get_journal_draft", (run_id,)).await
    }

    /// Every plan that is still arriving.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_journal_drafts(&self) -> Answer<Vec<DraftStatus>> {
        self.query("list_journal_drafts", ()).await
    }

    /// The role holders.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_roles(&self) -> Answer<Vec<RoleAssignment>> {
        self.query("list_roles", ()).await
    }

    /// What an administrator has set.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn get_settings(&self) -> Answer<Settings> {
        self.query("get_settings", ()).await
    }

    /// The cycles and the stable memory of the coordinator.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn get_resources(&self) -> Answer<Resources> {
        self.query("get_resources", ()).await
    }

    /// One page of the audit trail.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_audit_events(&self, start: u64, limit: u32) -> Answer<Page<AuditEvent>> {
        self.query("list_audit_events", (start, limit)).await
    }
}
