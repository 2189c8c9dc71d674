//! Roles: granted and revoked.

use crate::{
    call::Call,
    gate::{Write, record},
    storage,
};
use backup_journal::{
    api::{CoordinatorError, Duplicate, RoleAssignment},
    limits::{CheckLimits, MAX_ROLE_HOLDERS, check_count},
};
use candid::Principal;

/// Grants a role.
///
/// # Errors
/// [`CoordinatorError::AnonymousRole`], [`CoordinatorError::Duplicate`], or a limit.
pub fn grant(assignment: RoleAssignment, call: &Call) -> Result<(), CoordinatorError> {
    assignment.check_limits()?;
    if assignment.principal == Principal::anonymous() {
        return Err(CoordinatorError::AnonymousRole);
    }
    storage::write(|storage| {
        if storage.holds(&assignment) {
            let RoleAssignment { principal, role, fleet } = assignment;
            return Err(CoordinatorError::Duplicate(Duplicate::Role { principal, role, fleet }));
        }
        let holders = storage.holders_with(std::slice::from_ref(&assignment));
        check_count("roles", holders, MAX_ROLE_HOLDERS)?;
        record(storage, call, Write::RoleGranted(assignment))?;
        Ok(())
    })
}

/// Revokes a role. One for all fleets and those for single fleets are revoked each by itself.
///
/// # Errors
/// [`CoordinatorError::RoleNotHeld`], or a limit.
pub fn revoke(assignment: RoleAssignment, call: &Call) -> Result<(), CoordinatorError> {
    assignment.check_limits()?;
    storage::write(|storage| {
        if !storage.holds(&assignment) {
            let RoleAssignment { principal, role, fleet } = assignment;
            return Err(CoordinatorError::RoleNotHeld { principal, role, fleet });
        }
        record(storage, call, Write::RoleRevoked(assignment))?;
        Ok(())
    })
}
