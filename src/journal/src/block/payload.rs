//! What is too large for an event.

use crate::{
    access::RoleAssignment,
    fleet::{FleetRegistration, FleetUpdate},
    plan::{BackupPlan, BackupTarget, PlanHeader},
    preflight::PreflightReceipts,
    registry::RegistryEntry,
};
use candid::{CandidType, Encode};
use serde::{Deserialize, Serialize};

/// Content that a block carries as one Candid value; its type is that of the same name in the interface.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Payload {
    /// Of a journal that was created.
    Plan(BackupPlan),
    /// Of a draft that was begun.
    Header(PlanHeader),
    /// Of a batch that was appended.
    Targets(Vec<BackupTarget>),
    /// Of a preflight that was accepted, or of some of its targets.
    Receipts(PreflightReceipts),
    /// Of a configuration.
    Roles(Vec<RoleAssignment>),
    /// Of a fleet that was registered.
    Fleet(FleetRegistration),
    /// Of a batch that was appended to a fleet.
    Members(Vec<RegistryEntry>),
    /// Of a fleet that was changed.
    FleetUpdate(FleetUpdate),
}

impl Payload {
    /// The payload as Candid.
    ///
    /// # Panics
    /// Never: every payload can be written.
    pub fn to_candid(&self) -> Vec<u8> {
        Encode!(self).expect("BUG: a payload cannot be encoded")
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// When `bytes` are not one, or cost more than their length allows.
    pub fn from_candid(bytes: &[u8]) -> Result<Self, candid::Error> {
        crate::wire::decode(bytes)
    }
}
