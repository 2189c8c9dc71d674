//! The audit trail: one event for each accepted change.

use super::AuditEventKind;
use crate::{RunId, Timestamp};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// One accepted change, and its caller.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct AuditEvent {
    /// Position in the log, from 0 without gaps.
    #[n(0)]
    pub index: u64,
    /// Network time.
    #[n(1)]
    pub time: Timestamp,
    /// The caller.
    #[cbor(n(2), with = "crate::cbor::principal")]
    pub caller: Principal,
    /// The run; none if the change is about the coordinator.
    #[n(3)]
    pub run_id: Option<RunId>,
    /// The change.
    #[n(4)]
    pub kind: AuditEventKind,
}
