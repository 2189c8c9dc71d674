//! How far a restore has come: above all, whether its targets may be started.

use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How far a restore has come.
///
/// From the first load that is claimed to the last that is over the run is *contained*: some targets have their old state,
/// others the restored one. No target is started, and the run cannot be aborted. It ends when all snapshots are loaded, or
/// when the run is rolled back and every target has its safety snapshot again.
#[derive(
    CandidType, Clone, Copy, Debug, Decode, Default, Deserialize, Encode, Eq, PartialEq, Serialize,
)]
pub struct RestoreProgress {
    /// How many snapshots are to be loaded: one for each target.
    #[n(0)]
    pub loads: u32,
    /// Targets whose load was ever claimed.
    #[n(1)]
    pub loads_claimed: u32,
    /// Targets whose load is completed or skipped.
    #[n(2)]
    pub loads_over: u32,
    /// Targets that were verified after their start.
    #[n(3)]
    pub verified: u32,
    /// Targets that must still be rolled back, once the run is rolled back.
    #[n(4)]
    pub roll_backs_left: u32,
    /// Targets that have been rolled back.
    #[n(5)]
    pub rolled_back: u32,
}

impl RestoreProgress {
    /// The progress of a new run that loads so many snapshots; none when that is none, so that it is no restore.
    pub(super) fn new(loads: u32) -> Option<Self> {
        (loads > 0).then(|| Self { loads, ..Self::default() })
    }
}
