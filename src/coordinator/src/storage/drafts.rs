//! Drafts in stable memory: the targets in the pages they will keep, and two indexes over them.

use super::{RECORDS_PER_PAGE, RunKey, RunNumber, Storage, Stored, TargetKey, numbered};
use backup_journal::{
    Rules, RunId, Sequence, Timestamp,
    api::{CoordinatorError, DraftPhase, DraftStatus},
    journal::{OperationSpec, derived_row},
    limits::check_name,
    plan::{BackupOperationKind, BackupTarget, DerivedLayout, Place, PlanDigest, PlanHeader},
};
use candid::Principal;
use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Encode, bytes::ByteArray};
use std::borrow::Cow;

/// A plan that is still arriving.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct DraftRecord {
    /// The number its run will have.
    #[n(0)]
    pub run: RunNumber,
    /// What the plan says.
    #[n(1)]
    pub header: PlanHeader,
    /// Who began it.
    #[cbor(n(2), with = "backup_journal::cbor::principal")]
    pub created_by: Principal,
    /// When.
    #[n(3)]
    pub created_at: Timestamp,
    /// How many targets it has.
    #[n(4)]
    pub targets: u32,
    /// The digest of the plan so far.
    #[n(5)]
    pub digest: ByteArray<32>,
    /// What may be done with it.
    #[n(6)]
    pub phase: DraftPhase,
    /// The rules that its run will be judged by.
    #[cbor(n(7), default)]
    pub rules: Rules,
}

impl DraftRecord {
    /// A draft without targets.
    pub fn new(run: RunNumber, header: PlanHeader, created_by: Principal, now: Timestamp) -> Self {
        let digest = ByteArray::from(*PlanDigest::begin(&header).as_bytes());
        let phase = DraftPhase::Collecting;
        let rules = Rules::CURRENT;
        Self { run, header, created_by, created_at: now, targets: 0, digest, phase, rules }
    }

    /// The draft as a caller sees it.
    pub fn status(&self) -> DraftStatus {
        DraftStatus {
            plan_id: self.header.plan_id.clone(),
            run_id: self.header.run_id.clone(),
            targets: self.targets,
            operations: self.layout().operations(),
            phase: self.phase,
            created_at: self.created_at,
            digest: self.digest.to_vec(),
        }
    }

    /// Where which operation will stand.
    pub const fn layout(&self) -> DerivedLayout {
        DerivedLayout::new(self.targets)
    }
}

/// A target of a draft, sorted from the top of the fleet down.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OrderKey {
    run: RunNumber,
    depth: u32,
    text: String,
}

impl OrderKey {
    /// The run.
    pub(super) const fn run(&self) -> RunNumber {
        self.run
    }

    /// The first that a run can have.
    pub(super) const fn first(run: RunNumber) -> Self {
        Self { run, depth: 0, text: String::new() }
    }

    fn new(run: RunNumber, target: &BackupTarget) -> Self {
        Self { run, depth: target.depth, text: target.canister_id.to_text() }
    }
}

impl Storable for OrderKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let (run, depth) = (self.run.0.to_be_bytes(), self.depth.to_be_bytes());
        Cow::Owned([run.as_slice(), depth.as_slice(), self.text.as_bytes()].concat())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let number = |from: usize| {
            let bytes = bytes[from..from + 4].try_into();
            u32::from_be_bytes(bytes.expect("BUG: four bytes are four bytes"))
        };
        let text = String::from_utf8(bytes[8..].to_vec()).expect("BUG: a principal is text");
        Self { run: RunNumber(number(0)), depth: number(4), text }
    }

    /// Two numbers, and the longest text of a principal.
    const BOUND: Bound = Bound::Bounded { max_size: 4 + 4 + 63, is_fixed_size: false };
}

impl Storage {
    /// The draft of a run.
    ///
    /// # Errors
    /// [`CoordinatorError::DraftNotFound`].
    pub fn draft(&self, run_id: &RunId) -> Result<DraftRecord, CoordinatorError> {
        check_name("run_id", run_id.as_str())?;
        self.drafts
            .get(&RunKey::from(run_id))
            .map(|record| record.0)
            .ok_or_else(|| CoordinatorError::DraftNotFound { run_id: run_id.clone() })
    }

    /// Every open draft.
    pub fn drafts(&self) -> Vec<DraftStatus> {
        self.drafts.iter().map(|entry| entry.value().0.status()).collect()
    }

    pub(crate) fn save_draft(&mut self, draft: DraftRecord) {
        self.drafts.insert(RunKey::from(&draft.header.run_id), Stored(draft));
    }

    /// Whether the draft has this target already.
    pub fn draft_has(&self, draft: &DraftRecord, target: Principal) -> bool {
        self.draft_targets.contains_key(&TargetKey { run: draft.run, target })
    }

