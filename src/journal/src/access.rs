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
    /// The principal that holds a role.
    #[default]
    #[n(0)]
    Members,
    /// Everybody.
    #[n(1)]
    Public,
}

/// What an administrator may set.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// Who may read.
    #[n(0)]
    pub visibility: Visibility,
    /// After how many seconds an owed start is overdue, so that `/health` says so.
    #[n(1)]
    pub restart_overdue_after_seconds: u64,
}

/// What holds until something else is said.
impl Default for Settings {
    fn default() -> Self {
        Self { visibility: Visibility::Members, restart_overdue_after_seconds: 3_600 }
    }
}

impl Settings {
    /// What holds after something else was said; what was not said stays as it is.
    #[must_use]
    pub fn with(
        self,
        visibility: Option<Visibility>,
        restart_overdue_after_seconds: Option<u64>,
    ) -> Self {
        Self {
            visibility: visibility.unwrap_or(self.visibility),
            restart_overdue_after_seconds: restart_overdue_after_seconds
                .unwrap_or(self.restart_overdue_after_seconds),
        }
    }
}

/// What an administrator sets anew; what is not said stays as it is.
#[derive(CandidType, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SettingsUpdate {
    /// Who may read.
    pub visibility: Option<Visibility>,
    /// After how many seconds an owed start is overdue, so that `/health` says so.
    pub restart_overdue_after_seconds: Option<u64>,
}

/// The argument of installation and of upgrades, where all of it is optional.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CoordinatorArgs {
    /// Roles to grant, in addition to those already granted.
    pub roles: Vec<RoleAssignment>,
    /// Who may read; unchanged (at first as in [`Settings::default`]) if absent.
    pub visibility: Option<Visibility>,
    /// After how many seconds an owed start is overdue, so that `/health` says so; unchanged (at first as in
    /// [`Settings::default`]) if absent.
    pub restart_overdue_after_seconds: Option<u64>,
}
