//! What the coordinator itself lives on.

use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What the coordinator itself lives on.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Resources {
    /// The cycles that it has.
    pub cycles_balance: u64,
    /// How many go in a day, over the last one to two weeks: for memory, calls and changes together. None until
    /// it is known, a day after the first change.
    pub cycles_burned_per_day: Option<u64>,
    /// In how many whole days the network freezes it, if they go on like this; none while that is not known,
    /// or none go.
    pub cycles_days_left: Option<u64>,
    /// Bytes of stable memory that are taken.
    pub stable_memory_used_bytes: u64,
    /// The most bytes that can ever be taken; the subnet may have less to give.
    pub stable_memory_limit_bytes: u64,
}
