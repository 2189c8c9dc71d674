//! Roles: granted and revoked.

use crate::{
    call::Call,
    gate::{Write, record},
    storage,
};
use backup_journal::{
    api::{CoordinatorError, Duplicate, RoleAssignment},
    limits::{MAX_ROLE_HOLDERS, check_count},
};
use candid::Principal;
use std::collections::BTreeSet;

/// Grants a role.
///
/// # Errors
/// [`CoordinatorError::AnonymousRole`], [`CoordinatorError::Duplicate`], or a limit.
pub fn grant(assignment: RoleAssignment, call: &Call) -> Result<(), CoordinatorError> {
    let RoleAssignment { principal, role } = assignment;
    if principal == Principal::anonymous() {
        return Err(CoordinatorError::AnonymousRole);
    }
    storage::write(|storage| {
        if storage.holds(assignment) {
            return Err(CoordinatorError::Duplicate(Duplicate::Role { principal, role }));
        }
        let holders = storage.holders_with(&BTreeSet::from([principal]));
        check_count("roles", holders, MAX_ROLE_HOLDERS)?;
        record(storage, call, Write::RoleGranted(assignment))?;
        Ok(())
    })
}

/// Revokes a role.
///
/// # Errors
/// [`CoordinatorError::RoleNotHeld`].
pub fn revoke(assignment: RoleAssignment, call: &Call) -> Result<(), CoordinatorError> {
    let RoleAssignment { principal, role } = assignment;
    storage::write(|storage| {
        if !storage.holds(assignment) {
            return Err(CoordinatorError::RoleNotHeld { principal, role });
        }
        record(storage, call, Write::RoleRevoked(assignment))?;
        Ok(())
    })
}
