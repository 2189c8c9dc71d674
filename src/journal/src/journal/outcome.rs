//! What a run is worth once it is over.

use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a run has saved, or restored. Of a backup later variants are worth more.
#[derive(
    CandidType,
    Clone,
    Copy,
    Debug,
    Decode,
    Deserialize,
    Encode,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[cbor(index_only)]
pub enum RunOutcome {
    /// A backup: no target has a snapshot. A restore: nothing was loaded, and every target is as it was.
    #[n(0)]
    Nothing,
    /// A backup: some targets have a snapshot. A restore: some targets were restored or rolled back, not all of them.
    #[n(1)]
    Partial,
    /// Every target has a snapshot on the network; not all have a verified download.
    #[n(2)]
    OnNetwork,
    /// Every target has a verified download.
    #[n(3)]
    Complete,
    /// A restore: every target has its safety snapshot again.
    #[n(4)]
    RolledBack,
    /// A restore: every target was restored, started and verified.
    #[n(5)]
    Restored,
}

impl RunOutcome {
    /// Whether the run was a backup, and at least worth `least`.
    pub const fn is_backup_worth(self, least: Self) -> bool {
        !matches!(self, Self::RolledBack | Self::Restored) && self as u8 >= least as u8
    }
}
