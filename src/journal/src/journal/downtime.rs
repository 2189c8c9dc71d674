//! How long a run keeps its targets down, and when its waves begin: for people who look at the run.
//!
//! No transition reads any of this. Runs of 0.1.0 have none of it, because it was not counted from their beginning.

use crate::{Sequence, Timestamp};
use candid::Principal;
use minicbor::{Decode, Encode};

/// How long the targets of a run were down, together.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Downtimes {
    /// When the first stop was claimed.
    #[n(0)]
    pub first_stop: Timestamp,
    /// When the last start was done; none while no start is.
    #[n(1)]
    pub last_start: Option<Timestamp>,
    /// How many targets have a [`Downtime`].
    #[n(2)]
    pub targets: u32,
}

/// How long one target was down: from its completed stop to its completed start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Downtime {
    /// The start.
    pub start: Sequence,
    /// The target.
    pub target: Principal,
    /// When the stop was done.
    pub since: Timestamp,
    /// When the start was done.
    pub until: Timestamp,
}

/// The beginning of a wave.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct WaveBegun {
    /// The operation of the wave that was claimed first.
    #[n(0)]
    pub first: Sequence,
    /// When that was.
    #[n(1)]
    pub at: Timestamp,
}