    /// Adds `targets` behind those that the draft has.
    pub(crate) fn append_draft_targets(&mut self, draft: &DraftRecord, targets: &[BackupTarget]) {
        let run = draft.run;
        for (position, target) in (draft.targets..).zip(targets) {
            self.draft_targets.insert(TargetKey { run, target: target.canister_id }, position);
            self.draft_order.insert(OrderKey::new(run, target), target.canister_id);
        }
        self.append_targets(run, draft.targets, targets);
    }

    /// The rows `start..end` of the journal that the draft becomes; all of them of one stage, and the
    /// rows before them stored already.
    pub fn derive_rows(&self, draft: &DraftRecord, start: u32, end: u32) -> Vec<OperationSpec> {
        let layout = draft.layout();
        let rows: Vec<(Sequence, BackupOperationKind, Place)> = (start..end)
            .map(Sequence)
            .filter_map(|sequence| layout.at(sequence).map(|(kind, at)| (sequence, kind, at)))
            .collect();
        let targets = match rows.first() {
            None | Some((_, _, Place::Run)) => Vec::new(),
            Some((first, BackupOperationKind::Stop, _)) => {
                self.top_down_from(draft, *first, rows.len())
            }
            Some(_) => self.targets_of(draft.run, &rows),
        };
        let mut targets = targets.into_iter();
        rows.into_iter()
            .map(|(sequence, kind, _)| derived_row(layout, sequence, kind, targets.next()))
            .collect()
    }

    /// The next `count` targets from the top of the fleet down, beginning with the one that `first` stops.
    fn top_down_from(&self, draft: &DraftRecord, first: Sequence, count: usize) -> Vec<Principal> {
        let run = draft.run;
        let before = first.0.checked_sub(1).filter(|previous| *previous >= FIRST_STOP);
        let last = before
            .and_then(|previous| self.operation_spec(run, previous)?.target)
            .map(|target| self.order_key(run, target));
        let skip = usize::from(last.is_some());
        let from = last.unwrap_or_else(|| OrderKey::first(run));
        self.draft_order
            .range(from..)
            .take_while(|entry| entry.key().run == run)
            .skip(skip)
            .take(count)
            .map(|entry| entry.value())
            .collect()
    }

    fn order_key(&self, run: RunNumber, target: Principal) -> OrderKey {
        let position = self
            .draft_targets
            .get(&TargetKey { run, target })
            .expect("BUG: a target of a draft without a position");
        let target = self.listed_targets(run, position, position + 1);
        OrderKey::new(run, target.first().expect("BUG: a draft lacks a target"))
    }

    /// Whom `rows` are about, found at the stops for a rank and in the plan's list for a position.
    fn targets_of(
        &self,
        run: RunNumber,
        rows: &[(Sequence, BackupOperationKind, Place)],
    ) -> Vec<Principal> {
        let numbers = || {
            rows.iter().map(|(_, _, place)| match place {
                Place::TopDown(number) | Place::Listed(number) => *number,
                Place::Run => 0,
            })
        };
        let (Some(low), Some(high)) = (numbers().min(), numbers().max()) else {
            return Vec::new();
        };
        let by_rank = matches!(rows.first(), Some((_, _, Place::TopDown(_))));
        let found: Vec<Principal> = if by_rank {
            let stops = self.operation_specs(run, FIRST_STOP + low, FIRST_STOP + high + 1);
            stops.into_iter().filter_map(|row| row.target).collect()
        } else {
            let targets = self.listed_targets(run, low, high + 1);
            targets.into_iter().map(|target| target.canister_id).collect()
        };
        numbers().map(|number| found[(number - low) as usize]).collect()
    }

    /// Removes the targets from `from` on, which begins a page, with all that was stored for them.
    pub(crate) fn remove_draft_targets(&mut self, draft: &DraftRecord, from: u32) {
        let run = draft.run;
        for target in self.listed_targets(run, from, draft.targets) {
            self.draft_targets.remove(&TargetKey { run, target: target.canister_id });
            self.draft_order.remove(&OrderKey::new(run, &target));
        }
        for page in from / RECORDS_PER_PAGE..draft.targets.div_ceil(RECORDS_PER_PAGE) {
            self.targets.remove(&numbered(run, page));
        }
    }

    /// Removes the derived rows from `from` on, which begins a page, up to `end`.
    pub(crate) fn remove_draft_rows(&mut self, draft: &DraftRecord, from: u32, end: u32) {
        for page in from / RECORDS_PER_PAGE..end.div_ceil(RECORDS_PER_PAGE) {
            self.operations.remove(&numbered(draft.run, page));
        }
    }
}

/// The first row after the four checks.
const FIRST_STOP: u32 = 4;
