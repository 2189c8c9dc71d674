//! Limits how many canisters have an instance, which takes as much memory as the heap of the canister.

use candid::Principal;
use std::collections::VecDeque;

/// The most canisters that have an instance between two messages.
const MAX_INSTANCES: usize = 16;

/// The canisters that executed last; the most recent is at the end.
#[derive(Default)]
pub(crate) struct Instances(VecDeque<Principal>);

impl Instances {
    /// Adds a canister, and returns the one that has not executed for the longest time if there are too many.
    pub(crate) fn add(&mut self, canister: Principal) -> Option<Principal> {
        self.0.retain(|earlier| *earlier != canister);
        self.0.push_back(canister);
        if self.0.len() > MAX_INSTANCES { self.0.pop_front() } else { None }
    }
}
