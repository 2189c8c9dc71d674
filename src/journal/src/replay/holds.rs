//! Which run holds which canister, over all runs of a log.

use super::ReplayedRun;
use crate::{
    RunId,
    journal::{OtherRuns, OwedStart},
};
use candid::Principal;
use std::collections::BTreeMap;

/// Every canister that is between its stop and its start, by the numbers of the runs that hold it.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds(BTreeMap<(Principal, u32), RunId>);

impl Holds {
    /// What the runs but the one with this number hold.
    pub(super) const fn beside(&self, run: u32) -> Beside<'_> {
        Beside { holds: self, run }
    }

    /// Notes whether the run with this number holds `target` now.
    pub(super) fn update(&mut self, number: u32, run: &ReplayedRun, target: Principal) {
        let owed = run.journal().starts_owed().get(&target);
        if owed.is_some_and(OwedStart::holds_target) {
            let run_id = run.journal().plan().header.run_id.clone();
            self.0.insert((target, number), run_id);
        } else {
            self.0.remove(&(target, number));
        }
    }
}

/// The other runs of a log.
pub(super) struct Beside<'a> {
    holds: &'a Holds,
    run: u32,
}

impl OtherRuns for Beside<'_> {
    fn holder(&self, target: &Principal) -> Option<RunId> {
        let runs = self.holds.0.range((*target, 0)..=(*target, u32::MAX));
        runs.filter(|((_, run), _)| *run != self.run).map(|(_, run_id)| run_id.clone()).next()
    }
}
