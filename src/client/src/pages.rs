//! Whole lists, fetched page by page.

use crate::{Answer, CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    api::{AuditEvent, Page, TargetStatus},
    journal::{Operation, ReceiptRecord, ResumeSummary},
    limits::MAX_PAGE,
};

/// Fetches pages from the start on until there is no next one.
macro_rules! all {
    ($page:expr) => {{
        let (mut items, mut next) = (Vec::new(), Some(0));
        while let Some(start) = next {
            let page: Page<_> = $page(start).await?;
            items.extend(page.items);
            next = page.next;
        }
        Ok(items)
    }};
}

impl<R: Runtime> CoordinatorClient<R> {
    /// Every run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_journals(&self) -> Answer<Vec<ResumeSummary>> {
        all!(|start| self.list_journals(start, MAX_PAGE))
    }

    /// Every operation of a run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_operations(&self, run_id: &RunId) -> Answer<Vec<Operation>> {
        all!(|start| self.list_operations(run_id, start, MAX_PAGE))
    }

    /// Every receipt of a run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_operation_receipts(&self, run_id: &RunId) -> Answer<Vec<ReceiptRecord>> {
        all!(|start| self.list_operation_receipts(run_id, start, MAX_PAGE))
    }

    /// Every target of a run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_targets(&self, run_id: &RunId) -> Answer<Vec<TargetStatus>> {
        all!(|start| self.list_targets(run_id, start, MAX_PAGE))
    }

    /// The whole audit trail.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_audit_events(&self) -> Answer<Vec<AuditEvent>> {
        all!(|start| self.list_audit_events(start, MAX_PAGE))
    }
}
