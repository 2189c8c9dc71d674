//! The audit trail as a block log in the form of ICRC-3: what a block contains, and how it is hashed.
//!
//! A block is a map of `btype`, `ts`, `tx` and, but for the first, `phash`, the hash of the block before
//! it. `tx` holds the caller, the run and the whole content of the change, so that replaying the log
//! rebuilds every journal. `docs/blocks.md` lists the types and their fields.

mod read;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use read::{BlockError, read_block};
pub use value::{Hash, Value};
pub use write::{BLOCK_TYPES, Block, block, block_type, block_type_number};

use crate::{
    api::{AuditEvent, RoleAssignment},
    plan::{BackupPlan, BackupTarget, PlanHeader},
    preflight::PreflightReceipts,
};
use candid::{CandidType, Encode};
use serde::{Deserialize, Serialize};

/// An event with all that is needed to repeat it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// What happened.
    pub event: AuditEvent,
    /// What was too large for the event.
    pub payload: Option<Payload>,
}

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
