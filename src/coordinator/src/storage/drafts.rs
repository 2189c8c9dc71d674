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
    journal::{DerivedWaves, OperationSpec, Wave, derived_row},
    limits::check_name,
    plan::{BackupOperationKind as Kind, BackupTarget, Place},
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
        let rows: Vec<(Sequence, Kind, Place)> = (start..end)
            .map(Sequence)
            .filter_map(|sequence| layout.at(sequence).map(|(kind, at)| (sequence, kind, at)))
            .collect();
        let about = match rows.first() {
            None => Vec::new(),
            Some((_, _, Place::Run)) => self.run_wide(draft, &rows),
            Some((first, Kind::Stop, _)) => self.top_down_from(draft, *first, rows.len()),
            Some(_) => self.about(draft, &rows),
        };
        rows.into_iter()
            .zip(about)
            .map(|((sequence, kind, _), (target, wave))| {
                derived_row(layout, sequence, kind, target, wave)
            })
            .collect()
    }

    /// The waves of the draft, whose stops are stored.
    fn waves(&self, draft: &DraftRecord) -> DerivedWaves {
        let last_stop = FIRST_STOP + draft.targets - 1;
        let wave = self.operation_spec(draft.run, last_stop).and_then(|row| row.wave);
        DerivedWaves::after(wave.expect("BUG: a stop without a wave"))
    }

    /// What is about no target: the four checks, which belong to no wave, and the manifest.
    fn run_wide(
        &self,
        draft: &DraftRecord,
        rows: &[(Sequence, Kind, Place)],
    ) -> Vec<(Option<Principal>, Option<Wave>)> {
        let finalize = |kind| kind == Kind::FinalizeManifest;
        let wave = |kind| finalize(kind).then(|| self.waves(draft).finalize());
        rows.iter().map(|(_, kind, _)| (None, wave(*kind))).collect()
    }

    /// The next `count` targets from the top of the fleet down, beginning with the one that `first` stops, each with
    /// the wave in which it is stopped.
    fn top_down_from(
        &self,
        draft: &DraftRecord,
        first: Sequence,
        count: usize,
    ) -> Vec<(Option<Principal>, Option<Wave>)> {
        let run = draft.run;
        let before = first.0.checked_sub(1).filter(|previous| *previous >= FIRST_STOP);
        let last = before.and_then(|previous| self.operation_spec(run, previous)).map(|row| {
            let target = row.target.expect("BUG: a stop without a target");
            (self.order_key(run, target), row.wave.expect("BUG: a stop without a wave"))
        });
        let from = last.as_ref().map_or_else(|| OrderKey::first(run), |(key, _)| key.clone());
        let skip = usize::from(last.is_some());
        let mut level = last.map(|(key, wave)| (key.depth(), wave));
        let mut wave_of = |depth: u32| {
            let wave = match level {
                None => Wave(0),
                Some((before, wave)) if before == depth => wave,
                Some((_, wave)) => wave.next(),
            };
            level = Some((depth, wave));
            wave
        };
        self.draft_order
            .range(from..)
            .take_while(|entry| entry.key().run() == run)
            .skip(skip)
            .take(count)
            .map(|entry| (Some(entry.value()), Some(wave_of(entry.key().depth()))))
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

    /// What `rows` are about, found at the stops for a rank and in the plan's list for a position, and their waves.
    fn about(
        &self,
        draft: &DraftRecord,
        rows: &[(Sequence, Kind, Place)],
    ) -> Vec<(Option<Principal>, Option<Wave>)> {
        let (run, waves) = (draft.run, self.waves(draft));
        let number = |place: &Place| match place {
            Place::TopDown(number) | Place::Listed(number) => *number,
            Place::Run => 0,
        };
        let numbers = || rows.iter().map(|(_, _, place)| number(place));
        let (Some(low), Some(high)) = (numbers().min(), numbers().max()) else {
            return Vec::new();
        };
        let by_rank = matches!(rows.first(), Some((_, _, Place::TopDown(_))));
        let found: Vec<(Option<Principal>, Option<Wave>)> = if by_rank {
            let stops = self.operation_specs(run, FIRST_STOP + low, FIRST_STOP + high + 1);
            stops.into_iter().map(|stop| (stop.target, stop.wave)).collect()
        } else {
            let targets = self.listed_targets(run, low, high + 1);
            targets.into_iter().map(|target| (Some(target.canister_id), None)).collect()
        };
        rows.iter()
            .map(|(_, kind, place)| {
                let (target, stop) = found[(number(place) - low) as usize];
                let wave = match kind {
                    Kind::Start => stop.map(|stop| waves.start(stop)),
                    Kind::CreateSnapshot => Some(waves.snapshots()),
                    _ => Some(waves.transfers()),
                };
                (target, wave)
            })
            .collect()
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
