//! A run under replay: its journal, and what a coordinator keeps beside it.

use super::{
    Reason,
    draft::Draft,
    execution::ReplayedExecution,
    logged::{Logged, Opened},
};
use crate::{
    Attempt, ReceiptIndex, Sequence, Timestamp,
    api::{AuditEventKind as Kind, JournalDetails, StartOwed, TargetStatus},
    journal::{
        Change, Journal, JournalError, JournalView, OperationReceipt, OtherRuns, Restart,
        accept_preflight_receipts, append_preflight_receipts, claim_operations,
        mark_operation_pending, perform, record_operation_receipt,
    },
    plan::{BackupPlan, PlanDigest},
};
use candid::Principal;

/// A run as the log tells it.
#[derive(Clone, Debug)]
pub struct ReplayedRun {
    journal: Journal,
    digest: PlanDigest,
    created_by: Principal,
    last_block: u64,
    execution: ReplayedExecution,
}

impl ReplayedRun {
    /// The journal.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The last block that is about this run.
    pub const fn last_block(&self) -> u64 {
        self.last_block
    }

    /// The journal without its rows, as a coordinator shows it.
    pub fn details(&self) -> JournalDetails {
        JournalDetails {
            summary: self.journal.resume_summary(),
            plan: self.journal.plan().header.clone(),
            plan_digest: self.digest.as_bytes().to_vec(),
            created_by: self.created_by,
        }
    }

    /// When the targets of the run must run again; none without a restart deadline, and while no stop was claimed.
    pub fn restart_deadline(&self) -> Option<Timestamp> {
        self.execution.deadline(self.journal.header())
    }

    /// The targets with what the run has of them, as a coordinator shows them.
    pub fn targets(&self) -> Vec<TargetStatus> {
        let status = |target: &crate::plan::BackupTarget| TargetStatus {
            artifact: self.journal.artifact(&target.canister_id),
            owed_start: self.journal.owed_start(&target.canister_id),
            target: target.clone(),
        };
        self.journal.plan().targets.iter().map(status).collect()
    }

    /// The canisters that are owed a start, as a coordinator shows them.
    pub fn starts_owed(&self) -> Vec<StartOwed> {
        let owed = self.journal.starts_owed().iter();
        owed.map(|(canister_id, owed)| StartOwed { canister_id: *canister_id, owed: *owed })
            .collect()
    }

    /// A run whose plan came whole.
    pub(super) fn created(logged: &Logged<'_>, opened: Opened<'_>) -> Result<Self, Reason> {
        Self::open(logged, opened, logged.plan()?.clone(), logged.event.caller)
    }

    /// A run whose plan came in batches.
    pub(super) fn sealed(
        logged: &Logged<'_>,
        opened: Opened<'_>,
        draft: Draft,
    ) -> Result<Self, Reason> {
        logged.without_payload()?;
        let created_by = draft.created_by();
        Self::open(logged, opened, draft.into_plan(), created_by)
    }

    fn open(
        logged: &Logged<'_>,
        opened: Opened<'_>,
        plan: BackupPlan,
        created_by: Principal,
    ) -> Result<Self, Reason> {
        Reason::compare("run id", logged.run_id()?, &plan.header.run_id)?;
        Reason::compare("plan id", opened.plan_id, &plan.header.plan_id)?;
        let digest = PlanDigest::of(&plan);
        let journal = Journal::new(plan.validate_under(opened.rules)?, logged.event.time);
        let header = journal.header();
        Reason::compare("number of targets", &opened.targets, &header.targets)?;
        Reason::compare("number of operations", &opened.operations, &header.operations)?;
        let (execution, last_block) = (ReplayedExecution::default(), logged.event.index);
        Ok(Self { journal, digest, created_by, last_block, execution })
    }

    /// Moves the journal. Answers with the canisters of which it may have changed whether the run holds them.
    pub(super) fn perform(
        &mut self,
        logged: &Logged<'_>,
        others: &impl OtherRuns,
    ) -> Result<Vec<Principal>, Reason> {
        if ReplayedExecution::is_about(&logged.event.kind) {
            self.execution.perform(logged, self.journal.header())?;
            self.last_block = logged.event.index;
            return Ok(Vec::new());
        }
        let change = self.change(logged, others)?;
        let touched = change.restarts.iter().map(Restart::target).collect();
        self.journal.apply(change);
        self.last_block = logged.event.index;
        Ok(touched)
    }

