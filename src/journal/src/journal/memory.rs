//! A journal held in memory: for replays, rehearsals and property tests.

mod apply;
mod transitions;
mod view;

use super::{
    Artifact, AuthoritySet, Header, JournalView, Operation, OperationSpec, OwedStart, Progress,
    Queue, ReceiptRecord, ResumeSummary, Shape, rows_of,
};
use crate::{
    Sequence, Timestamp,
    plan::{BackupPlan, ValidPlan},
    preflight::ProvenAuthority,
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
/// journal.change(|it| accept_preflight_bundle(it, &"preflight-1".into(), Timestamp(1)))?;
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
}
