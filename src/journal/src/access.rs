//! Who may do what.

use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a principal may do. Each role includes the roles before it.
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
    /// May call every query.
    #[n(0)]
    Auditor,
    /// May also create runs and move them forward.
    #[n(1)]
    Operator,
    /// May also grant and revoke roles, change settings and settle starts. Controllers of the canister are always
    /// administrators.
    #[n(2)]
    Administrator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A role and its holder.
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
    /// The holder.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub principal: Principal,
    /// The role.
    #[n(1)]
    pub role: Role,
}

/// Who may call queries, and what the pages show.
#[derive(
    CandidType, Clone, Copy, Debug, Decode, Default, Deserialize, Encode, Eq, PartialEq, Serialize,
)]
#[cbor(index_only)]
pub enum Visibility {
    /// Principals with a role. The pages show numbers only.
    #[default]
    #[n(0)]
    Members,
    /// Anyone. The pages show names too.
    #[n(1)]
    Public,
}

/// The settings of a coordinator.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// Who may call queries.
    #[n(0)]
    pub visibility: Visibility,
    /// The seconds after which an owed start is overdue and `/health` answers 503.
    #[n(1)]
    pub restart_overdue_after_seconds: u64,
}

/// The settings of a new coordinator.
impl Default for Settings {
    fn default() -> Self {
        Self { visibility: Visibility::Members, restart_overdue_after_seconds: 3_600 }
    }
}

impl Settings {
    /// The settings after an update; `None` leaves a setting unchanged.
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

/// New values for settings; an absent one leaves the setting unchanged.
#[derive(CandidType, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SettingsUpdate {
    /// Who may call queries.
    pub visibility: Option<Visibility>,
    /// The seconds after which an owed start is overdue and `/health` answers 503.
    pub restart_overdue_after_seconds: Option<u64>,
}

/// The argument of installation and of upgrades, where all of it is optional.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CoordinatorArgs {
    /// Roles to grant, in addition to those already granted.
    pub roles: Vec<RoleAssignment>,
    /// Who may call queries. If absent: unchanged, and `Members` in a new coordinator.
    pub visibility: Option<Visibility>,
    /// The seconds after which an owed start is overdue. If absent: unchanged, and 3,600 in a new coordinator.
    pub restart_overdue_after_seconds: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn a_role_is_shown_by_its_name() {
        let roles = [Role::Auditor, Role::Operator, Role::Administrator];
        assert_eq!(roles.map(|role| role.to_string()), ["Auditor", "Operator", "Administrator"]);
    }
}
