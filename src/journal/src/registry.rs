//! The fleet as its root knows it: the registry that a plan is built from.

use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// One canister of the fleet.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct RegistryEntry {
    /// The canister.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub canister_id: Principal,
    /// What the canister does in its fleet, for instance `orders`.
    #[n(1)]
    pub role: Option<String>,
    /// How the root manages it, for instance `singleton` or `shard`. Carried along, never interpreted.
    #[n(2)]
    pub kind: Option<String>,
    /// The canister that created it; none for the root.
    #[cbor(n(3), with = "crate::cbor::opt_principal")]
    pub parent_canister_id: Option<Principal>,
    /// SHA-256 of the installed module, in hexadecimal.
    #[n(4)]
    pub module_hash: Option<String>,
}
