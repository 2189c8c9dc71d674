//! Which preflight receipts count, by example. In the fixtures they count from second 10 until second 20.

use super::{PreflightError, PreflightReceipts, ProvenAuthority, check_preflight_receipts};
use crate::{
    Rules, Timestamp,
    fixtures::{canister, control, orders, plan, receipts, seconds, snapshot_read, users},
    plan::{AuthorityEvidence, BackupPlan, ControlAuthoritySource, PlanError, QuiescencePolicy},
};

type Answer = Result<Vec<ProvenAuthority>, PreflightError>;

fn check_at(now: Timestamp, receipts: &PreflightReceipts) -> Answer {
    let BackupPlan { header, targets, .. } = plan();
    check_preflight_receipts(&header, &targets, receipts, Rules::CURRENT, now)
}

/// What is said in second 15 of the receipts of the fixtures after a change.
fn after(change: impl FnOnce(&mut PreflightReceipts)) -> Answer {
    let mut receipts = receipts();
    change(&mut receipts);
    check_at(seconds(15), &receipts)
}

fn empty(field: &str) -> Answer {
    Err(PlanError::EmptyField { field: field.to_string() }.into())
}

#[test]
fn receipts_prove_the_authorities_over_every_target() {
    let proven = |canister_id| ProvenAuthority {
        canister_id,
        control: control(AuthorityEvidence::Proven),
        snapshot_read: snapshot_read(AuthorityEvidence::Proven),
    };
    assert_eq!(after(|_| {}), Ok(vec![proven(orders()), proven(users())]));
    assert_eq!(
        after(|receipts| receipts.control_authority.reverse()),
        Ok(vec![proven(orders()), proven(users())]),
        "the order of authority receipts does not matter"
    );
}

#[test]
fn a_window_includes_its_beginning_and_excludes_its_end() {
    let preflight_id = || "preflight-1".into();
    let early = PreflightError::NotYetValid {
        preflight_id: preflight_id(),
        validated_at: seconds(10),
        now: seconds(9),
    };
    let late = PreflightError::Expired {
        preflight_id: preflight_id(),
        expires_at: seconds(20),
        now: seconds(20),
    };
    assert_eq!(check_at(seconds(9), &receipts()), Err(early));
    assert!(check_at(seconds(10), &receipts()).is_ok());
    assert!(check_at(Timestamp(seconds(20).0 - 1), &receipts()).is_ok());
    assert_eq!(check_at(seconds(20), &receipts()), Err(late));
    let invalid = PreflightError::InvalidWindow { preflight_id: preflight_id() };
    assert_eq!(after(|receipts| receipts.expires_at = seconds(10)), Err(invalid));
}

#[test]
fn each_receipt_has_a_window_of_its_own() {
    let expired = PreflightError::Expired {
        preflight_id: "preflight-1".into(),
        expires_at: seconds(14),
        now: seconds(15),
    };
    let parts: [fn(&mut PreflightReceipts) -> &mut Timestamp; 4] = [
        |receipts| &mut receipts.topology.expires_at,
        |receipts| &mut receipts.control_authority[1].expires_at,
        |receipts| &mut receipts.snapshot_read_authority[0].expires_at,
        |receipts| &mut receipts.quiescence.expires_at,
    ];
    for part in parts {
        assert_eq!(after(|receipts| *part(receipts) = seconds(14)), Err(expired.clone()));
    }
}

#[test]
fn every_receipt_belongs_to_the_plan_and_to_the_bundle() {
    let (expected, actual) = (|| "plan-1".into(), || "plan-2".into());
    let other = PreflightError::PlanMismatch { expected: expected(), actual: actual() };
    assert_eq!(after(|receipts| receipts.plan_id = actual()), Err(other.clone()));
    assert_eq!(after(|receipts| receipts.topology.plan_id = actual()), Err(other));
    let other =
        PreflightError::AuthorityReceiptPlanMismatch { expected: expected(), actual: actual() };
    assert_eq!(after(|receipts| receipts.control_authority[0].plan_id = actual()), Err(other));

    let (expected, actual) = (|| "preflight-1".into(), || "preflight-2".into());
    let other = PreflightError::IdMismatch { expected: expected(), actual: actual() };
    assert_eq!(after(|receipts| receipts.quiescence.preflight_id = actual()), Err(other));
    let other = PreflightError::AuthorityReceiptPreflightMismatch {
        expected: expected(),
        actual: actual(),
    };
    assert_eq!(
        after(|receipts| receipts.snapshot_read_authority[1].preflight_id = actual()),
        Err(other)
    );
}

