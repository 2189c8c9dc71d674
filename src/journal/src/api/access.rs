//! Who may do what.

use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a principal may do. Each role may do what the ones before it may.
#[derive(
    CandidType,
    Clone,
    Copy,
    Debug,
    Decode,
    Deserialize,
    Encode,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[cbor(index_only)]
pub enum Role {
    /// May read.
    #[n(0)]
    Auditor,
    /// May also move journals.
    #[n(1)]
    Operator,
    /// May also grant and revoke roles. The controllers of the canister always are administrators.
    #[n(2)]
    Administrator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A role and who holds it.
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
pub struct RoleAssignment {
    /// Who.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub principal: Principal,
    /// What.
    #[n(1)]
    pub role: Role,
}

/// Who may read.
#[derive(
    CandidType, Clone, Copy, Debug, Decode, Default, Deserialize, Encode, Eq, PartialEq, Serialize,
)]
#[cbor(index_only)]
pub enum Visibility {
    /// Whoever holds a role.
    #[default]
    #[n(0)]
    Members,
    /// Everybody.
    #[n(1)]
    Public,
}

/// The argument of installation and of upgrades, where all of it is optional.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CoordinatorArgs {
    /// Roles to grant, in addition to those already granted.
    pub roles: Vec<RoleAssignment>,
    /// Who may read; unchanged (at first: [`Visibility::Members`]) if absent.
    pub visibility: Option<Visibility>,
    /// After how many seconds an owed start is overdue, so that `/health` says so; unchanged (at first:
    /// one hour) if absent.
    pub restart_overdue_after_seconds: Option<u64>,
}
