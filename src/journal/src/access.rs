//! Who may do what.

use crate::FleetName;
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
    /// May call every query. For one fleet: those about a run, a draft, a plan or a fleet of this name.
    #[n(0)]
    Auditor,
    /// May also create runs and move them forward. For one fleet: runs of this fleet.
    #[n(1)]
    Operator,
    /// May also grant and revoke roles, change settings and settle starts. Controllers of the canister are always
    /// administrators. For one fleet: may also settle starts of its runs, and change its policy and its members.
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
    CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct RoleAssignment {
    /// The holder.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub principal: Principal,
    /// The role.
    #[n(1)]
    pub role: Role,
    /// The fleet that the role is for, by its name; if absent: all fleets, and the coordinator itself. The fleet need not be
    /// registered: a run is of the fleet that its plan names.
    #[n(2)]
    pub fleet: Option<FleetName>,
}

/// The end of a sentence about a role: for which fleet it is.
pub(crate) fn for_fleet(fleet: Option<&FleetName>) -> String {
    fleet.map_or_else(String::new, |fleet| format!(" for fleet {fleet}"))
}

impl RoleAssignment {
    /// The role, and the fleet that it is for: `Operator for fleet demo`.
    pub fn role_in_words(&self) -> String {
        format!("{}{}", self.role, for_fleet(self.fleet.as_ref()))
    }
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
    use super::{Role, RoleAssignment};
    use candid::Principal;

    #[test]
    fn a_role_is_shown_by_its_name() {
        let roles = [Role::Auditor, Role::Operator, Role::Administrator];
        assert_eq!(roles.map(|role| role.to_string()), ["Auditor", "Operator", "Administrator"]);
    }

    #[test]
    fn a_role_for_one_fleet_is_shown_with_the_fleet() {
        let words = |fleet: Option<&str>| {
            let principal = Principal::anonymous();
            let fleet = fleet.map(Into::into);
            RoleAssignment { principal, role: Role::Auditor, fleet }.role_in_words()
        };
        assert_eq!([words(None), words(Some("demo"))], ["Auditor", "Auditor for fleet demo"]);
    }
}