#[test]
fn every_target_has_one_receipt_of_each_kind_and_nobody_else_has_any() {
    let canister_id = users();
    assert_eq!(
        after(|receipts| drop(receipts.control_authority.pop())),
        Err(PreflightError::MissingControlAuthorityReceipt { canister_id })
    );
    assert_eq!(
        after(|receipts| drop(receipts.snapshot_read_authority.pop())),
        Err(PreflightError::MissingSnapshotReadAuthorityReceipt { canister_id })
    );
    assert_eq!(
        after(|receipts| receipts.control_authority[0].target_canister_id = canister_id),
        Err(PreflightError::DuplicateAuthorityReceipt { canister_id })
    );
    let stranger = canister(9);
    assert_eq!(
        after(|receipts| receipts.snapshot_read_authority[0].target_canister_id = stranger),
        Err(PreflightError::UnknownAuthorityReceiptTarget { canister_id: stranger })
    );
}

#[test]
fn a_declaration_is_no_proof() {
    let canister_id = users();
    assert_eq!(
        after(|receipts| {
            receipts.control_authority[1].authority = control(AuthorityEvidence::Declared);
        }),
        Err(PlanError::UnprovenControlAuthority { canister_id }.into())
    );
    assert_eq!(
        after(|receipts| {
            receipts.snapshot_read_authority[1].authority =
                snapshot_read(AuthorityEvidence::Unknown);
        }),
        Err(PlanError::UnprovenSnapshotReadAuthority { canister_id }.into())
    );
    assert_eq!(
        after(|receipts| {
            receipts.control_authority[1].authority.source =
                ControlAuthoritySource::OperatorController;
        }),
        Err(PlanError::MissingRootController { canister_id }.into()),
        "the plan was made under the authority of the root"
    );
}

#[test]
fn the_fleet_is_what_the_plan_was_made_for() {
    let expected = plan().header.topology_hash_before_quiesce;
    let drifted = "a".repeat(64);
    let drift = PreflightError::TopologyDrift { expected, actual: drifted.clone() };
    assert_eq!(
        after(|receipts| receipts.topology.topology_hash_at_preflight = drifted),
        Err(drift)
    );
    let field = "topology_receipt.topology_hash_at_preflight";
    assert_eq!(
        after(|receipts| receipts.topology.topology_hash_at_preflight.clear()),
        empty(field)
    );
    for value in ["xyz".to_string(), "a".repeat(63), "a".repeat(65), "g".repeat(64)] {
        let invalid =
            PreflightError::InvalidTopologyHash { field: field.to_string(), value: value.clone() };
        assert_eq!(
            after(|receipts| receipts.topology.topology_hash_at_preflight = value),
            Err(invalid)
        );
    }
    assert_eq!(
        after(|receipts| receipts.topology.targets.reverse()),
        Err(PreflightError::TopologyTargetsMismatch),
        "the order of topology targets matters"
    );
}

#[test]
fn the_promise_about_quiescence_can_be_kept() {
    assert_eq!(
        after(|receipts| receipts.quiescence.accepted = false),
        Err(PreflightError::QuiescenceRejected)
    );
    assert_eq!(
        after(|receipts| receipts.quiescence.quiescence_policy = QuiescencePolicy::AppQuiesced),
        Err(PreflightError::QuiescencePolicyMismatch)
    );
    assert_eq!(
        after(|receipts| receipts.quiescence.targets[0].role = None),
        Err(PreflightError::QuiescenceTargetsMismatch)
    );
}

