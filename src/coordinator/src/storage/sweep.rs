//! Removing the index records of drafts that have become runs: two for each target, which nothing reads any more.
//!
//! Sealing removes those of its own draft. Releases before 0.2.0 left them, so every change also removes a few of
//! what they have left.

use super::{
    indexes::OrderKey,
    keys::{RunNumber, TargetKey},
    store::Storage,
    totals::Totals,
};
use candid::Principal;

/// Targets whose records one change removes.
const STEP: usize = 1;

impl Storage {
    /// Removes the index records of at most `limit` targets of a draft whose operations are all derived; whether
    /// there are none left.
    pub(crate) fn sweep_draft(&mut self, run: RunNumber, limit: usize) -> bool {
        let targets = TargetKey::from(run, Principal::management_canister());
        let positions: Vec<TargetKey> =
            self.draft_targets.keys_range(targets.clone()).take(limit).collect();
        let order = self.draft_order.keys_range(OrderKey::first(run)..);
        let order: Vec<OrderKey> = order.take_while(|key| key.run() == run).take(limit).collect();
        for key in positions {
            self.draft_targets.remove(&key);
        }
        for key in order {
            self.draft_order.remove(&key);
        }
        self.draft_targets.keys_range(targets).next().is_none()
    }

    /// Removes some of what an earlier release has left, if there is anything.
    pub(crate) fn sweep_behind(&mut self, totals: &mut Totals) {
        if totals.swept_to >= totals.next_run {
            return;
        }
        let (run, target) = (RunNumber(totals.swept_to), Principal::management_canister());
        let found = self.draft_targets.keys_range(TargetKey { run, target }..).next();
        totals.swept_to = match found {
            None => totals.next_run,
            // Its draft is open: sealing or discarding removes them.
            Some(TargetKey { run, .. }) if self.headers.get(&run).is_none() => run.0 + 1,
            Some(TargetKey { run, .. }) => run.0 + u32::from(self.sweep_draft(run, STEP)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{STEP, Storage, Totals};
    use crate::storage::Memories;
    use flate2::read::GzDecoder;
    use ic_stable_structures::DefaultMemoryImpl;
    use std::{cell::RefCell, collections::BTreeSet, fs, io::Read, path::PathBuf, rc::Rc};

    const IMAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/images");

    /// What each release has left in stable memory.
    fn images() -> Vec<(PathBuf, Storage)> {
        let folders = fs::read_dir(IMAGES).expect("there are images");
        let paths = folders.map(|entry| entry.expect("the folder can be listed").path());
        paths.map(|path| (path.clone(), storage(&path.join("stable-memory.gz")))).collect()
    }

    fn storage(packed: &PathBuf) -> Storage {
        let mut bytes = Vec::new();
        let packed = fs::read(packed).expect("the image can be read");
        GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("it is packed");
        let memory: DefaultMemoryImpl = Rc::new(RefCell::new(bytes));
        Storage::open(&Memories::new(memory))
    }

    /// Index records of drafts that are open, and of all.
    fn records(storage: &Storage) -> [(usize, usize); 2] {
        let open: BTreeSet<u32> =
            storage.drafts.iter().map(|entry| entry.value().0.run.0).collect();
        let positions: Vec<u32> =
            storage.draft_targets.iter().map(|entry| entry.key().run.0).collect();
        let order: Vec<u32> = storage.draft_order.iter().map(|entry| entry.key().run().0).collect();
        [positions, order]
            .map(|runs| (runs.iter().filter(|run| open.contains(run)).count(), runs.len()))
    }

    #[test]
    fn what_earlier_releases_have_left_is_swept_in_steps() {
        let mut left = 0;
        for (path, mut storage) in images() {
            let mut totals: Totals = storage.totals.get().0.clone();
            let path = path.display();
            let [(kept, mut before), _] = records(&storage);
            left += before - kept;
            for _ in 0..100 {
                storage.sweep_behind(&mut totals);
                let [positions, order] = records(&storage);
                assert_eq!(positions, order, "{path}");
                assert_eq!(positions.0, kept, "{path}: a draft is open");
                assert!(before - positions.1 <= STEP, "{path}: more than a step");
                before = positions.1;
            }
            assert_eq!(before, kept, "{path}: something is left");
            assert_eq!(totals.swept_to, totals.next_run, "{path}");
        }
        assert!(left > 0, "no release has left anything");
    }
}
