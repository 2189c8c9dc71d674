//! Names contain visible characters only, so that one name cannot be displayed as another.

use super::{BackupPlan, BackupTarget, PlanError, PlanHeader};
use crate::text::first_hidden;
use candid::Principal;

impl PlanHeader {
    /// Checks the names of the header.
    ///
    /// # Errors
    /// [`PlanError::HiddenCharacter`].
    pub(super) fn check_names(&self) -> Result<(), PlanError> {
        PlanError::visible("plan_id", self.plan_id.as_str())?;
        PlanError::visible("run_id", self.run_id.as_str())?;
        PlanError::visible("fleet", &self.fleet)?;
        PlanError::visible("network", &self.network)?;
        PlanError::visible("topology_hash_before_quiesce", &self.topology_hash_before_quiesce)
    }
}

impl BackupTarget {
    /// Checks the names of the target, and that it is a canister that can be backed up.
    ///
    /// # Errors
    /// [`PlanError::HiddenCharacter`] or [`PlanError::NoCanister`].
    pub(super) fn check_names(&self) -> Result<(), PlanError> {
        let no_canisters = [Principal::management_canister(), Principal::anonymous()];
        if no_canisters.contains(&self.canister_id) {
            return Err(PlanError::NoCanister { canister_id: self.canister_id });
        }
        PlanError::visible("targets[].role", self.role.as_deref().unwrap_or_default())?;
        let hash = self.expected_module_hash.as_deref().unwrap_or_default();
        PlanError::visible("targets[].expected_module_hash", hash)
    }
}

impl BackupPlan {
    /// Checks every name of the plan.
    ///
    /// # Errors
    /// [`PlanError::HiddenCharacter`] or [`PlanError::NoCanister`].
    pub(super) fn check_names(&self) -> Result<(), PlanError> {
        self.header.check_names()?;
        self.targets.iter().try_for_each(BackupTarget::check_names)?;
        let ids = self.phases.iter().map(|operation| operation.operation_id.as_str());
        ids.into_iter().try_for_each(|id| PlanError::visible("phases[].operation_id", id))
    }
}

impl PlanError {
    /// Refuses a name with an invisible character.
    pub(crate) fn visible(field: &str, name: &str) -> Result<(), Self> {
        match first_hidden(name) {
            None => Ok(()),
            Some(character) => Err(Self::HiddenCharacter {
                field: field.to_string(),
                character: character.escape_unicode().to_string(),
            }),
        }
    }
}
