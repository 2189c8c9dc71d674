//! Who holds which role, and what an administrator has set.

use super::{keys::FleetRoleKey, store::Storage};
use backup_journal::{
    FleetName,
    api::{Role, RoleAssignment, Settings},
};
use candid::Principal;
use std::collections::BTreeSet;

const fn bit(role: Role) -> u8 {
    match role {
        Role::Auditor => 1,
        Role::Operator => 2,
        Role::Administrator => 4,
    }
}

const ROLES: [Role; 3] = [Role::Auditor, Role::Operator, Role::Administrator];

fn roles_in(bits: u8) -> impl DoubleEndedIterator<Item = Role> {
    ROLES.into_iter().filter(move |role| bits & bit(*role) != 0)
}

fn highest_in(bits: u8) -> Option<Role> {
    roles_in(bits).next_back()
}

impl Storage {
    /// What an administrator has set.
    pub fn settings(&self) -> Settings {
        self.settings.get().0
    }

    /// Whether the role was granted, by itself: neither a higher one, nor one for all fleets.
    pub fn holds(&self, assignment: &RoleAssignment) -> bool {
        let RoleAssignment { principal, role, fleet } = assignment;
        self.bits(*principal, fleet.as_ref()) & bit(*role) != 0
    }

    /// How many principals hold a role for all fleets, and how many pairs of a principal and a fleet there are, once `new`
    /// roles are granted.
    pub fn holders_with(&self, new: &[RoleAssignment]) -> usize {
        let new: BTreeSet<(Principal, Option<&FleetName>)> =
            new.iter().map(|grant| (grant.principal, grant.fleet.as_ref())).collect();
        let added = new.iter().filter(|(principal, fleet)| self.bits(*principal, *fleet) == 0);
        let held = self.roles.len().saturating_add(self.fleet_roles.len());
        usize::try_from(held).unwrap_or(usize::MAX).saturating_add(added.count())
    }

    /// The role holders, sorted by principal, role and fleet. Controllers are administrators without a role.
    pub fn role_assignments(&self) -> Vec<RoleAssignment> {
        let of_all = self.roles.iter().map(|entry| (*entry.key(), None, entry.value()));
        let of_one = self.fleet_roles.iter().map(|entry| {
            let FleetRoleKey { principal, fleet } = entry.key().clone();
            (principal, Some(fleet), entry.value())
        });
        let mut assignments: Vec<RoleAssignment> = of_all
            .chain(of_one)
            .flat_map(|(principal, fleet, bits)| {
                roles_in(bits).map(move |role| {
                    let fleet = fleet.clone();
                    RoleAssignment { principal, role, fleet }
                })
            })
            .collect();
        assignments.sort_unstable();
        assignments
    }

    /// The highest role that a principal holds for all fleets.
    pub fn highest_role(&self, principal: Principal) -> Option<Role> {
        highest_in(self.roles.get(&principal)?)
    }

    /// The highest role that a principal holds for this fleet alone.
    pub fn highest_role_for(&self, principal: Principal, fleet: &FleetName) -> Option<Role> {
        highest_in(self.bits(principal, Some(fleet)))
    }

    /// The highest role that a principal holds for any one fleet. It looks at no more records than there are role holders.
    pub fn highest_role_for_any_fleet(&self, principal: Principal) -> Option<Role> {
        self.fleet_roles
            .range(FleetRoleKey::first(principal)..)
            .take_while(|entry| entry.key().principal == principal)
            .filter_map(|entry| highest_in(entry.value()))
            .max()
    }

    pub(crate) fn grant(&mut self, assignment: RoleAssignment) {
        let RoleAssignment { principal, role, fleet } = assignment;
        let bits = self.bits(principal, fleet.as_ref()) | bit(role);
        self.set_bits(principal, fleet, bits);
    }

    pub(crate) fn revoke(&mut self, assignment: RoleAssignment) {
        let RoleAssignment { principal, role, fleet } = assignment;
        let bits = self.bits(principal, fleet.as_ref()) & !bit(role);
        self.set_bits(principal, fleet, bits);
    }

    fn bits(&self, principal: Principal, fleet: Option<&FleetName>) -> u8 {
        let bits = match fleet {
            None => self.roles.get(&principal),
            Some(fleet) => self.fleet_roles.get(&FleetRoleKey { principal, fleet: fleet.clone() }),
        };
        bits.unwrap_or_default()
    }

    fn set_bits(&mut self, principal: Principal, fleet: Option<FleetName>, bits: u8) {
        match (fleet, bits) {
            (None, 0) => self.roles.remove(&principal),
            (None, _) => self.roles.insert(principal, bits),
            (Some(fleet), 0) => self.fleet_roles.remove(&FleetRoleKey { principal, fleet }),
            (Some(fleet), _) => self.fleet_roles.insert(FleetRoleKey { principal, fleet }, bits),
        }
    }
}
