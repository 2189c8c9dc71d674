//! Roles and settings under replay.

use super::{Reason, logged::Logged};
use crate::api::{AuditEventKind as Kind, RoleAssignment, Settings};
use candid::Principal;
use std::collections::BTreeSet;

/// Who may do what, and what an administrator has set.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    roles: BTreeSet<RoleAssignment>,
    settings: Settings,
}

impl Access {
    pub(super) fn roles(&self) -> Vec<RoleAssignment> {
        self.roles.iter().cloned().collect()
    }

    pub(super) const fn settings(&self) -> Settings {
        self.settings
    }

    pub(super) fn perform(&mut self, logged: &Logged<'_>) -> Result<(), Reason> {
        logged.without_run()?;
        match &logged.event.kind {
            Kind::Configured { roles, visibility, restart_overdue_after_seconds } => {
                if logged.roles()? != roles {
                    return Err(Reason::Payload { expected: "the roles that it records" });
                }
                roles.iter().try_for_each(|assignment| self.grant(assignment).map(drop))?;
                self.settings = self.settings.with(*visibility, *restart_overdue_after_seconds);
                Ok(())
            }
            Kind::SettingsUpdated { visibility, restart_overdue_after_seconds } => {
                logged.without_payload()?;
                self.settings = self.settings.with(*visibility, *restart_overdue_after_seconds);
                Ok(())
            }
            Kind::RoleGranted(assignment) => {
                logged.without_payload()?;
                if self.grant(assignment)? {
                    return Ok(());
                }
                Err(Reason::RoleHeld(assignment.clone()))
            }
            Kind::RoleRevoked(assignment) => {
                logged.without_payload()?;
                if self.roles.remove(assignment) {
                    return Ok(());
                }
                Err(Reason::RoleNotHeld(assignment.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Grants a role; whether it was not held before.
    fn grant(&mut self, assignment: &RoleAssignment) -> Result<bool, Reason> {
        if assignment.principal == Principal::anonymous() {
            return Err(Reason::AnonymousRole);
        }
        Ok(self.roles.insert(assignment.clone()))
    }
}
