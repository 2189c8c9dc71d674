//! The versions of the rules: a run is judged by those of the release that opened it.
//!
//! A later release may refuse what an earlier one accepted. An honest log of the earlier one must still replay,
//! and a run that it opened must still come to its end. So every run keeps the version that it was opened
//! under, the first block of the run names it, and each tightened rule asks for it.

use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A version of the rules. Later versions are greater.
#[derive(
    CandidType,
    Clone,
    Copy,
    Debug,
    Decode,
    Default,
    Deserialize,
    Encode,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[cbor(index_only)]
pub enum Rules {
    /// The rules of 0.1.0, whose blocks name no version.
    #[default]
    #[n(0)]
    V1,
    /// Plans must be able to work, names are printable, evidence expires by each receipt, and a canister is
    /// stopped by one run at a time.
    #[n(1)]
    V2,
}

impl Rules {
    /// The rules of runs that are opened now.
    pub const CURRENT: Self = Self::V2;

    /// Every version, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// The number that a block names the version by.
    pub const fn number(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version with this number; none if this release does not know it.
    pub fn numbered(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rules| rules.number() == number)
    }
}
