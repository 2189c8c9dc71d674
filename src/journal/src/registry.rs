//! The fleet as its root knows it: the registry that a plan is built from.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// One canister of the fleet.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RegistryEntry {
    /// The canister.
    pub canister_id: Principal,
    /// What the canister does in its fleet, for instance `orders`.
    pub role: Option<String>,
    /// How the root manages it, for instance `singleton` or `shard`. Carried along, never interpreted.
    pub kind: Option<String>,
    /// The canister that created it; none for the root.
    pub parent_canister_id: Option<Principal>,
    /// SHA-256 of the installed module, in hexadecimal.
    pub module_hash: Option<String>,
}
