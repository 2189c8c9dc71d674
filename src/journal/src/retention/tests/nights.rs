//! Many nights of one canister: backups, downloads, restores, and a person who takes and deletes snapshots.

use super::{name, set};
use crate::{
    journal::RunOutcome,
    retention::{KeptBecause, SetUse, SnapshotSet, Verdict, decide, replaceable},
    schedule::KEEP_RANGE,
};
use proptest::{collection::vec, prelude::*};

/// The most snapshots that the network keeps.
const SLOTS: usize = 10;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Snapshot {
    /// That of this run.
    Own(usize),
    /// Of somebody else.
    Foreign(usize),
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A backup ends so, or waits for its downloads.
    Backup {
        saved: RunOutcome,
        set_use: SetUse,
    },
    /// Somebody begins the download of some run, or ends it.
    Download(usize),
    /// Somebody begins a restore from some run, or ends all restores.
    Restore(usize),
    RestoresEnd,
    /// What may go is deleted.
    Delete,
    PersonTakes,
    PersonDeletes(usize),
}

fn event() -> impl Strategy<Value = Event> {
    use RunOutcome::{Complete, Nothing, OnNetwork, Partial};
    let ends = [
        (Complete, SetUse::Over),
        (OnNetwork, SetUse::Over),
        (OnNetwork, SetUse::Waiting),
        (Partial, SetUse::Over),
        (Nothing, SetUse::Over),
    ];
    let backup = prop::sample::select(ends.to_vec());
    prop_oneof![
        6 => backup.prop_map(|(saved, set_use)| Event::Backup { saved, set_use }),
        2 => (0..40_usize).prop_map(Event::Download),
        1 => (0..40_usize).prop_map(Event::Restore),
        1 => Just(Event::RestoresEnd),
        3 => Just(Event::Delete),
        1 => Just(Event::PersonTakes),
        1 => (0..SLOTS).prop_map(Event::PersonDeletes),
    ]
}

struct Model {
    keep: u32,
    network: Vec<Snapshot>,
    /// In the order of the runs.
    sets: Vec<SnapshotSet>,
    foreign: usize,
}

impl Model {
    fn newest_first(&self) -> Vec<SnapshotSet> {
        self.sets.iter().rev().cloned().collect()
    }

    fn verdicts(&self) -> Vec<Verdict> {
        decide(&self.newest_first(), self.keep)
    }

    /// The run at a position of the newest first.
    fn run(&self, position: usize) -> usize {
        self.sets.len() - 1 - position
    }

    fn has(&self, run: usize) -> bool {
        self.network.contains(&Snapshot::Own(run))
    }

    /// Deletes the snapshot of a run, as the coordinator does.
    fn delete(&mut self, run: usize) {
        let before = self.network.len();
        self.network.retain(|it| *it != Snapshot::Own(run));
        if self.network.len() < before {
            self.sets[run].deleted += 1;
            if self.sets[run].set_use == SetUse::Waiting {
                self.sets[run].set_use = SetUse::Over;
            }
        }
    }

    /// Has room for one more snapshot; false if there is none.
    fn make_room(&mut self) -> bool {
        if self.network.len() < SLOTS {
            return true;
        }
        let verdicts = self.verdicts();
        let runs = replaceable(&verdicts).map(|position| self.run(position));
        let oldest = runs.into_iter().find(|run| self.has(*run));
        if let Some(run) = oldest {
            self.delete(run);
        }
        oldest.is_some()
    }

