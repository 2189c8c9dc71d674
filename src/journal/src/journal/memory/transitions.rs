//! The transitions of a journal in memory: [`Journal::change`] makes any of them, and the other methods hand over what the
//! journal has itself, or answer with what the transition has done.

use super::Journal;
use crate::{
    Sequence, Timestamp,
    journal::{Change, JournalError, Operation, OperationReceipt, OtherRuns, transition},
    plan::{BackupPlan, BackupTarget},
    preflight::PreflightReceipts,
};
use candid::Principal;

impl Journal {
    /// Makes a transition.
    ///
    /// # Errors
    /// As the transition; the journal is then as it was before.
    ///
    /// # Examples
    /// ```
    /// # use backup_journal::{Sequence, Timestamp, journal::*};
    /// # fn retry(journal: &mut Journal) -> Result<(), JournalError> {
    /// journal.change(|journal| retry_failed_operation(journal, Sequence(4), Timestamp(7)))
    /// # }
    /// ```
    pub fn change(
        &mut self,
        transition: impl FnOnce(&Self) -> Result<Change, JournalError>,
    ) -> Result<(), JournalError> {
        self.apply(transition(self)?);
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
}