#[test]
fn a_remark_says_something_or_is_left_out() {
    let blank = || Some(" ".to_string());
    assert_eq!(
        after(|receipts| receipts.topology.message = blank()),
        empty("topology_receipt.message")
    );
    assert_eq!(
        after(|receipts| receipts.control_authority[0].message = blank()),
        empty("authority_receipts[].message")
    );
    assert!(after(|receipts| receipts.quiescence.message = None).is_ok());
}

#[test]
fn batches_leave_nothing_out() {
    let mut whole = receipts();
    whole.control_authority.reverse();
    let one = whole.batches(2);
    assert_eq!(one, [(0, whole.clone())]);
    assert_eq!(whole.batches(usize::MAX), one);
    assert_eq!(whole.batches(0), whole.batches(1), "a batch has at least one target");
    let targets = plan().targets;
    for (at, (start, batch)) in whole.batches(1).into_iter().enumerate() {
        assert_eq!(start as usize, at);
        let target = std::slice::from_ref(&targets[at]);
        assert!(
            check_preflight_receipts(&plan().header, target, &batch, Rules::CURRENT, seconds(15))
                .is_ok()
        );
    }

    let stranger = canister(9);
    whole.control_authority[0].target_canister_id = stranger;
    whole.quiescence.targets.push(whole.quiescence.targets[0].clone());
    let mut batches = whole.batches(1);
    let (_, last) = batches.pop().expect("two batches");
    let control: Vec<_> = last.control_authority.iter().map(|it| it.target_canister_id).collect();
    assert_eq!(control, [stranger], "what is about nobody is not lost");
    assert_eq!(last.quiescence.targets.len(), 2);
    whole.topology.targets.clear();
    assert_eq!(whole.batches(1), [(0, whole)], "somebody must tell that nothing is there");
}

#[test]
fn a_batch_begins_where_the_one_before_it_ends() {
    let mut whole = receipts();
    let third = canister(9);
    let mut target = whole.topology.targets[0].clone();
    target.canister_id = third;
    whole.topology.targets.push(target);
    whole.quiescence.targets.push(whole.quiescence.targets[0].clone());
    let mut control = whole.control_authority[0].clone();
    control.target_canister_id = third;
    whole.control_authority.push(control);
    let counted: Vec<_> = whole
        .batches(2)
        .iter()
        .map(|(start, it)| {
            let targets = (it.topology.targets.len(), it.quiescence.targets.len());
            (*start, targets, it.control_authority.len(), it.snapshot_read_authority.len())
        })
        .collect();
    assert_eq!(counted, [(0, (2, 2), 2, 2), (2, (1, 1), 1, 0)]);
}

#[test]
fn nothing_counts_for_longer_than_a_day() {
    const DAY: u64 = 24 * 60 * 60;
    let stretch = |receipts: &mut PreflightReceipts, which: usize, until: Timestamp| {
        let ends = [
            &mut receipts.expires_at,
            &mut receipts.topology.expires_at,
            &mut receipts.quiescence.expires_at,
            &mut receipts.control_authority[1].expires_at,
            &mut receipts.snapshot_read_authority[0].expires_at,
        ];
        *ends.into_iter().nth(which).expect("one of five") = until;
    };
    for which in 0..5 {
        let (day, longer) = (seconds(10 + DAY), Timestamp(seconds(10 + DAY).0 + 1));
        assert!(after(|receipts| stretch(receipts, which, day)).is_ok(), "{which}");
        let mut receipts = receipts();
        stretch(&mut receipts, which, longer);
        assert_eq!(
            check_at(seconds(15), &receipts),
            Err(PreflightError::WindowTooLong {
                preflight_id: "preflight-1".into(),
                validated_at: seconds(10),
                expires_at: longer,
            })
        );
        let BackupPlan { header, targets, .. } = plan();
        let by_the_first_rules =
            check_preflight_receipts(&header, &targets, &receipts, Rules::V1, seconds(15));
        assert!(by_the_first_rules.is_ok(), "{which}");
    }
}
