//! A journal held in memory: for replays, rehearsals and property tests.

mod apply;
mod view;

use super::{
    Artifact, AuthoritySet, Header, JournalError, JournalView, Operation, OperationReceipt,
    OperationSpec, OtherRuns, OwedStart, Progress, Queue, ReceiptRecord, ResumeSummary, Shape,
    rows_of, transition,
};
use crate::{
    PreflightId, Sequence, Timestamp,
    plan::{BackupPlan, BackupTarget, ValidPlan},
    preflight::{PreflightReceipts, ProvenAuthority},
};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A whole journal with its plan.
///
/// # Examples
/// ```
/// use backup_journal::{Timestamp, journal::*, plan::*};
/// use candid::Principal;
///
/// # let target = Principal::from_slice(&[2]);
/// # let snapshot_read_authority = SnapshotReadAuthority {
/// #     source: SnapshotReadAuthoritySource::OperatorController,
/// #     evidence: AuthorityEvidence::Proven,
/// # };
/// # let targets = vec![BackupTarget {
/// #     canister_id: target,
/// #     role: None,
/// #     parent_canister_id: None,
/// #     depth: 0,
/// #     control_authority: ControlAuthority {
/// #         source: ControlAuthoritySource::OperatorController,
/// #         evidence: AuthorityEvidence::Proven,
/// #     },
/// #     snapshot_read_authority,
/// #     identity_mode: IdentityMode::Fixed,
/// #     expected_module_hash: None,
/// #     restore: None,
/// # }];
/// # let plan = BackupPlan {
/// #     phases: derive_phases(&targets),
/// #     targets,
/// #     header: PlanHeader {
/// #         plan_id: "plan-1".into(),
/// #         run_id: "run-1".into(),
/// #         fleet: "demo".to_string(),
/// #         network: "ic".to_string(),
/// #         root_canister_id: Principal::from_slice(&[1]),
/// #         selected_subtree_root: Some(target),
/// #         selected_scope_kind: BackupScopeKind::Subtree,
/// #         include_descendants: true,
/// #         root_included: false,
/// #         requires_root_controller: false,
/// #         snapshot_read_authority,
/// #         quiescence_policy: QuiescencePolicy::CrashConsistent,
/// #         topology_hash_before_quiesce: "0".repeat(64),
/// #         restore: None,
/// #     },
/// # };
/// // A plan with one target: four checks, then stop, snapshot, start, download, verify and finalize.
/// let mut journal = Journal::new(plan.validate()?, Timestamp(0));
/// journal.accept_preflight_bundle(&"preflight-1".into(), Timestamp(1))?;
///
/// while let Some(next) = journal.resume_summary().next_operation {
///     // Claim it, do it, report on it.
///     journal.mark_operation_pending(next.sequence, Timestamp(2))?;
///     let operation = &journal.operations()[next.sequence.index()];
///     let receipt = OperationReceipt {
///         snapshot_id: Some("0001".to_string()),
///         artifact_path: Some("/backups/0001".to_string()),
///         checksum: Some("c0ffee".to_string()),
///         ..OperationReceipt::new(
///             "plan-1".into(),
///             "run-1".into(),
///             Some("preflight-1".into()),
///             operation,
///             ReceiptOutcome::Completed,
///         )
///     };
///     journal.record_operation_receipt(receipt, Principal::anonymous(), Timestamp(3))?;
///     // Between its stop and its start the target owes a start.
///     let stopped = matches!(next.sequence.0, 4 | 5);
///     assert_eq!(journal.starts_owed().contains_key(&target), stopped);
/// }
/// assert_eq!(journal.resume_summary().state, RunState::Completed);
/// assert_eq!(journal.receipts().len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Journal {
    plan: BackupPlan,
    header: Header,
    specs: Vec<OperationSpec>,
    progress: Vec<Option<Progress>>,
    queues: BTreeSet<(Queue, Sequence)>,
    receipts: Vec<ReceiptRecord>,
    artifacts: HashMap<Principal, Artifact>,
    owed_starts: BTreeMap<Principal, OwedStart>,
    authorities: BTreeMap<(AuthoritySet, Principal), ProvenAuthority>,
}

impl Journal {
    /// Opens a journal for `plan`: preflight rows Ready, the others Blocked.
    ///
    /// # Panics
    /// When the plan has more than 2³² targets.
    pub fn new(plan: ValidPlan, now: Timestamp) -> Self {
        let rules = plan.rules();
        let plan = plan.into_inner();
        let specs = rows_of(&plan);
        let targets =
            u32::try_from(plan.targets.len()).expect("BUG: more targets than a u32 counts");
        Self {
            header: Header::new(&plan.header, rules, targets, Shape::of(&specs), now),
            progress: vec![None; specs.len()],
            queues: BTreeSet::new(),
            // Most operations have one receipt.
            receipts: Vec::with_capacity(specs.len()),
            plan,
            specs,
            artifacts: HashMap::new(),
            owed_starts: BTreeMap::new(),
            authorities: BTreeMap::new(),
        }
    }

    /// The plan, with the authorities that preflight has proven.
    pub const fn plan(&self) -> &BackupPlan {
        &self.plan
    }

    /// Every operation, in order.
    pub fn operations(&self) -> Vec<Operation> {
        (0..self.header.operations)
            .filter_map(|sequence| self.operation(&self.header, Sequence(sequence)))
            .collect()
    }

    /// Every receipt, in the order of recording.
    pub fn receipts(&self) -> &[ReceiptRecord] {
        &self.receipts
    }

    /// The starts that are owed, by target.
    pub const fn starts_owed(&self) -> &BTreeMap<Principal, OwedStart> {
        &self.owed_starts
    }

    /// Where the run stands.
    pub fn resume_summary(&self) -> ResumeSummary {
        ResumeSummary::of(self, &self.header)
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
