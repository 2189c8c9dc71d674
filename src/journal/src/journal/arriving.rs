//! A preflight whose receipts arrive in batches, because those of all targets do not fit into one message.

use crate::{PreflightId, Timestamp, preflight::ValidityWindow};
use minicbor::{Decode, Encode};

/// A preflight of which the receipts of some targets are still missing.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct ArrivingPreflight {
    /// The preflight.
    #[n(0)]
    pub preflight_id: PreflightId,
    /// How long it counts.
    #[n(1)]
    pub window: ValidityWindow,
    /// Of how many targets, in the order of the plan, the receipts have arrived; never of all.
    #[n(2)]
    pub covered: u32,
    /// When the first of those receipts ceases to count, each of which has a window of its own.
    #[n(3)]
    pub counts_until: Timestamp,
}

/// Where the authorities are kept that preflight has proven.
///
/// There are two sets. One holds what counts; the next preflight fills the other. To accept that one is to
/// turn the two round, which costs the same in a run of any size.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, Ord, PartialEq, PartialOrd)]
#[cbor(index_only)]
pub enum AuthoritySet {
    /// What counts until a preflight is accepted with receipts.
    #[default]
    #[n(0)]
    First,
    /// What counts after that.
    #[n(1)]
    Second,
}

impl AuthoritySet {
    /// The set that the next preflight fills while this one counts.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}
