//! The number of a wave.

use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The number of a wave, 0-based, in the order in which the waves of a run are done.
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
#[cbor(transparent)]
pub struct Wave(#[n(0)] pub u32);

impl Wave {
    /// The wave that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
