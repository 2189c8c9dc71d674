//! A run under replay: its journal, and what a coordinator keeps beside it.

use super::{
    Reason,
    draft::Draft,
    logged::{Logged, Opened},
};
use crate::{
    Attempt, ReceiptIndex, Sequence,
    api::{AuditEventKind as Kind, JournalDetails, StartOwed, TargetStatus},
    journal::{Journal, JournalError, JournalView, OperationReceipt, OtherRuns},
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
        Ok(Self { journal, digest, created_by, last_block: logged.event.index })
    }

    /// Moves the journal.
    pub(super) fn perform(
        &mut self,
        logged: &Logged<'_>,
        others: &impl OtherRuns,
    ) -> Result<(), Reason> {
        let (journal, now) = (&mut self.journal, logged.event.time);
        match &logged.event.kind {
            Kind::PreflightReceiptsAccepted { preflight_id, window } => {
                let receipts = logged.receipts_of(preflight_id, *window)?;
                journal.accept_preflight_receipts(receipts, now)?;
            }
            Kind::PreflightReceiptsAppended { preflight_id, window, start, count } => {
                let receipts = logged.receipts_of(preflight_id, *window)?;
                let targets = receipts.topology.targets.len();
                Reason::compare("number of targets", &u64::from(*count), &(targets as u64))?;
                if !journal.append_preflight_receipts(*start, receipts, now)? {
                    return Err(Reason::Payload { expected: "receipts that have not arrived yet" });
                }
            }
            _ => self.perform_plain(logged, others)?,
        }
        self.last_block = logged.event.index;
        Ok(())
    }

    /// Moves the journal by what needs no payload.
    fn perform_plain(
        &mut self,
        logged: &Logged<'_>,
        others: &impl OtherRuns,
    ) -> Result<(), Reason> {
        logged.without_payload()?;
        let (journal, now) = (&mut self.journal, logged.event.time);
        match &logged.event.kind {
            Kind::PreflightAccepted { preflight_id } => {
                journal.accept_preflight_bundle(preflight_id, now)?;
            }
            Kind::OperationClaimed { sequence, attempt } => {
                journal.mark_operation_pending_beside(others, *sequence, now)?;
                let replayed = attempt_at(journal, *sequence);
                Reason::compare("attempt", attempt, &replayed)?;
            }
            Kind::OperationsClaimed { operations } if operations.is_empty() => {
                return Err(Reason::NoOperation);
            }
            Kind::OperationsClaimed { operations } => {
                let limit = u32::try_from(operations.len()).unwrap_or(u32::MAX);
                let replayed = journal.claim_operations(others, limit, now)?;
                let recorded = operations.iter().map(|it| (it.sequence, it.attempt));
                let replayed = replayed.iter().map(|it| (it.sequence, it.attempt));
                Reason::compare("operations", &listed(recorded), &listed(replayed))?;
            }
            Kind::RunAborted { reason } => journal.abort_run(reason, now)?,
            Kind::OperationRetried { sequence } => {
                journal.retry_failed_operation(*sequence, now)?;
            }
            Kind::StartSettled { canister_id, reason } => {
                journal.settle_start(*canister_id, reason, now)?;
            }
            _ => self.record(logged)?,
        }
        Ok(())
    }

    fn record(&mut self, logged: &Logged<'_>) -> Result<(), Reason> {
        let Kind::ReceiptRecorded { sequence, receipt_index, .. } = &logged.event.kind else {
            return Ok(());
        };
        let next = ReceiptIndex(self.journal.header().receipts);
        Reason::compare("receipt index", receipt_index, &next)?;
        let receipt = self
            .receipt(&logged.event.kind)
            .ok_or(JournalError::ReceiptOperationNotFound { sequence: *sequence })?;
        let (caller, now) = (logged.event.caller, logged.event.time);
        Ok(self.journal.record_operation_receipt(receipt, caller, now)?)
    }

    /// The canisters of which the block may have changed whether the run holds them.
    pub(super) fn touched(&self, kind: &Kind) -> Vec<Principal> {
        let target = |sequence: &Sequence| self.journal.spec(*sequence)?.target;
        match kind {
            Kind::OperationClaimed { sequence, .. } | Kind::ReceiptRecorded { sequence, .. } => {
                target(sequence).into_iter().collect()
            }
            Kind::OperationsClaimed { operations } => {
                operations.iter().filter_map(|claimed| target(&claimed.sequence)).collect()
            }
            Kind::StartSettled { canister_id, .. } => vec![*canister_id],
            _ => Vec::new(),
        }
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
            plan_id: header.plan_id,
            run_id: header.run_id,
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

fn attempt_at(journal: &Journal, sequence: Sequence) -> Attempt {
    journal.progress(sequence).map(|row| row.attempt).unwrap_or_default()
}
