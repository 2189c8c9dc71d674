//! An event with what was too large for it.

use super::{AuditEvent, Payload};

/// An event with all that is needed to repeat it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// What happened.
    pub event: AuditEvent,
    /// What was too large for the event.
    pub payload: Option<Payload>,
}
