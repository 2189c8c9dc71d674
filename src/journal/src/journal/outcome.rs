//! What a run is worth once it is over.

use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a run has saved. Later variants are worth more.
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
    /// No target has a snapshot.
    #[n(0)]
    Nothing,
    /// Some targets have a snapshot.
    #[n(1)]
    Partial,
    /// Every target has a snapshot on the network; not all have a verified download.
    #[n(2)]
    OnNetwork,
    /// Every target has a verified download.
    #[n(3)]
    Complete,
}
