//! Who holds which role, and what an administrator has set.

use super::store::Storage;
use backup_journal::api::{Role, RoleAssignment, Settings};
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

impl Storage {
    /// What an administrator has set.
    pub fn settings(&self) -> Settings {
        self.settings.get().0
    }

    /// Whether the role was granted, by itself and not by a higher one.
    pub fn holds(&self, assignment: RoleAssignment) -> bool {
        let bits = self.roles.get(&assignment.principal).unwrap_or_default();
        bits & bit(assignment.role) != 0
    }

    /// How many principals hold a role once `new` ones do.
    pub fn holders_with(&self, new: &BTreeSet<Principal>) -> usize {
        let added = new.iter().filter(|principal| !self.roles.contains_key(principal)).count();
        usize::try_from(self.roles.len()).unwrap_or(usize::MAX) + added
    }

    /// The role holders, sorted by principal. Controllers are administrators without a role.
    pub fn role_assignments(&self) -> Vec<RoleAssignment> {
        self.roles
            .iter()
            .map(|entry| (*entry.key(), entry.value()))
            .flat_map(|(principal, bits)| {
                ROLES
                    .into_iter()
                    .filter(move |role| bits & bit(*role) != 0)
                    .map(move |role| RoleAssignment { principal, role })
            })
            .collect()
    }

    /// The highest role that was granted to a principal.
    pub fn highest_role(&self, principal: Principal) -> Option<Role> {
        let bits = self.roles.get(&principal)?;
        ROLES.into_iter().rev().find(|role| bits & bit(*role) != 0)
    }

    pub(crate) fn grant(&mut self, RoleAssignment { principal, role }: RoleAssignment) {
        let bits = self.roles.get(&principal).unwrap_or_default();
        self.roles.insert(principal, bits | bit(role));
    }

    pub(crate) fn revoke(&mut self, RoleAssignment { principal, role }: RoleAssignment) {
        match self.roles.get(&principal).unwrap_or_default() & !bit(role) {
            0 => self.roles.remove(&principal),
            bits => self.roles.insert(principal, bits),
        }
    }
}
