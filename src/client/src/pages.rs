//! What takes several calls: whole lists, and plans of any size.

use crate::{Answer, ClientError, CoordinatorClient, Runtime};
use backup_journal::{
    RunId,
    api::{AuditEvent, CoordinatorError, Duplicate, Page, SealProgress, TargetStatus},
    journal::{Operation, ReceiptRecord, ResumeSummary},
    limits::{MAX_DRAFT_BATCH, MAX_PAGE},
    plan::{BackupTarget, PlanDigest, PlanHeader},
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

    /// Opens a journal for a plan of any size whose operations are those of
    /// [`derive_phases`](backup_journal::plan::derive_phases): begins a draft, or goes on with the one
    /// that is there, appends what it lacks, and seals it. Safe to call again after any failure.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when the journal is open already, `RunExists` when the draft that
    /// is there holds other targets.
    pub async fn create_journal_in_batches(
        &self,
        header: &PlanHeader,
        targets: &[BackupTarget],
    ) -> Answer<ResumeSummary> {
        let run_id = &header.run_id;
        let arrived = match self.begin_journal_draft(header).await {
            Ok(draft) => draft.targets,
            Err(ClientError::Refused(CoordinatorError::Duplicate(Duplicate::Draft {
                targets,
                ..
            }))) => targets,
            Err(other) => return Err(other),
        };
        let missing = targets.get(arrived as usize..).unwrap_or_default();
        let mut start = arrived;
        for batch in missing.chunks(MAX_DRAFT_BATCH) {
            start = self.append_draft_targets(run_id, start, batch).await?.targets;
        }
        let mine = PlanDigest::begin(header).targets(targets);
        if self.get_journal_draft(run_id).await?.digest != mine.as_bytes() {
            return Err(CoordinatorError::RunExists { run_id: run_id.clone() }.into());
        }
        loop {
            if let SealProgress::Sealed(summary) = self.seal_journal_draft(run_id).await? {
                return Ok(summary);
            }
        }
    }
}
