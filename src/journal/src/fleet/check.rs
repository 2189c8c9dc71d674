//! What can be said of the parts of a fleet without looking at the others.

use super::{Discovery, FleetError, FleetPolicy, FleetRegistration};
use crate::{registry::RegistryEntry, text::first_hidden};
use candid::Principal;

impl FleetRegistration {
    /// Checks names and policy.
    pub(super) fn check(&self) -> Result<(), FleetError> {
        name("fleet", self.fleet.as_str())?;
        name("network", &self.network)?;
        self.discovery.as_ref().map_or(Ok(()), Discovery::check)?;
        self.policy.map_or(Ok(()), FleetPolicy::check)
    }
}

impl Discovery {
    /// Checks canister and method.
    pub(super) fn check(&self) -> Result<(), FleetError> {
        let canister_id = self.canister_id;
        if [Principal::management_canister(), Principal::anonymous()].contains(&canister_id) {
            return Err(FleetError::NoCanister { canister_id });
        }
        name("discovery.method", &self.method)
    }
}

impl FleetPolicy {
    /// Checks every number.
    ///
    /// # Errors
    /// [`FleetError::PolicyOutOfRange`].
    pub fn check(self) -> Result<(), FleetError> {
        let Self { max_parallel, max_attempts, restart_within_seconds, .. } = self;
        for (field, value, minimum, maximum) in [
            ("max_parallel", u64::from(max_parallel), 1, 50),
            ("max_attempts", u64::from(max_attempts), 1, 20),
            ("restart_within_seconds", restart_within_seconds, 60, 86_400),
        ] {
            if !(minimum..=maximum).contains(&value) {
                let field = field.to_string();
                return Err(FleetError::PolicyOutOfRange { field, value, minimum, maximum });
            }
        }
        Ok(())
    }
}

/// Checks a member of a fleet with this root.
pub(super) fn entry(root: Principal, entry: &RegistryEntry) -> Result<(), FleetError> {
    let canister_id = entry.canister_id;
    if [Principal::management_canister(), Principal::anonymous()].contains(&canister_id) {
        return Err(FleetError::NoCanister { canister_id });
    }
    for (field, text) in [
        ("members[].role", &entry.role),
        ("members[].kind", &entry.kind),
        ("members[].module_hash", &entry.module_hash),
    ] {
        text.as_ref().map_or(Ok(()), |text| name(field, text))?;
    }
    match (canister_id == root, entry.parent_canister_id) {
        (true, Some(_)) => Err(FleetError::RootHasParent { root_canister_id: root }),
        (false, None) => Err(FleetError::ParentMissing { canister_id }),
        _ => Ok(()),
    }
}

fn name(field: &str, text: &str) -> Result<(), FleetError> {
    let field = field.to_string();
    if text.trim().is_empty() {
        return Err(FleetError::EmptyField { field });
    }
    first_hidden(text).map_or(Ok(()), |character| {
        let character = character.escape_unicode().to_string();
        Err(FleetError::HiddenCharacter { field, character })
    })
}
