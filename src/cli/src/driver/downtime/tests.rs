use super::*;
use backup_journal::{
    Attempt, ReceiptIndex, Sequence,
    journal::OperationReceipt,
    plan::{
        AuthorityEvidence, BackupTarget, ControlAuthority, ControlAuthoritySource, IdentityMode,
        SnapshotReadAuthority, SnapshotReadAuthoritySource,
    },
};

fn member(number: u8) -> Principal {
    Principal::from_slice(&[number])
}

fn target(number: u8) -> TargetStatus {
    let evidence = AuthorityEvidence::Declared;
    TargetStatus {
        target: BackupTarget {
            canister_id: member(number),
            role: Some(format!("member-{number}")),
            parent_canister_id: None,
            depth: 1,
            control_authority: ControlAuthority {
                source: ControlAuthoritySource::OperatorController,
                evidence,
            },
            snapshot_read_authority: SnapshotReadAuthority {
                source: SnapshotReadAuthoritySource::OperatorController,
                evidence,
            },
            identity_mode: IdentityMode::Fixed,
            expected_module_hash: None,
            restore: None,
        },
        artifact: None,
        owed_start: None,
    }
}

/// A completed receipt about a member, recorded five nanoseconds after it was performed.
fn receipt(kind: Kind, number: u8, at: u64) -> ReceiptRecord {
    ReceiptRecord {
        index: ReceiptIndex(0),
        receipt: OperationReceipt {
            plan_id: "plan".into(),
            run_id: "run".into(),
            preflight_id: None,
            sequence: Sequence(0),
            operation_id: "operation".to_owned(),
            kind,
            target_canister_id: Some(member(number)),
            attempt: Some(Attempt(1)),
            outcome: ReceiptOutcome::Completed,
            snapshot_id: None,
            artifact_path: None,
            checksum: None,
            failure_reason: None,
            performed_at: Some(Timestamp(at)),
        },
        recorded_at: Timestamp(at + 5),
        recorded_by: Principal::anonymous(),
    }
}

fn down(number: u8, stopped: u64, started: u64) -> [ReceiptRecord; 2] {
    [receipt(Kind::Stop, number, stopped), receipt(Kind::Start, number, started)]
}

#[test]
fn each_member_is_down_from_its_stop_to_its_start() {
    let receipts = [down(1, 100, 150), down(2, 110, 130), down(3, 105, 180)].concat();
    let targets: Vec<TargetStatus> = (1..=4).map(target).collect();
    let downtime = Downtime::of(&receipts, &targets, Timestamp(999)).expect("three were down");
    let Downtime { members, fleet_nanos, total_nanos, longest_nanos, median_nanos, since, longest } =
        downtime;
    assert_eq!((members, fleet_nanos, total_nanos), (3, 80, 145));
    assert_eq!((longest_nanos, median_nanos, since), (75, 50, Timestamp(100)));
    let listed: Vec<_> = longest.iter().map(|row| (row.canister_id, row.nanos)).collect();
    assert_eq!(listed, [(member(3), 75), (member(1), 50), (member(2), 20)]);
    assert_eq!(longest[0].role.as_deref(), Some("member-3"));
}

#[test]
fn who_was_not_started_is_down_until_the_end_of_what_is_known() {
    let stops = [receipt(Kind::Stop, 1, 100), receipt(Kind::CreateSnapshot, 1, 120)];
    let downtime = Downtime::of(&stops, &[target(1)], Timestamp(170)).expect("one was down");
    let expected = MemberDowntime {
        canister_id: member(1),
        role: Some("member-1".to_owned()),
        stopped_at: Timestamp(100),
        snapshot_at: Some(Timestamp(120)),
        started_at: None,
        nanos: 70,
    };
    assert_eq!(downtime.longest, [expected]);
    assert_eq!(downtime.fleet_nanos, 70);
}

/// A receipt that gives no time counts when it was recorded, and one that failed does not count.
#[test]
fn what_failed_is_not_done_and_what_gives_no_time_was_done_when_it_was_reported() {
    let [stop, start] = down(1, 100, 150);
    let mut failed = receipt(Kind::Stop, 1, 60);
    failed.receipt.outcome = ReceiptOutcome::Failed;
    let mut late = start;
    late.receipt.performed_at = None;
    let receipts = [failed, stop, late];
    let downtime = Downtime::of(&receipts, &[target(1)], Timestamp(999)).expect("one was down");
    assert_eq!(downtime.longest_nanos, 55);
    assert!(Downtime::of(&receipts[..1], &[target(1)], Timestamp(999)).is_none());
}

#[test]
fn ten_members_are_listed_and_all_are_counted() {
    let receipts: Vec<ReceiptRecord> =
        (1..=12).flat_map(|number| down(number, 0, 10 * u64::from(number))).collect();
    let targets: Vec<TargetStatus> = (1..=12).map(target).collect();
    let downtime = Downtime::of(&receipts, &targets, Timestamp(999)).expect("all were down");
    assert_eq!((downtime.members, downtime.longest.len()), (12, 10));
    assert_eq!(downtime.total_nanos, 780);
    // Six were down for no longer than 60, and six for longer.
    assert_eq!(downtime.median_nanos, 60);
}