    /// What the rules make of an event, which must be what the event records.
    fn change(&self, logged: &Logged<'_>, others: &impl OtherRuns) -> Result<Change, Reason> {
        let (journal, now) = (&self.journal, logged.event.time);
        let BackupPlan { header, targets, .. } = journal.plan();
        let kind = &logged.event.kind;
        let with_receipts = matches!(
            kind,
            Kind::PreflightReceiptsAccepted { .. } | Kind::PreflightReceiptsAppended { .. }
        );
        if !with_receipts {
            logged.without_payload()?;
        }
        Ok(match kind {
            Kind::PreflightReceiptsAccepted { preflight_id, window } => {
                let receipts = logged.receipts_of(preflight_id, *window)?;
                accept_preflight_receipts(journal, header, targets, receipts, now)?
            }
            Kind::PreflightReceiptsAppended { preflight_id, window, start, count } => {
                let receipts = logged.receipts_of(preflight_id, *window)?;
                let batch = journal.batch(*start, receipts);
                let listed = receipts.topology.targets.len() as u64;
                Reason::compare("number of targets", &u64::from(*count), &listed)?;
                append_preflight_receipts(journal, header, batch, *start, receipts, now)?
                    .ok_or(Reason::Payload { expected: "receipts that have not arrived yet" })?
            }
            Kind::OperationClaimed { sequence, attempt } => {
                let change = mark_operation_pending(journal, others, *sequence, now)?;
                Reason::compare("attempt", attempt, &attempt_in(&change))?;
                change
            }
            Kind::OperationsClaimed { operations } => {
                let limit = u32::try_from(operations.len()).unwrap_or(u32::MAX);
                if limit == 0 {
                    return Err(Reason::NoOperation);
                }
                let change = claim_operations(journal, others, limit, now)?;
                let recorded = operations.iter().map(|it| (it.sequence, it.attempt));
                let replayed = change.moved.iter().map(|it| (it.sequence, it.progress.attempt));
                Reason::compare("operations", &listed(recorded), &listed(replayed))?;
                change
            }
            Kind::ReceiptRecorded { sequence, receipt_index, .. } => {
                let next = ReceiptIndex(journal.header().receipts);
                Reason::compare("receipt index", receipt_index, &next)?;
                let receipt = self
                    .receipt(kind)
                    .ok_or(JournalError::ReceiptOperationNotFound { sequence: *sequence })?;
                record_operation_receipt(journal, receipt, logged.event.caller, now)?
            }
            said => perform(journal, said, logged.event.caller, now)?,
        })
    }

    /// The receipt of which a block tells; what it leaves out stands in the row. None without such a row.
    fn receipt(&self, kind: &Kind) -> Option<OperationReceipt> {
        let Kind::ReceiptRecorded {
            sequence,
            attempt,
            outcome,
            preflight_id,
            snapshot_id,
            artifact_path,
            checksum,
            failure_reason,
            performed_at,
            ..
        } = kind
        else {
            return None;
        };
        let (header, spec) = (self.journal.header(), self.journal.spec(*sequence)?);
        Some(OperationReceipt {
            plan_id: header.plan_id.clone(),
            run_id: header.run_id.clone(),
            preflight_id: preflight_id.clone(),
            sequence: *sequence,
            operation_id: spec.operation_id,
            kind: spec.kind,
            target_canister_id: spec.target,
            attempt: Some(*attempt),
            outcome: *outcome,
            snapshot_id: snapshot_id.clone(),
            artifact_path: artifact_path.clone(),
            checksum: checksum.clone(),
            failure_reason: failure_reason.clone(),
            performed_at: *performed_at,
        })
    }
}

/// Operations and their attempts, in words.
fn listed(operations: impl Iterator<Item = (Sequence, Attempt)>) -> String {
    let one = |(sequence, attempt)| format!("{sequence} (attempt {attempt})");
    operations.map(one).collect::<Vec<_>>().join(", ")
}

/// The attempt that a claim has begun.
fn attempt_in(change: &Change) -> Attempt {
    change.moved.first().map(|moved| moved.progress.attempt).unwrap_or_default()
}
