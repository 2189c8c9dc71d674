//! What a caller may send about a fleet at most.

use super::{
    CheckLimits, LimitExceeded, MAX_DRAFT_BATCH, MAX_PLAN_TARGETS, MAX_RUN_TARGETS, check_count,
    check_name,
};
use crate::{
    fleet::{Discovery, FleetRegistration, FleetUpdate},
    registry::RegistryEntry,
};

impl CheckLimits for FleetRegistration {
    /// Checks the number of members, those that follow among them, and every text.
    ///
    /// # Errors
    /// The first limit that is exceeded.
    fn check_limits(&self) -> Result<(), LimitExceeded> {
        check_name("fleet", self.fleet.as_str())?;
        check_name("network", &self.network)?;
        check_count("members", self.members.len(), MAX_PLAN_TARGETS)?;
        let expected = self.expected_members.unwrap_or_default() as usize;
        check_count("expected_members", expected, MAX_RUN_TARGETS)?;
        self.discovery.iter().try_for_each(Discovery::check_limits)?;
        self.members.iter().try_for_each(RegistryEntry::check_limits)
    }
}

impl CheckLimits for FleetUpdate {
    /// Checks the number of members, and every text.
    ///
    /// # Errors
    /// The first limit that is exceeded.
    fn check_limits(&self) -> Result<(), LimitExceeded> {
        check_count("members", self.set.len() + self.removed.len(), MAX_DRAFT_BATCH)?;
        self.discovery.iter().try_for_each(Discovery::check_limits)?;
        self.set.iter().try_for_each(RegistryEntry::check_limits)
    }
}

impl CheckLimits for Discovery {
    /// Checks the name of the method.
    ///
    /// # Errors
    /// When it is longer than any name may be.
    fn check_limits(&self) -> Result<(), LimitExceeded> {
        check_name("discovery.method", &self.method)
    }
}
