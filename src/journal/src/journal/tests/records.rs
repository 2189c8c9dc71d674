//! Stored records are read as they were written.

use crate::{
    Attempt, PlanId, PreflightId, ReceiptIndex, Rules, RunId, Sequence, Timestamp,
    api::{AuditEvent, AuditEventKind, DraftPhase, Role, RoleAssignment, Visibility},
    fixtures::{complete_until, journal, operator, orders, plan, receipts, seconds},
    journal::{
        Header, Journal, JournalView, OperationReceipt, OperationSpec, Progress, ReceiptOutcome,
        ReceiptRecord, RowState, Wave,
    },
    plan::{BackupOperationKind, ControlAuthority, ControlAuthoritySource},
    preflight::PreflightReceipts,
};
use minicbor::{Decode, Encode};
use proptest::{option, prelude::*, sample::select};
use std::fmt::Debug;

fn round_trip<T: Encode<()> + for<'b> Decode<'b, ()> + Debug + PartialEq>(record: &T) {
    let bytes = minicbor::to_vec(record).expect("a vector takes everything");
    let read: T = minicbor::decode(&bytes).unwrap_or_else(|e| panic!("{record:?}: {e}"));
    assert_eq!(&read, record);
}

fn finished() -> Journal {
    let mut journal = journal();
    journal.accept_preflight_receipts(&receipts(), seconds(10)).expect("they count");
    complete_until(&mut journal, 14, seconds(11));
    journal
}

/// The receipts of one target of two have arrived.
fn arriving() -> Journal {
    let mut journal = journal();
    let (start, batch) = &receipts().batches(1)[0];
    journal.append_preflight_receipts(*start, batch, seconds(10)).expect("they count");
    journal
}

#[test]
fn records_of_a_run_are_read_as_written() {
    for journal in [journal(), arriving(), finished()] {
        round_trip(journal.header());
        for sequence in (0..15).map(Sequence) {
            round_trip(&journal.spec(sequence).expect("there is such a row"));
            journal.progress(sequence).iter().for_each(round_trip);
        }
        journal.receipts().iter().for_each(round_trip);
        journal.artifact(&orders()).iter().for_each(round_trip);
    }
}

#[test]
fn records_of_a_plan_are_read_as_written() {
    let plan = plan();
    round_trip(&plan.header);
    plan.phases.iter().for_each(round_trip);
    for mut target in plan.targets {
        round_trip(&target);
        target.parent_canister_id = None;
        target.control_authority.source = ControlAuthoritySource::AlternateController {
            controller: operator(),
            reason: "an audit".to_string(),
        };
        round_trip(&target);
    }
    round_trip::<PreflightReceipts>(&receipts());
}

#[test]
fn audit_events_are_read_as_written() {
    let assignment = RoleAssignment { principal: operator(), role: Role::Operator, fleet: None };
    let for_a_fleet = RoleAssignment { fleet: Some("demo".into()), ..assignment.clone() };
    let kinds = [
        AuditEventKind::RoleGranted(assignment.clone()),
        AuditEventKind::RoleGranted(for_a_fleet),
        AuditEventKind::RoleRevoked(assignment),
        AuditEventKind::SettingsUpdated {
            visibility: Some(Visibility::Public),
            restart_overdue_after_seconds: None,
        },
        AuditEventKind::FleetRegistered {
            fleet: "demo".into(),
            root_canister_id: operator(),
            count: 3,
        },
        AuditEventKind::FleetMembersAppended { fleet: "demo".into(), start: 3, count: 4 },
        AuditEventKind::FleetUpdated { fleet: "demo".into(), members: 7 },
        AuditEventKind::FleetRemoved { fleet: "demo".into() },
        AuditEventKind::JournalCreated {
            plan_id: "plan-1".into(),
            targets: 2,
            operations: 15,
            rules: Rules::V2,
        },
        AuditEventKind::PreflightAccepted { preflight_id: "preflight-1".into() },
        AuditEventKind::PreflightReceiptsAccepted {
            preflight_id: "preflight-1".into(),
            window: receipts().window(),
        },
        AuditEventKind::PreflightReceiptsAppended {
            preflight_id: "preflight-1".into(),
            window: receipts().window(),
            start: 0,
            count: 1,
        },
        AuditEventKind::OperationClaimed { sequence: Sequence(4), attempt: Attempt(1) },
        AuditEventKind::OperationRetried { sequence: Sequence(4) },
    ];
    for (index, kind) in (0..).zip(kinds) {
        let run_id = (index > 6).then(|| RunId::from("run-1"));
        round_trip(&AuditEvent { index, time: seconds(1), caller: operator(), run_id, kind });
    }
    round_trip(&Visibility::Public);
    round_trip(&DraftPhase::Sealing { operations_written: 7 });
}

