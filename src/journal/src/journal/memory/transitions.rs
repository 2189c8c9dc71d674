//! The transitions of a journal in memory.

use super::Journal;
use crate::{
    PreflightId, Sequence, Timestamp,
    block::AuditEventKind,
    journal::{DrillReport, JournalError, Operation, OperationReceipt, OtherRuns, transition},
    plan::{BackupPlan, BackupTarget},
    preflight::PreflightReceipts,
};
use candid::Principal;

impl Journal {
    /// Performs an event that says its transition in full; see [`transition::perform`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    ///
    /// # Panics
    /// As there.
    pub fn perform(
        &mut self,
        event: &AuditEventKind,
        caller: Principal,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::perform(self, event, caller, now)?);
        Ok(())
    }

    /// See [`transition::accept_preflight_bundle`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn accept_preflight_bundle(
        &mut self,
        preflight_id: &PreflightId,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::accept_preflight_bundle(self, preflight_id, now)?);
        Ok(())
    }

    /// See [`transition::accept_preflight_receipts`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn accept_preflight_receipts(
        &mut self,
        receipts: &PreflightReceipts,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let BackupPlan { header, targets, .. } = &self.plan;
        let change = transition::accept_preflight_receipts(self, header, targets, receipts, now)?;
        self.apply(change);
        Ok(())
    }

    /// See [`transition::append_preflight_receipts`]. Answers whether anything has changed.
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn append_preflight_receipts(
        &mut self,
        start: u32,
        receipts: &PreflightReceipts,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        let header = &self.plan.header;
        let batch = self.batch(start, receipts);
        let change =
            transition::append_preflight_receipts(self, header, batch, start, receipts, now)?;
        Ok(change.map(|change| self.apply(change)).is_some())
    }

    /// The targets from `start` on, as many as these receipts are about or as there are.
    pub(crate) fn batch(&self, start: u32, receipts: &PreflightReceipts) -> &[BackupTarget] {
        let rest = self.plan.targets.get(start as usize..).unwrap_or_default();
        &rest[..rest.len().min(receipts.topology.targets.len())]
    }

    /// See [`transition::mark_next_operation_pending`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn mark_next_operation_pending(&mut self, now: Timestamp) -> Result<(), JournalError> {
        self.apply(transition::mark_next_operation_pending(self, &(), now)?);
        Ok(())
    }

    /// See [`transition::mark_operation_pending`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn mark_operation_pending(
        &mut self,
        sequence: Sequence,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.mark_operation_pending_beside(&(), sequence, now)
    }

    /// As [`Journal::mark_operation_pending`], beside other runs.
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn mark_operation_pending_beside(
        &mut self,
        others: &impl OtherRuns,
        sequence: Sequence,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::mark_operation_pending(self, others, sequence, now)?);
        Ok(())
    }

    /// See [`transition::claim_operations`]. Answers with the operations that were claimed.
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn claim_operations(
        &mut self,
        others: &impl OtherRuns,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Operation>, JournalError> {
        let change = transition::claim_operations(self, others, limit, now)?;
        let claimed = change.moved.iter().map(|moved| moved.operation(&change.header)).collect();
        self.apply(change);
        Ok(claimed)
    }

    /// See [`transition::abort_run`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn abort_run(&mut self, reason: &str, now: Timestamp) -> Result<(), JournalError> {
        self.apply(transition::abort_run(self, reason, now)?);
        Ok(())
    }

    /// See [`transition::roll_back_run`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn roll_back_run(&mut self, reason: &str, now: Timestamp) -> Result<(), JournalError> {
        self.apply(transition::roll_back_run(self, reason, now)?);
        Ok(())
    }

    /// See [`transition::record_drill`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn record_drill(
        &mut self,
        report: &DrillReport,
        caller: Principal,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::record_drill(
            self,
            report.proven_targets,
            report.note.as_deref(),
            caller,
            now,
        )?);
        Ok(())
    }

    /// See [`transition::settle_start`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn settle_start(
        &mut self,
        target: Principal,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::settle_start(self, target, reason, now)?);
        Ok(())
    }

    /// See [`transition::record_operation_receipt`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn record_operation_receipt(
        &mut self,
        receipt: OperationReceipt,
        caller: Principal,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::record_operation_receipt(self, receipt, caller, now)?);
        Ok(())
    }

    /// See [`transition::retry_failed_operation`].
    ///
    /// # Errors
    /// As there; the journal is then as it was before.
    pub fn retry_failed_operation(
        &mut self,
        sequence: Sequence,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.apply(transition::retry_failed_operation(self, sequence, now)?);
        Ok(())
    }
}
