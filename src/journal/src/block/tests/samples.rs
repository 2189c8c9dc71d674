//! An entry of every type, saying all that it can say, and of some types one that says the least.

use crate::{
    Attempt, FleetName, ReceiptIndex, RunId, Sequence,
    api::{AuditEvent, AuditEventKind as Kind, Role, RoleAssignment, Visibility},
    block::{ClaimedOperation, Entry, Payload},
    fixtures::{operator, orders, plan, receipts, registry, seconds, users},
    fleet::{
        Discovery, FleetPolicy, FleetRegistration, FleetUpdate, MemberFailure, TransferPolicy,
    },
    journal::ReceiptOutcome,
    schedule::{Schedule, Timing},
};
use candid::Principal;

fn entry(kind: Kind, payload: Option<Payload>) -> Entry {
    let about_the_coordinator = matches!(
        kind,
        Kind::Configured { .. }
            | Kind::RoleGranted(_)
            | Kind::RoleRevoked(_)
            | Kind::SettingsUpdated { .. }
            | Kind::FleetRegistered { .. }
            | Kind::FleetMembersAppended { .. }
            | Kind::FleetUpdated { .. }
            | Kind::FleetRemoved { .. }
            | Kind::ScheduleSet { .. }
            | Kind::ScheduleRemoved { .. }
            | Kind::ScheduledBackupSkipped { .. }
            | Kind::SnapshotsDropped { .. }
    );
    let run_id = (!about_the_coordinator).then(|| RunId::from("run-1"));
    let (caller, time) = (operator(), seconds(3));
    Entry { event: AuditEvent { index: 5, time, caller, run_id, kind }, payload }
}

fn configured(visibility: Option<Visibility>, seconds: Option<u64>) -> Entry {
    let roles = vec![
        RoleAssignment { principal: orders(), role: Role::Auditor, fleet: Some("demo".into()) },
        RoleAssignment { principal: users(), role: Role::Administrator, fleet: None },
    ];
    let payload = Some(Payload::Roles(roles.clone()));
    entry(Kind::Configured { roles, visibility, restart_overdue_after_seconds: seconds }, payload)
}

fn updated(visibility: Option<Visibility>, seconds: Option<u64>) -> Entry {
    entry(Kind::SettingsUpdated { visibility, restart_overdue_after_seconds: seconds }, None)
}

fn receipt(outcome: ReceiptOutcome, text: Option<&str>) -> Entry {
    let said = |name: &str| text.map(|text| format!("{name} {text}"));
    let kind = Kind::ReceiptRecorded {
        sequence: Sequence(u32::MAX),
        attempt: Attempt(2),
        outcome,
        receipt_index: ReceiptIndex(9),
        preflight_id: text.map(|_| "preflight-1".into()),
        snapshot_id: said("snapshot"),
        artifact_path: said("path"),
        checksum: said("checksum"),
        performed_at: text.map(|_| crate::Timestamp(7)),
        failure_reason: said("reason"),
    };
    entry(kind, None)
}

/// The entries that are about a plan and its preflight.
fn plans() -> Vec<Entry> {
    let plan = plan();
    let plan_id = plan.header.plan_id.clone();
    let (targets, operations) = (2, 15);
    let (receipts, preflight_id) = (receipts(), "preflight-1".into());
    let opened = Kind::JournalCreated {
        plan_id: plan_id.clone(),
        targets,
        operations,
        rules: crate::Rules::V2,
    };
    let sealed = Kind::DraftSealed { plan_id: plan_id.clone(), targets, operations };
    let checked = Kind::PreflightReceiptsAccepted {
        preflight_id: receipts.preflight_id.clone(),
        window: receipts.window(),
    };
    let part = Kind::PreflightReceiptsAppended {
        preflight_id: receipts.preflight_id.clone(),
        window: receipts.window(),
        start: 7,
        count: targets,
    };
    let begun = Kind::DraftBegun { plan_id: plan_id.clone(), rules: crate::Rules::V2 };
    let appended = Kind::DraftTargetsAppended { start: 0, count: targets };
    vec![
        entry(opened, Some(Payload::Plan(plan.clone()))),
        entry(Kind::PreflightAccepted { preflight_id }, None),
        entry(checked, Some(Payload::Receipts(receipts.clone()))),
        entry(part, Some(Payload::Receipts(receipts))),
        entry(begun, Some(Payload::Header(plan.header))),
        entry(appended, Some(Payload::Targets(plan.targets))),
        entry(sealed, None),
        entry(Kind::DraftDiscarded { plan_id }, None),
    ]
}

