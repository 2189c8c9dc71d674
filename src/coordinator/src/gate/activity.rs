//! Counts and logs updates: a refusal is counted; an accepted change gets a log line, and its cost is stored.

use super::{counters, log};
use backup_journal::{
    api::{AuditEvent, AuditEventKind as Kind, CoordinatorError},
    block::block_type,
};
use std::cell::Cell;

thread_local! {
    /// The kind of the changes that the present update has made, and how many they are.
    static CHANGED: Cell<Option<(&'static str, u64)>> = const { Cell::new(None) };
}

/// Logs a change.
pub fn changed(event: &AuditEvent) {
    let kind = short(block_type(&event.kind));
    let caller = event.caller;
    match (&event.run_id, &event.kind) {
        (Some(run), _) => log::changed(format_args!("{kind} of {run} by {caller}")),
        (None, Kind::RoleGranted(it) | Kind::RoleRevoked(it)) => {
            log::changed(format_args!("{kind}: {} of {} by {caller}", it.role, it.principal));
        }
        _ => log::changed(format_args!("{kind} by {caller}")),
    }
    if !matches!(event.kind, Kind::Configured { .. }) {
        let before = CHANGED.get().map_or(0, |(_, count)| count);
        CHANGED.set(Some((kind, before + 1)));
    }
}

/// Counts an answered update: its refusal, or the instructions for each of its changes, which are of one kind. A step
/// without a change, for instance of a long sealing, is not counted.
pub fn answered(refusal: Option<&'static str>, instructions: u64) {
    match (refusal, CHANGED.take()) {
        (Some(name), _) => counters::refused(name),
        (None, Some((kind, changes))) => counters::cost(kind, instructions / changes),
        (None, None) => {}
    }
}

/// The name of a refusal. A refusal for lack of a role is logged.
pub fn refusal(error: &CoordinatorError) -> &'static str {
    log::refused(error);
    counters::name(error)
}

/// The type of a block without the prefix `backup_`.
pub fn short(block_type: &'static str) -> &'static str {
    block_type.strip_prefix("backup_").unwrap_or(block_type)
}
