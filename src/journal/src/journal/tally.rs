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

    /// The number of operations in all states together, also when a damaged record makes it absurd.
    pub fn total(&self) -> u64 {
        [self.blocked, self.completed, self.skipped]
            .into_iter()
            .fold(self.actionable(), |sum, count| sum + u64::from(count))
    }

    /// The number of operations that can be the next one: Ready, Pending or Failed.
    pub fn actionable(&self) -> u64 {
        u64::from(self.ready) + u64::from(self.pending) + u64::from(self.failed)
    }

    /// Moves one operation from one state to another.
    pub(super) fn shift(&mut self, from: OperationState, to: OperationState) {
        *self.of(from) -= 1;
        *self.of(to) += 1;
    }
}
