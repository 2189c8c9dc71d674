//! The audit trail, the newest event first.

use super::parts::{Link, page};
use crate::{
    http::{response::Reply, time::Moment},
    storage::Storage,
};
use askama::Template;
use backup_journal::{
    Timestamp,
    api::{AuditEvent, AuditEventKind as Kind, ClaimedOperation, RoleAssignment},
    block::{BLOCK_TYPES, Value, block_type, event_fields},
};
use candid::Principal;

/// Events on a page.
const EVENTS: u64 = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    now: Moment,
    total: u64,
    rows: Vec<Row>,
    newer: bool,
    older: Option<u64>,
}

/// One event.
struct Row {
    index: u64,
    time: Moment,
    caller: String,
    run: Option<Link>,
    /// A draft has no page of its own.
    draft: bool,
    what: &'static str,
    details: Details,
}

/// The page, of the events below `before`.
pub fn audit(storage: &Storage, before: Option<u64>, now: Timestamp) -> Reply {
    let total = storage.audit_length();
    let end = before.unwrap_or(total).min(total);
    let start = end.saturating_sub(EVENTS);
    page(&AuditPage {
        now: Moment(now),
        total,
        rows: (start..end).rev().map(|index| Row::of(storage.audit_event(index))).collect(),
        newer: end < total,
        older: (start > 0).then_some(start),
    })
}

impl Row {
    fn of(event: AuditEvent) -> Self {
        let AuditEvent { index, time, caller, run_id, kind } = event;
        Self {
            index,
            time: Moment(time),
            caller: caller.to_text(),
            run: run_id.map(|run| Link::to(run.as_str())),
            draft: matches!(
                kind,
                Kind::DraftBegun { .. }
                    | Kind::DraftTargetsAppended { .. }
                    | Kind::DraftDiscarded { .. }
            ),
            what: description(&kind),
            details: details(&kind),
        }
    }
}

fn description(kind: &Kind) -> &'static str {
    let name = block_type(kind);
    let found = BLOCK_TYPES.iter().find(|(known, _)| *known == name);
    found.map_or(name, |(_, description)| description)
}

type Details = Vec<(String, String)>;

/// The fields of the block, by the names that the documentation of blocks explains. A list would be too long here.
fn details(kind: &Kind) -> Details {
    match kind {
        Kind::OperationsClaimed { operations } => claimed(operations),
        Kind::Configured { roles, .. } => roles.iter().map(role).chain(fields(kind)).collect(),
        _ => fields(kind).collect(),
    }
}

fn fields(kind: &Kind) -> impl Iterator<Item = (String, String)> {
    event_fields(kind).into_iter().map(|(name, value)| {
        let text = shown(&name, value);
        (name.replace('_', " "), text)
    })
}

fn shown(name: &str, value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Nat(number) => {
            let time = u64::try_from(&number.0).ok().filter(|_| name.ends_with("_at"));
            time.map_or_else(|| number.0.to_string(), |nanos| Moment(Timestamp(nanos)).to_string())
        }
        Value::Blob(bytes) => Principal::try_from_slice(&bytes)
            .map_or_else(|_| format!("{} bytes", bytes.len()), |canister| canister.to_text()),
        Value::Array(values) => format!("{} values", values.len()),
        Value::Int(_) | Value::Map(_) => format!("{value:?}"),
    }
}

/// Operations of one wave, which are many; the block has all of them.
fn claimed(operations: &[ClaimedOperation]) -> Details {
    let count = ("operations".to_string(), operations.len().to_string());
    let range = operations.first().zip(operations.last()).map(|(first, last)| {
        ("from".to_string(), format!("{} to {}", first.sequence, last.sequence))
    });
    [count].into_iter().chain(range).collect()
}

fn role(assignment: &RoleAssignment) -> (String, String) {
    ("role".to_string(), format!("{} of {}", assignment.role_in_words(), assignment.principal))
}
