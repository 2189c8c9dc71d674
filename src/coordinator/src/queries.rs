//! What each query answers.

use crate::{
    paging::{check_limit, check_start, fitting, page},
    storage::{PlanRecord, RunKey, RunNumber, Storage, StoredJournal, TargetKey},
};
use backup_journal::{
    RunId,
    api::{AuditEvent, CoordinatorError, JournalDetails, Page, PlanPage, StartOwed, TargetStatus},
    journal::{
        Header, JournalCheck, JournalView, Operation, ReceiptRecord, ResumeSummary, check_counts,
        check_header, check_records, records,
    },
    limits::{CheckLimits, check_name, check_registry},
    plan::{
        BackupPlan, BackupPlanInput, BackupTarget, ValidationPurpose, build_backup_plan as build,
    },
    preflight::PreflightRequests,
    registry::RegistryEntry,
};
use candid::Principal;

type Answer<T> = Result<T, CoordinatorError>;

/// Makes a plan from a registry; nothing is stored.
///
/// # Errors
/// A limit, or a rule of the plan.
pub fn build_backup_plan(input: BackupPlanInput) -> Answer<BackupPlan> {
    check_registry(&input.registry)?;
    let plan = build(input)?;
    plan.check_limits()?;
    Ok(plan)
}

/// Checks a plan; nothing is stored.
///
/// # Errors
/// A limit, the coordinator as a target, or a rule of the plan.
pub fn validate_backup_plan(
    plan: &BackupPlan,
    purpose: ValidationPurpose,
    coordinator: Principal,
) -> Answer<()> {
    plan.check_limits()?;
    plan.check(purpose)?;
    check_not_target(plan, coordinator)
}

/// Refuses a plan that would have the coordinator stop itself.
///
/// # Errors
/// [`CoordinatorError::CoordinatorIsTarget`].
pub fn check_not_target(plan: &BackupPlan, coordinator: Principal) -> Answer<()> {
    if plan.targets.iter().any(|target| target.canister_id == coordinator) {
        return Err(CoordinatorError::CoordinatorIsTarget { canister_id: coordinator });
    }
    Ok(())
}

/// Finds the canister that a selector means.
///
/// # Errors
/// A limit, or as [`backup_journal::plan::resolve_backup_selector`].
pub fn resolve_backup_selector(registry: &[RegistryEntry], selector: &str) -> Answer<Principal> {
    check_registry(registry)?;
    check_name("selector", selector)?;
    Ok(backup_journal::plan::resolve_backup_selector(registry, selector)?)
}

impl Storage {
    /// The number of a run.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or that the id is longer than any id may be.
    pub fn run(&self, run_id: &RunId) -> Answer<RunNumber> {
        check_name("run_id", run_id.as_str())?;
        self.run_numbers
            .get(&RunKey::from(run_id))
            .ok_or_else(|| CoordinatorError::RunNotFound { run_id: run_id.clone() })
    }

    /// The plan of a run apart from its lists.
    pub fn plan(&self, run: RunNumber) -> PlanRecord {
        self.plans.get(&run).expect("BUG: a run without a plan").0
    }

    /// Where a run stands.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`].
    pub fn summary(&self, run_id: &RunId) -> Answer<ResumeSummary> {
        let (journal, header) = self.journal(run_id)?;
        Ok(ResumeSummary::of(&journal, &header))
    }

    /// The next operation of a run; none when all are over, or all that are left are blocked.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`].
    pub fn next_ready_operation(&self, run_id: &RunId) -> Answer<Option<Operation>> {
        let (journal, header) = self.journal(run_id)?;
        Ok(journal.next_ready_operation(&header))
    }

    /// A journal without its rows.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`].
    pub fn journal_details(&self, run_id: &RunId) -> Answer<JournalDetails> {
        let PlanRecord { header, digest, created_by } = self.plan(self.run(run_id)?);
        let summary = self.summary(run_id)?;
        Ok(JournalDetails { summary, plan: header, plan_digest: digest, created_by })
    }

    /// The runs in the order of creation. `start` is a run number; numbers of discarded drafts are skipped.
    ///
    /// # Errors
    /// When the page is out of range.
    pub fn list_journals(&self, start: u64, limit: u32) -> Answer<Page<ResumeSummary>> {
        check_limit(limit)?;
        let numbers = self.totals.get().0.next_run;
        check_start(start, u64::from(numbers))?;
        let first = u32::try_from(start).expect("BUG: a run number above the next one");
        let runs: Vec<RunNumber> =
            self.headers.keys_range(RunNumber(first)..).take(limit as usize + 1).collect();
        let items = fitting(runs.iter().take(limit as usize).map(|run| {
            let journal = StoredJournal::new(self, *run);
            ResumeSummary::of(&journal, &journal.header())
        }));
        let next = runs.get(items.len()).map(|run| u64::from(run.0));
        Ok(Page { items, next, total: self.headers.len() })
    }

