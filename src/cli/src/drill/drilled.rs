//! What the drill of one canister has shown.

use super::restore::Restored;
use candid::Principal;
use serde::Serialize;

/// What the drill of one canister has shown.
#[derive(Debug, Serialize)]
pub struct Drilled {
    /// The canister.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// What was restored; none if it was not.
    pub restored: Option<Restored>,
    /// Why it was not proven that the canister can be restored.
    pub problem: Option<String>,
}

impl Drilled {
    /// Whether it was proven that the canister can be restored.
    pub const fn is_proven(&self) -> bool {
        self.problem.is_none()
    }
}