    /// What a person has deleted is noted.
    fn look(&mut self) {
        for run in 0..self.sets.len() {
            let took = self.sets[run].saved != RunOutcome::Nothing;
            if took && self.sets[run].deleted == 0 && !self.has(run) {
                self.sets[run].deleted = 1;
            }
        }
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Backup { saved, set_use } => {
                let run = self.sets.len();
                let nothing = saved == RunOutcome::Nothing || !self.make_room();
                if nothing {
                    self.sets.push(set(run, RunOutcome::Nothing));
                } else {
                    self.network.push(Snapshot::Own(run));
                    self.sets.push(SnapshotSet { set_use, taken: 1, ..set(run, saved) });
                }
            }
            Event::Download(run) => {
                let Some(set) = self.sets.get_mut(run) else { return };
                match set.set_use {
                    SetUse::Waiting => set.set_use = SetUse::Transferred,
                    SetUse::Transferred => {
                        (set.set_use, set.saved) = (SetUse::Over, RunOutcome::Complete);
                    }
                    SetUse::Over | SetUse::UnderWay => {}
                }
            }
            Event::Restore(from) => {
                let run = self.sets.len();
                if self.sets.get(from).is_none_or(|set| !set.is_whole()) || !self.make_room() {
                    return;
                }
                // The slot may have been that of the run itself.
                if !self.has(from) {
                    return;
                }
                self.sets[from].restored_by = Some(name(run));
                self.network.push(Snapshot::Own(run));
                let restore = SnapshotSet { taken: 1, ..set(run, RunOutcome::Nothing) };
                let (is_restore, set_use) = (true, SetUse::UnderWay);
                self.sets.push(SnapshotSet { is_restore, set_use, ..restore });
            }
            Event::RestoresEnd => {
                for set in &mut self.sets {
                    set.restored_by = None;
                    if set.is_restore && set.set_use == SetUse::UnderWay {
                        (set.set_use, set.saved) = (SetUse::Over, RunOutcome::Restored);
                    }
                }
            }
            Event::Delete => {
                for (position, verdict) in self.verdicts().into_iter().enumerate() {
                    if verdict == Verdict::Delete {
                        self.delete(self.run(position));
                    }
                }
            }
            Event::PersonTakes => {
                if self.network.len() < SLOTS {
                    self.network.push(Snapshot::Foreign(self.foreign));
                    self.foreign += 1;
                }
            }
            Event::PersonDeletes(slot) => {
                if slot < self.network.len() {
                    self.network.remove(slot);
                }
            }
        }
    }

    /// The runs whose snapshots must not be deleted by the coordinator.
    fn protected(&self) -> Vec<usize> {
        let runs = || (0..self.sets.len()).rev();
        let last = runs().find(|run| !self.sets[*run].is_restore && self.sets[*run].is_whole());
        let verified =
            runs().find(|run| !self.sets[*run].is_restore && self.sets[*run].is_verified());
        let used = runs().filter(|run| {
            let set = &self.sets[*run];
            set.restored_by.is_some()
                || matches!(set.set_use, SetUse::UnderWay | SetUse::Transferred)
        });
        used.chain(last).chain(verified).collect()
    }
}

fn model(keep: u32) -> Model {
    Model { keep, network: Vec::new(), sets: Vec::new(), foreign: 0 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_deleted_that_must_stay_and_ten_slots_suffice(
        keep in KEEP_RANGE.0..=KEEP_RANGE.1,
        events in vec(event(), 1..80),
    ) {
        let mut model = model(keep);
        for event in events {
            // The coordinator looks at the snapshots of a canister before it takes or deletes one.
            if let Event::Backup { .. } | Event::Delete = event {
                model.look();
            }
            let (before, protected) = (model.network.clone(), model.protected());
            model.step(event);
            prop_assert!(model.network.len() <= SLOTS, "{event:?}");
            let gone = |it: &&Snapshot| !model.network.contains(it);
            for snapshot in before.iter().filter(gone) {
                match (*snapshot, event) {
                    (_, Event::PersonDeletes(_)) => {}
                    (Snapshot::Foreign(_), _) => prop_assert!(false, "{event:?} deleted {snapshot:?}"),
                    (Snapshot::Own(run), _) => {
                        prop_assert!(!protected.contains(&run), "{event:?} deleted that of run {run}");
                    }
                }
            }
            if let Event::Delete = event {
                let newest = before.iter().filter_map(|it| match it {
                    Snapshot::Own(run) => Some(*run),
                    Snapshot::Foreign(_) => None,
                });
                prop_assert!(newest.max().is_none_or(|run| model.has(run)), "the newest is deleted");
                let stays = |run: &usize| !protected.contains(run) && model.has(*run);
                let left = (0..model.sets.len()).filter(stays).count();
                // Beside what is protected: the newest, one backup of some targets, and the safety snapshots of one restore.
                prop_assert!(left <= keep as usize + 2, "{left} sets are left");
            }
        }
    }

    #[test]
    fn a_backup_finds_a_slot_as_long_as_others_leave_one(
        keep in KEEP_RANGE.0..=KEEP_RANGE.1,
        foreign in 0..8_usize,
        nights in vec(prop::sample::select(vec![RunOutcome::Complete, RunOutcome::OnNetwork, RunOutcome::Partial]), 1..40),
    ) {
        let mut model = model(keep);
        model.network.extend((0..foreign).map(Snapshot::Foreign));
        for saved in nights {
            model.step(Event::Backup { saved, set_use: SetUse::Over });
            prop_assert!(model.has(model.sets.len() - 1), "a night found no slot");
        }
    }
}

#[test]
fn the_verdict_for_a_set_does_not_depend_on_older_ones() {
    let sets = [RunOutcome::OnNetwork, RunOutcome::Partial, RunOutcome::Complete]
        .map(|saved| set(0, saved));
    let all = decide(&sets, 1);
    for newest in 1..=sets.len() {
        assert_eq!(decide(&sets[..newest], 1), all[..newest]);
    }
    assert_eq!(all[2], Verdict::Keep(KeptBecause::LastVerified));
}