    /// The operations of a run.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is out of range.
    pub fn list_operations(&self, run: &RunId, start: u64, limit: u32) -> Answer<Page<Operation>> {
        let (journal, header) = self.journal(run)?;
        page(start, limit, u64::from(header.operations), |start, end| {
            journal.operations(&header, start, end)
        })
    }

    /// The receipts of a run in the order of recording.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is out of range.
    pub fn list_receipts(
        &self,
        run: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<ReceiptRecord>> {
        let (journal, header) = self.journal(run)?;
        page(start, limit, u64::from(header.receipts), |start, end| journal.receipts(start, end))
    }

    /// The plan of a run with some of its targets.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is out of range.
    pub fn plan_page(&self, run_id: &RunId, start: u64, limit: u32) -> Answer<PlanPage> {
        let run = self.run(run_id)?;
        let targets = self.target_page(run, start, limit)?;
        Ok(PlanPage { header: self.plan(run).header, targets })
    }

    /// The targets of a run with what the run has of them.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is out of range.
    pub fn list_targets(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<TargetStatus>> {
        let run = self.run(run_id)?;
        let journal = StoredJournal::new(self, run);
        let status = |target: BackupTarget| TargetStatus {
            artifact: journal.artifact(&target.canister_id),
            owed_start: journal.owed_start(&target.canister_id),
            target,
        };
        let Header { targets, authorities, .. } = journal.header();
        page(start, limit, u64::from(targets), |start, end| {
            self.targets(run, authorities, start, end).into_iter().map(status).collect()
        })
    }

    /// The preflight requests of a run for some of its targets.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is out of range.
    pub fn preflight_requests(
        &self,
        run_id: &RunId,
        start: u64,
        limit: u32,
    ) -> Answer<PreflightRequests> {
        let PlanPage { header, targets } = self.plan_page(run_id, start, limit)?;
        Ok(PreflightRequests::new(&header, &targets.items))
    }

    /// The canisters of a run that are owed a start, sorted by principal, after `after`.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is too large.
    pub fn list_starts_owed(
        &self,
        run_id: &RunId,
        after: Option<Principal>,
        limit: u32,
    ) -> Answer<Vec<StartOwed>> {
        check_limit(limit)?;
        let run = self.run(run_id)?;
        let first = after.unwrap_or(Principal::management_canister());
        Ok(self
            .owed_starts
            .range(TargetKey::from(run, first))
            .filter(|entry| Some(entry.key().target) != after)
            .take(limit as usize)
            .map(|entry| StartOwed { canister_id: entry.key().target, owed: entry.value().0 })
            .collect())
    }

    /// Checks some records of a stored journal, in this order: its rows, its receipts, what it has of its targets. The
    /// header is checked with every page, the number of stored records and the indexes over all runs with the first.
    ///
    /// # Errors
    /// [`CoordinatorError::RunNotFound`], or when the page is out of range.
    pub fn validate_journal(&self, run_id: &RunId, start: u64, limit: u32) -> Answer<JournalCheck> {
        let run = self.run(run_id)?;
        let (journal, header) = self.journal(run_id)?;
        check_limit(limit)?;
        check_start(start, records(&header))?;
        let mut check = check_records(&journal, &header, start, limit);
        let mut of_the_run = check_header(&journal, &header);
        if start == 0 {
            of_the_run.extend(check_counts(&header, self.stored_counts(run)));
            of_the_run.extend(self.check_indexes(run, &header));
        }
        check.violations.splice(..0, of_the_run);
        Ok(check)
    }

    /// The audit trail.
    ///
    /// # Errors
    /// When the page is out of range.
    pub fn list_audit_events(&self, start: u64, limit: u32) -> Answer<Page<AuditEvent>> {
        check_limit(limit)?;
        let total = self.audit_length();
        check_start(start, total)?;
        let end = start.saturating_add(u64::from(limit)).min(total);
        let items = fitting((start..end).map(|index| self.audit_event(index)));
        let next = start + items.len() as u64;
        Ok(Page { items, next: (next < total).then_some(next), total })
    }

    fn journal(&self, run_id: &RunId) -> Answer<(StoredJournal<'_>, Header)> {
        let journal = StoredJournal::new(self, self.run(run_id)?);
        let header = journal.header();
        Ok((journal, header))
    }

    fn target_page(&self, run: RunNumber, start: u64, limit: u32) -> Answer<Page<BackupTarget>> {
        let Header { targets, authorities, .. } = StoredJournal::new(self, run).into_header();
        page(start, limit, u64::from(targets), |start, end| {
            self.targets(run, authorities, start, end)
        })
    }
}
