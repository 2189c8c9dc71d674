//! What takes several calls: whole lists, and plans of any size.

use crate::{Answer, ClientError, CoordinatorClient};
use backup_journal::{
    RunId,
    api::{
        AuditEvent, CoordinatorError, Duplicate, Page, PreflightProgress, SealProgress, StartOwed,
        TargetStatus,
    },
    journal::{JournalError, Operation, ReceiptRecord, ResumeSummary},
    limits::{MAX_DRAFT_BATCH, MAX_PAGE, MAX_PREFLIGHT_BATCH},
    plan::{BackupTarget, PlanDigest, PlanHeader},
    preflight::{PreflightError, PreflightReceipts},
};
use candid::Principal;
use ic_canister_runtime::Runtime;

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

/// Fetches pages of what is sorted by `key`, each behind the last one of the page before, until one is not full.
pub(crate) async fn all_after<T>(
    page: impl AsyncFn(Option<Principal>, u32) -> Answer<Vec<T>>,
    key: impl Fn(&T) -> Principal,
) -> Answer<Vec<T>> {
    let mut items = Vec::new();
    loop {
        let found = page(items.last().map(&key), MAX_PAGE).await?;
        let is_full = found.len() == MAX_PAGE as usize;
        items.extend(found);
        if !is_full {
            return Ok(items);
        }
    }
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

    /// Every operation of a run that was claimed and is not over.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_open_operations(&self, run_id: &RunId) -> Answer<Vec<Operation>> {
        all!(|start| self.list_open_operations(run_id, start, MAX_PAGE))
    }

    /// Every receipt of a run.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_operation_receipts(&self, run_id: &RunId) -> Answer<Vec<ReceiptRecord>> {
        all!(|start| self.list_operation_receipts(run_id, start, MAX_PAGE))
    }

    /// Every canister of a run that is stopped and owes a start, sorted by canister.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_starts_owed(&self, run_id: &RunId) -> Answer<Vec<StartOwed>> {
        let page = async |after, limit| self.list_starts_owed(run_id, after, limit).await;
        all_after(page, |start| start.canister_id).await
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
    /// that is there, appends what it lacks, and seals it. Safe to call again after any failure, and after
    /// success: a journal that is open already counts when it was made from this very plan.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `RunExists` when the draft or the run that is there is that of another plan,
    /// `DraftClosed` while the draft is being discarded.
    pub async fn create_journal_in_batches(
        &self,
        header: &PlanHeader,
        targets: &[BackupTarget],
    ) -> Answer<ResumeSummary> {
        let digest = PlanDigest::begin(header).targets(targets);
        match self.send_in_batches(header, targets, &digest).await {
            Err(ClientError::Refused(CoordinatorError::Duplicate(Duplicate::Journal {
                run_id,
                ..
            }))) => self.journal_of(run_id, &digest).await,
            other => other,
        }
    }

    async fn send_in_batches(
        &self,
        header: &PlanHeader,
        targets: &[BackupTarget],
        digest: &PlanDigest,
    ) -> Answer<ResumeSummary> {
        let run_id = &header.run_id;
        let mut draft = match self.begin_journal_draft(header).await {
            Err(ClientError::Refused(CoordinatorError::Duplicate(Duplicate::Draft { .. }))) => {
                self.get_journal_draft(run_id).await?
            }
            begun => begun?,
        };
        // Before a batch is added: a draft with other targets belongs to another plan.
        let other = || Err(CoordinatorError::RunExists { run_id: run_id.clone() }.into());
        let Some((arrived, missing)) = targets.split_at_checked(draft.targets as usize) else {
            return other();
        };
        if draft.digest != PlanDigest::begin(header).targets(arrived).as_bytes() {
            return other();
        }
        let starts = (draft.targets..).step_by(MAX_DRAFT_BATCH);
        for (start, batch) in starts.zip(missing.chunks(MAX_DRAFT_BATCH)) {
            draft = self.append_draft_targets(run_id, start, batch).await?;
        }
        if draft.digest != digest.as_bytes() {
            return other();
        }
        loop {
            if let SealProgress::Sealed(summary) = self.seal_journal_draft(run_id).await? {
                return Ok(summary);
            }
        }
    }

    /// The run, if it was made from the plan with this digest. A draft is known by its header when it is
    /// begun again, and by its run id when it is sealed again: neither says that the targets are the same.
    async fn journal_of(&self, run_id: RunId, digest: &PlanDigest) -> Answer<ResumeSummary> {
        let journal = self.get_journal(&run_id).await?;
        if journal.plan_digest != digest.as_bytes() {
            return Err(CoordinatorError::RunExists { run_id }.into());
        }
        Ok(journal.summary)
    }

    /// Has a preflight accepted with its receipts, for a run of any size: sends them in batches. Safe to call
    /// again after any failure with the same receipts, and with new ones.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `TopologyTargetsMismatch` when there are more or fewer targets than the run has,
    /// and otherwise what is wrong with the first batch that is refused.
    pub async fn accept_preflight_in_batches(
        &self,
        run_id: &RunId,
        receipts: &PreflightReceipts,
    ) -> Answer<ResumeSummary> {
        let mismatch = || JournalError::from(PreflightError::TopologyTargetsMismatch);
        let refused = || CoordinatorError::from(mismatch()).into();
        // Otherwise the first batches of too many receipts could be accepted before the others are refused.
        let targets = self.resume_summary(run_id).await?.total_targets;
        if receipts.topology.targets.len() != targets as usize {
            return Err(refused());
        }
        let mut accepted = None;
        for (start, batch) in receipts.batches(MAX_PREFLIGHT_BATCH) {
            let progress = self.append_preflight_receipts(run_id, start, &batch).await?;
            accepted = match progress {
                PreflightProgress::Accepted(summary) => Some(summary),
                PreflightProgress::Arriving { .. } => None,
            };
        }
        accepted.ok_or_else(refused)
    }
}
