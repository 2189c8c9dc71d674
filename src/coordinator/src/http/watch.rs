//! What is told of an update: a refusal is counted, an accepted change gets a line in the log and its cost
//! is kept.

use super::{counters, logs};
use crate::storage::{self, Storage};
use backup_journal::{
    api::{AuditEvent, AuditEventKind as Kind, CoordinatorError},
    block::block_type,
};
use candid::Principal;

/// An update that is being executed.
pub struct Watch {
    events: u64,
}

/// An update that was told of, and the kind of change that it made.
pub struct Told(Option<&'static str>);

impl Watch {
    /// Before anything is done.
    pub fn begin() -> Self {
        Self { events: storage::read(Storage::audit_length) }
    }

    /// After it was done or refused. A step that changes nothing yet, as of a long sealing, is not told of.
    pub fn tell(self, caller: Principal, refusal: Option<&CoordinatorError>) -> Told {
        if let Some(error) = refusal {
            counters::refused(error);
            logs::refused(error);
            return Told(None);
        }
        let event = storage::read(|storage| {
            let last = storage.audit_length().checked_sub(1).filter(|last| *last >= self.events);
            last.map(|last| storage.audit_event(last))
        });
        Told(event.map(|event| log(&event, caller)))
    }
}

impl Told {
    /// After the reply was written.
    pub fn end(self, instructions: u64) {
        if let Some(kind) = self.0 {
            counters::cost(kind, instructions);
        }
    }
}

fn log(event: &AuditEvent, caller: Principal) -> &'static str {
    let kind = short(block_type(&event.kind));
    let about = match (&event.run_id, &event.kind) {
        (Some(run), _) => format!(" of {run}"),
        (None, Kind::RoleGranted(it) | Kind::RoleRevoked(it)) => {
            format!(": {} of {}", it.role, it.principal)
        }
        _ => String::new(),
    };
    logs::changed(kind, &about, caller);
    kind
}

/// The type of a block, without what all of them begin with.
pub fn short(block_type: &'static str) -> &'static str {
    block_type.strip_prefix("backup_").unwrap_or(block_type)
}
