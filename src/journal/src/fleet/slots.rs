//! How many of its snapshots a fleet uses.

use crate::Timestamp;
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How many snapshots the fullest member of a fleet had when its members were last looked at.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct SlotsUsed {
    /// How many of the ten snapshots that the network keeps of a canister the fullest member had.
    #[n(0)]
    pub most_used: u32,
    /// Which member that is.
    #[cbor(n(1), with = "crate::cbor::principal")]
    pub canister_id: Principal,
    /// How many of its snapshots are in no journal of this coordinator. Those are never deleted by it.
    #[n(2)]
    pub not_ours: u32,
    /// When that was seen.
    #[n(3)]
    pub seen_at: Timestamp,
}
