//! How many operations are in which state.

use super::OperationState;
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How many operations are in each state.
#[derive(
    CandidType, Clone, Copy, Debug, Decode, Default, Deserialize, Encode, Eq, PartialEq, Serialize,
)]
pub struct Tally {
    /// In [`OperationState::Ready`].
    #[n(0)]
    pub ready: u32,
    /// In [`OperationState::Pending`].
    #[n(1)]
    pub pending: u32,
    /// In [`OperationState::Blocked`].
    #[n(2)]
    pub blocked: u32,
    /// In [`OperationState::Completed`].
    #[n(3)]
    pub completed: u32,
    /// In [`OperationState::Failed`].
    #[n(4)]
    pub failed: u32,
    /// In [`OperationState::Skipped`].
    #[n(5)]
    pub skipped: u32,
}

impl Tally {
    /// The number of operations in `state`.
    pub fn of(&mut self, state: OperationState) -> &mut u32 {
        match state {
            OperationState::Ready => &mut self.ready,
            OperationState::Pending => &mut self.pending,
            OperationState::Blocked => &mut self.blocked,
            OperationState::Completed => &mut self.completed,
            OperationState::Failed => &mut self.failed,
            OperationState::Skipped => &mut self.skipped,
        }
    }

    /// Each state with its number of operations, in the order of [`OperationState::ALL`].
    pub fn by_state(mut self) -> [(OperationState, u32); 6] {
        OperationState::ALL.map(|state| (state, *self.of(state)))
    }

    /// The number of operations in all states together. A damaged record can make it larger than a `u32`.
    pub fn total(self) -> u64 {
        self.by_state().into_iter().map(|(_, count)| u64::from(count)).sum()
    }

    /// The number of operations that can be the next one: Ready, Pending or Failed.
    pub fn actionable(self) -> u64 {
        let counts = self.by_state().into_iter().filter(|(state, _)| state.is_actionable());
        counts.map(|(_, count)| u64::from(count)).sum()
    }

    /// Moves one operation from one state to another.
    pub(super) fn shift(&mut self, from: OperationState, to: OperationState) {
        *self.of(from) -= 1;
        *self.of(to) += 1;
    }
}
