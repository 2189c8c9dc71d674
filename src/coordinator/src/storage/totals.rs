//! Counters over all runs, kept as the transitions happen, so that no page ever has to walk the runs.

use super::{burn::Burn, indexes::FleetNumber, keys::RunNumber};
use backup_journal::journal::{Header, OperationState, RunState};
use minicbor::{Decode, Encode};

/// Counters over all runs.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct Totals {
    /// The number that the next run gets.
    #[n(0)]
    pub next_run: u32,
    /// Runs in [`RunState::AwaitingPreflight`].
    #[n(1)]
    pub awaiting_preflight: u32,
    /// Runs in [`RunState::InProgress`].
    #[n(2)]
    pub in_progress: u32,
    /// Runs in [`RunState::Failed`].
    #[n(3)]
    pub failed: u32,
    /// Runs in [`RunState::Completed`].
    #[n(4)]
    pub completed: u32,
    /// Operations of all runs by state, each at its [`position`].
    #[n(5)]
    operations: [u64; 6],
    /// Events by kind, in the order of [`backup_journal::block::BLOCK_TYPES`].
    #[n(6)]
    pub events: Vec<u64>,
    /// Runs in [`RunState::Aborting`].
    #[cbor(n(10), default)]
    pub aborting: u32,
    /// Runs in [`RunState::Aborted`].
    #[cbor(n(11), default)]
    pub aborted: u32,
    /// Runs in [`RunState::Contained`].
    #[cbor(n(14), default)]
    pub contained: u32,
    /// The number that the next fleet gets.
    #[cbor(n(13), default)]
    pub next_fleet: u32,
    /// How fast the cycles go; it is kept here because this is written with every change.
    #[cbor(n(8), default)]
    pub(crate) burn: Burn,
    /// No run before this one has index records of the draft that it was, unless that draft is open.
    #[cbor(n(9), default)]
    pub(crate) swept_to: u32,
}

impl Totals {
    /// A number for a new run.
    pub(crate) fn take_run(&mut self) -> RunNumber {
        let run = RunNumber(self.next_run);
        self.next_run += 1;
        run
    }

    /// A number for a new fleet.
    pub(crate) fn take_fleet(&mut self) -> FleetNumber {
        let fleet = FleetNumber(self.next_fleet);
        self.next_fleet += 1;
        fleet
    }

    /// Counts an event of the kind with this position.
    pub(crate) fn count_event(&mut self, kind: usize) {
        if self.events.len() <= kind {
            self.events.resize(kind + 1, 0);
        }
        self.events[kind] += 1;
    }

    /// Replaces what one run contributed.
    pub(crate) fn replace(&mut self, before: Option<&Header>, after: &Header) {
        if let Some(before) = before {
            *self.runs(before.state()) -= 1;
            for (state, count) in before.tally.by_state() {
                self.operations[position(state)] -= u64::from(count);
            }
        }
        *self.runs(after.state()) += 1;
        for (state, count) in after.tally.by_state() {
            self.operations[position(state)] += u64::from(count);
        }
    }

    /// Each state with the number of operations of all runs, in the order of [`OperationState::ALL`].
    pub fn operations(&self) -> [(OperationState, u64); 6] {
        OperationState::ALL.map(|state| (state, self.operations[position(state)]))
    }

    /// Each state with the number of runs in it, in the order of [`RunState::ALL`].
    pub fn runs_by_state(&self) -> [(RunState, u32); 7] {
        let mut totals = self.clone();
        RunState::ALL.map(|state| (state, *totals.runs(state)))
    }

    fn runs(&mut self, state: RunState) -> &mut u32 {
        match state {
            RunState::AwaitingPreflight => &mut self.awaiting_preflight,
            RunState::InProgress => &mut self.in_progress,
            RunState::Failed => &mut self.failed,
            RunState::Completed => &mut self.completed,
            RunState::Aborting => &mut self.aborting,
            RunState::Aborted => &mut self.aborted,
            RunState::Contained => &mut self.contained,
        }
    }
}

/// Where the number of operations in a state is stored. Never changed, since it is in stored records.
const fn position(state: OperationState) -> usize {
    match state {
        OperationState::Ready => 0,
        OperationState::Pending => 1,
        OperationState::Blocked => 2,
        OperationState::Completed => 3,
        OperationState::Failed => 4,
        OperationState::Skipped => 5,
    }
}