/// Before receipts could come in batches a header had five fields less, and there was one version of the rules.
#[test]
fn a_header_without_the_latest_fields_is_read() {
    let header = journal().header().clone();
    let mut bytes = minicbor::to_vec(&header).expect("a vector takes everything");
    // An array of 26, at whose end stand that nothing is arriving, the first set, the second version, that nothing is
    // saved, the frontier, and that nothing is ready again or unclaimed.
    assert_eq!(bytes[..2], [0x98, 26]);
    assert_eq!(bytes.split_off(bytes.len() - 8), [0xf6, 0, 1, 0, 0, 0, 0, 0]);
    bytes[1] -= 8;
    let expected = Header { rules: Rules::V1, frontier: None, ..header };
    assert_eq!(minicbor::decode::<Header>(&bytes).expect("it reads"), expected);
}

/// The numbers are what an upgraded canister relies on: they must not change.
#[test]
fn the_encoding_of_a_row_stays_what_it_is() {
    let progress = Progress {
        state: RowState::Failed,
        attempt: Attempt(2),
        updated_at: Timestamp(3),
        last_receipt: Some(ReceiptIndex(4)),
    };
    assert_eq!(minicbor::to_vec(progress).expect("fits"), [0x84, 3, 2, 3, 4]);
    let spec = OperationSpec {
        operation_id: "a".to_string(),
        kind: BackupOperationKind::Stop,
        target: None,
        next: Some(Sequence(5)),
        pair: Some(Sequence(6)),
        wave: Some(Wave(7)),
    };
    assert_eq!(minicbor::to_vec(spec).expect("fits"), [0x86, 0x61, b'a', 4, 0xf6, 5, 6, 7]);
}

#[test]
fn a_principal_that_is_too_long_is_no_principal() {
    let mut bytes = vec![0x84, 0x61, b'a', 4, 0x58, 30];
    bytes.extend([0; 30]);
    bytes.push(0xf6);
    assert!(minicbor::decode::<OperationSpec>(&bytes).is_err());
}

fn text() -> impl Strategy<Value = Option<String>> {
    option::of(".{0,12}")
}

proptest! {
    #[test]
    fn any_receipt_is_read_as_written(
        sequence: u32,
        attempt: Option<u32>,
        kind in select(BackupOperationKind::ALL.to_vec()),
        outcome in select(vec![
            ReceiptOutcome::Completed,
            ReceiptOutcome::Failed,
            ReceiptOutcome::Skipped,
        ]),
        (preflight_id, snapshot_id, artifact_path) in (text(), text(), text()),
        (checksum, failure_reason, plan_id) in (text(), text(), ".{0,9}"),
        (targeted, index, time, performed_at) in any::<(bool, u32, u64, Option<u64>)>(),
    ) {
        round_trip(&ReceiptRecord {
            index: ReceiptIndex(index),
            receipt: OperationReceipt {
                plan_id: PlanId::from(plan_id),
                run_id: "run-1".into(),
                preflight_id: preflight_id.map(PreflightId::from),
                sequence: Sequence(sequence),
                operation_id: "stop".to_string(),
                kind,
                target_canister_id: targeted.then(orders),
                attempt: attempt.map(Attempt),
                outcome,
                snapshot_id,
                artifact_path,
                checksum,
                failure_reason,
                performed_at: performed_at.map(Timestamp),
            },
            recorded_at: Timestamp(time),
            recorded_by: operator(),
        });
    }
}

#[test]
fn an_authority_without_details_is_read_as_written() {
    for source in [
        ControlAuthoritySource::Unknown,
        ControlAuthoritySource::RootController,
        ControlAuthoritySource::OperatorController,
    ] {
        let evidence = crate::plan::AuthorityEvidence::Unknown;
        round_trip(&ControlAuthority { source, evidence });
    }
}
