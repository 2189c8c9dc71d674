//! Registered fleets as callers see them.

use crate::fleet::Fleet;
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// A fleet with the hash of its topology.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FleetDetails {
    /// The fleet without its members.
    pub fleet: Fleet,
    /// The hash of its members; see [`crate::topology::topology_hash`]. None while not all of them are there.
    pub topology_hash: Option<String>,
}

/// Where removing a fleet stands.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, on its way to the caller")]
pub enum RemoveProgress {
    /// Call again.
    Removing(Fleet),
    /// Nothing is left of it; the name is free.
    Removed,
}
