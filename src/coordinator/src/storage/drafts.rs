//! Drafts in stable memory: the targets in the pages they will keep, and two indexes over them.

use super::{
    codec::Stored,
    indexes::OrderKey,
    keys::{RunKey, RunNumber, TargetKey, numbered},
    records::{DraftRecord, RECORDS_PER_PAGE},
    store::Storage,
};
use backup_journal::{
    RunId, Sequence,
    api::{CoordinatorError, DraftStatus},
    journal::{OperationSpec, derived_row},
    limits::check_name,
    plan::{BackupOperationKind, BackupTarget, Place},
};
use candid::Principal;

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
            .take_while(|entry| entry.key().run() == run)
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
