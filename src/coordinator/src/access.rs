//! Who may call what.

use crate::storage::{self, Storage};
use backup_journal::api::{CoordinatorError, Role, RoleAssignment, Settings, Visibility};
use candid::Principal;
use std::collections::BTreeSet;

/// Methods that change who may do what.
const ADMINISTRATION: [&str; 3] = ["grant_role", "revoke_role", "settle_start"];

/// Methods that move journals.
const TRANSITIONS: [&str; 12] = [
    "create_journal",
    "begin_journal_draft",
    "append_draft_targets",
    "seal_journal_draft",
    "discard_journal_draft",
    "accept_preflight_bundle",
    "accept_preflight_receipts",
    "append_preflight_receipts",
    "mark_operation_pending",
    "mark_next_operation_pending",
    "record_operation_receipt",
    "retry_failed_operation",
];

/// Refuses a caller who holds less than `required`.
///
/// # Errors
/// [`CoordinatorError::Unauthorized`].
pub fn require(caller: Principal, required: Role) -> Result<(), CoordinatorError> {
    if role_of(caller).is_some_and(|role| role >= required) {
        return Ok(());
    }
    Err(CoordinatorError::Unauthorized { caller, required })
}

/// Refuses a caller who may not read.
///
/// # Errors
/// [`CoordinatorError::Unauthorized`].
pub fn require_read(caller: Principal) -> Result<(), CoordinatorError> {
    if storage::read(Storage::settings).visibility == Visibility::Public {
        return Ok(());
    }
    require(caller, Role::Auditor)
}

/// Whether an ingress message to `method` is worth executing: the method itself checks again.
///
/// A query that is sent as an update is paid by this canister. Who holds no role has it answered as a query,
/// which is not inspected and costs nothing, so nobody can drain the coordinator while a fleet is stopped.
pub fn accepts_ingress(method: &str, caller: Principal) -> bool {
    let required = if ADMINISTRATION.contains(&method) {
        Role::Administrator
    } else if TRANSITIONS.contains(&method) {
        Role::Operator
    } else {
        Role::Auditor
    };
    require(caller, required).is_ok()
}

fn role_of(caller: Principal) -> Option<Role> {
    if caller == Principal::anonymous() {
        return None;
    }
    if ic_cdk::api::is_controller(&caller) {
        return Some(Role::Administrator);
    }
    storage::read(|storage| storage.highest_role(caller))
}

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

    /// Everybody who was granted a role, sorted by principal; controllers are administrators without it.
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

    fn highest_role(&self, principal: Principal) -> Option<Role> {
        let bits = self.roles.get(&principal)?;
        ROLES.into_iter().rev().find(|role| bits & bit(*role) != 0)
    }

    pub(crate) fn grant(&mut self, RoleAssignment { principal, role }: RoleAssignment) {
        let bits = self.roles.get(&principal).unwrap_or_default();
        self.roles.insert(principal, bits | bit(role));
    }

    pub(crate) fn revoke(&mut self, RoleAssignment { principal, role }: RoleAssignment) {
        match self.roles.get(&principal).unwrap_or_default() & !bit(role) {
            0 => {
                self.roles.remove(&principal);
            }
            bits => self.roles.insert(principal, bits),
        }
    }
}