/// The entries that are about a registered fleet.
fn fleets() -> Vec<Entry> {
    let (fleet, members) = (FleetName::from("demo"), registry());
    let discovery =
        Discovery { canister_id: members[0].canister_id, method: "members".to_string() };
    let registration = FleetRegistration {
        fleet: fleet.clone(),
        network: "ic".to_string(),
        root_canister_id: members[0].canister_id,
        policy: Some(FleetPolicy::default()),
        members: members.clone(),
        expected_members: Some(500),
        discovery: Some(discovery.clone()),
    };
    let update = FleetUpdate {
        policy: Some(FleetPolicy { max_parallel: 1, ..FleetPolicy::default() }),
        removed: vec![orders()],
        set: members.clone(),
        discovery: Some(discovery),
        remove_discovery: Some(true),
    };
    let root_canister_id = registration.root_canister_id;
    let registered = Kind::FleetRegistered { fleet: fleet.clone(), root_canister_id, count: 3 };
    let appended = Kind::FleetMembersAppended { fleet: fleet.clone(), start: 3, count: 96 };
    let updated = Kind::FleetUpdated { fleet: fleet.clone(), members: 12 };
    vec![
        entry(registered, Some(Payload::Fleet(registration))),
        entry(appended, Some(Payload::Members(members))),
        entry(updated, Some(Payload::FleetUpdate(update))),
        entry(Kind::FleetRemoved { fleet: fleet.clone() }, None),
        entry(
            Kind::ScheduleSet {
                fleet: fleet.clone(),
                schedule: Schedule {
                    timing: Timing::Cron("0 3 * * *".to_string()),
                    window_seconds: None,
                    paused: false,
                    keep_on_network: None,
                },
            },
            None,
        ),
        entry(
            Kind::ScheduleSet {
                fleet: fleet.clone(),
                schedule: Schedule {
                    timing: Timing::EverySeconds(86_400),
                    window_seconds: Some(3_600),
                    paused: true,
                    keep_on_network: Some(5),
                },
            },
            None,
        ),
        entry(Kind::ScheduleRemoved { fleet: fleet.clone() }, None),
        entry(
            Kind::ScheduledBackupSkipped {
                fleet: fleet.clone(),
                planned_at: seconds(2),
                reason: "the last one is not over".to_string(),
            },
            None,
        ),
        entry(Kind::SnapshotsDropped { fleet: fleet.clone(), force: false }, None),
        entry(Kind::SnapshotsDropped { fleet, force: true }, None),
    ]
}

/// The entries that are about an execution by the coordinator.
fn executions() -> Vec<Entry> {
    let policy = FleetPolicy {
        on_member_failure: MemberFailure::SkipMember,
        transfer: TransferPolicy::Skip,
        ..FleetPolicy::default()
    };
    [
        Kind::ExecutionStarted { fleet: "demo".into(), policy },
        Kind::ExecutionStarted { fleet: "demo".into(), policy: FleetPolicy::default() },
        Kind::ExecutionPaused { reason: "the network is slow".to_string() },
        Kind::ExecutionResumed,
        Kind::RestartDeadlineSet { seconds: 1_800 },
        Kind::SnapshotDeleted {
            canister_id: users(),
            snapshot_id: "0102".to_string(),
            reason: "it is old".to_string(),
        },
    ]
    .map(|kind| entry(kind, None))
    .into()
}

/// An entry of every type.
pub(crate) fn samples() -> Vec<Entry> {
    let (principal, role) = (Principal::anonymous(), Role::Operator);
    let assignment = RoleAssignment { principal, role, fleet: None };
    let for_a_fleet = RoleAssignment { fleet: Some(FleetName::from("demo")), ..assignment.clone() };
    let (sequence, attempt) = (Sequence(4), Attempt(1));
    let first = ClaimedOperation { sequence, attempt };
    let second = ClaimedOperation { sequence: Sequence(200), attempt: Attempt(u32::MAX) };
    let settled = Kind::StartSettled { canister_id: orders(), reason: "it runs".to_string() };
    let mut samples = vec![
        configured(Some(Visibility::Public), Some(u64::MAX)),
        updated(Some(Visibility::Members), Some(60)),
        updated(None, None),
        entry(Kind::RoleGranted(assignment.clone()), None),
        entry(Kind::RoleRevoked(assignment), None),
        entry(Kind::RoleGranted(for_a_fleet.clone()), None),
        entry(Kind::RoleRevoked(for_a_fleet), None),
        entry(Kind::OperationClaimed { sequence, attempt }, None),
        entry(Kind::OperationRetried { sequence }, None),
        entry(Kind::OperationsClaimed { operations: vec![first, second] }, None),
        entry(Kind::RunAborted { reason: "the driver died".to_string() }, None),
        entry(Kind::DrillRecorded { proven_targets: 2, note: None }, None),
        entry(Kind::RunRolledBack { reason: "a member cannot be restored".to_string() }, None),
        entry(settled, None),
        receipt(ReceiptOutcome::Completed, Some("of an operation")),
        receipt(ReceiptOutcome::Failed, None),
        receipt(ReceiptOutcome::Skipped, None),
    ];
    samples.extend(plans());
    samples.extend(fleets());
    samples.extend(executions());
    samples
}
