//! The audit trail, the newest event first.

use super::{
    parts::{Link, page},
    timeline::texts,
};
use crate::{
    http::{response::Reply, time::Moment},
    storage::Storage,
};
use askama::Template;
use backup_journal::{
    Timestamp,
    api::{AuditEvent, AuditEventKind as Kind, ClaimedOperation, RoleAssignment, Visibility},
    block::{BLOCK_TYPES, block_type},
};

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
    details: Vec<(&'static str, String)>,
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
            details: details(kind),
        }
    }
}

fn description(kind: &Kind) -> &'static str {
    let name = block_type(kind);
    let found = BLOCK_TYPES.iter().find(|(known, _)| *known == name);
    found.map_or(name, |(_, description)| description)
}

type Details = Vec<(&'static str, String)>;

fn details(kind: Kind) -> Details {
    match kind {
        Kind::Configured { roles, visibility, restart_overdue_after_seconds } => {
            configured(&roles, visibility, restart_overdue_after_seconds)
        }
        Kind::SettingsUpdated { visibility, restart_overdue_after_seconds } => {
            configured(&[], visibility, restart_overdue_after_seconds)
        }
        Kind::RoleGranted(assignment) | Kind::RoleRevoked(assignment) => vec![role(&assignment)],
        Kind::JournalCreated { plan_id, targets, operations, .. }
        | Kind::DraftSealed { plan_id, targets, operations } => vec![
            ("plan", plan_id.0),
            ("targets", targets.to_string()),
            ("operations", operations.to_string()),
        ],
        Kind::PreflightAccepted { preflight_id }
        | Kind::PreflightReceiptsAccepted { preflight_id, .. } => {
            vec![("preflight", preflight_id.0)]
        }
        Kind::PreflightReceiptsAppended { preflight_id, start, count, .. } => vec![
            ("preflight", preflight_id.0),
            ("from target", start.to_string()),
            ("targets", count.to_string()),
        ],
        Kind::OperationClaimed { sequence, attempt } => operation(sequence.0, Some(attempt.0)),
        Kind::OperationsClaimed { operations } => claimed(&operations),
        Kind::RunAborted { reason } | Kind::ExecutionPaused { reason } => {
            vec![("reason", reason)]
        }
        Kind::OperationRetried { sequence } => operation(sequence.0, None),
        Kind::DraftBegun { plan_id, .. } | Kind::DraftDiscarded { plan_id } => {
            vec![("plan", plan_id.0)]
        }
        Kind::DraftTargetsAppended { start, count } => {
            vec![("from target", start.to_string()), ("targets", count.to_string())]
        }
        Kind::StartSettled { canister_id, reason } => {
            vec![("canister", canister_id.to_text()), ("reason", reason)]
        }
        Kind::FleetRegistered { fleet, root_canister_id, count } => vec![
            ("fleet", fleet.0),
            ("root", root_canister_id.to_text()),
            ("members", count.to_string()),
        ],
        Kind::FleetMembersAppended { fleet, start, count } => vec![
            ("fleet", fleet.0),
            ("from member", start.to_string()),
            ("members", count.to_string()),
        ],
        Kind::FleetUpdated { fleet, members } => {
            vec![("fleet", fleet.0), ("members", members.to_string())]
        }
        Kind::FleetRemoved { fleet } => vec![("fleet", fleet.0)],
        Kind::ExecutionStarted { fleet, policy } => vec![
            ("fleet", fleet.0),
            ("at the same time", policy.max_parallel.to_string()),
            ("attempts", policy.max_attempts.to_string()),
            ("restart within", format!("{} s", policy.restart_within_seconds)),
            ("if a member fails", format!("{:?}", policy.on_member_failure)),
            ("transfer", format!("{:?}", policy.transfer)),
        ],
        Kind::ExecutionResumed => Vec::new(),
        Kind::RestartDeadlineSet { seconds } => vec![("restart within", format!("{seconds} s"))],
        recorded @ Kind::ReceiptRecorded { .. } => receipt(recorded),
    }
}

/// Operations of one wave, which are many; the block has all of them.
fn claimed(operations: &[ClaimedOperation]) -> Details {
    let count = ("operations", operations.len().to_string());
    let ends = operations.first().zip(operations.last());
    let range =
        ends.map(|(first, last)| ("from", format!("{} to {}", first.sequence, last.sequence)));
    [count].into_iter().chain(range).collect()
}

fn receipt(kind: Kind) -> Details {
    let Kind::ReceiptRecorded {
        sequence,
        attempt,
        outcome,
        receipt_index,
        snapshot_id,
        artifact_path,
        checksum,
        failure_reason,
        ..
    } = kind
    else {
        return Vec::new();
    };
    let mut details = operation(sequence.0, Some(attempt.0));
    details.push(("outcome", format!("{outcome:?}")));
    details.push(("receipt", receipt_index.to_string()));
    details.extend(texts(snapshot_id, artifact_path, checksum, failure_reason));
    details
}

fn operation(sequence: u32, attempt: Option<u32>) -> Details {
    let attempt = attempt.map(|attempt| ("attempt", attempt.to_string()));
    [("operation", sequence.to_string())].into_iter().chain(attempt).collect()
}

fn role(assignment: &RoleAssignment) -> (&'static str, String) {
    ("role", format!("{} of {}", assignment.role_in_words(), assignment.principal))
}

fn configured(
    roles: &[RoleAssignment],
    visibility: Option<Visibility>,
    overdue: Option<u64>,
) -> Details {
    let visibility = visibility.map(|visibility| ("visibility", format!("{visibility:?}")));
    let overdue = overdue.map(|seconds| ("restart overdue after", format!("{seconds} s")));
    roles.iter().map(role).chain(visibility).chain(overdue).collect()
}
