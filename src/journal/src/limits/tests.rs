//! Each bound, met and exceeded by one.

use super::*;
use crate::{
    api::{Role, RoleAssignment},
    fixtures::{journal, plan, receipt, receipts, registry},
    journal::ReceiptOutcome,
};
use candid::Principal;

mod fleets;

fn exceeded(what: &str, maximum: usize) -> Checked {
    let maximum = maximum as u64;
    Err(LimitExceeded { what: what.to_string(), maximum, actual: maximum + 1 })
}

#[test]
fn names_and_texts_are_measured_in_bytes() {
    let with_id = |id: String| {
        let mut plan = plan();
        plan.header.run_id = id.into();
        plan.check_limits()
    };
    assert_eq!(with_id("x".repeat(MAX_NAME_BYTES)), Ok(()));
    assert_eq!(with_id("x".repeat(MAX_NAME_BYTES + 1)), exceeded("run_id", MAX_NAME_BYTES));
    assert_eq!(with_id("é".repeat(MAX_NAME_BYTES / 2)), Ok(()));
    assert!(with_id("é".repeat(MAX_NAME_BYTES / 2 + 1)).is_err());
}

#[test]
fn a_plan_that_is_sent_whole_has_a_size() {
    let mut large = plan();
    let target = large.targets[0].clone();
    large.targets.resize(MAX_PLAN_TARGETS, target.clone());
    assert_eq!(large.check_limits(), Ok(()));
    large.targets.push(target);
    assert_eq!(large.check_limits(), exceeded("targets", MAX_PLAN_TARGETS));

    let mut long = plan();
    let operation = long.phases[0].clone();
    long.phases.resize(MAX_PLAN_OPERATIONS + 1, operation);
    assert_eq!(long.check_limits(), exceeded("phases", MAX_PLAN_OPERATIONS));
}

#[test]
fn every_text_of_a_plan_is_measured() {
    let mut plan = plan();
    plan.targets[1].role = Some("x".repeat(MAX_NAME_BYTES + 1));
    assert_eq!(plan.check_limits(), exceeded("targets[].role", MAX_NAME_BYTES));
    plan.targets[1].role = None;
    plan.targets[1].control_authority.source = ControlAuthoritySource::AlternateController {
        controller: plan.header.root_canister_id,
        reason: "x".repeat(MAX_TEXT_BYTES + 1),
    };
    let field = "targets[].control_authority.reason";
    assert_eq!(plan.check_limits(), exceeded(field, MAX_TEXT_BYTES));
    plan.targets.pop();
    plan.phases[2].operation_id = "x".repeat(MAX_NAME_BYTES + 1);
    assert_eq!(plan.check_limits(), exceeded("phases[].operation_id", MAX_NAME_BYTES));
}

type Field = fn(&mut OperationReceipt) -> &mut Option<String>;

#[test]
fn every_text_of_a_receipt_is_measured() {
    let sound = receipt(&journal(), 0, ReceiptOutcome::Failed);
    assert_eq!(sound.check_limits(), Ok(()));
    let texts: [(&str, Field); 4] = [
        ("snapshot_id", |receipt| &mut receipt.snapshot_id),
        ("artifact_path", |receipt| &mut receipt.artifact_path),
        ("checksum", |receipt| &mut receipt.checksum),
        ("failure_reason", |receipt| &mut receipt.failure_reason),
    ];
    for (what, field) in texts {
        let mut receipt = sound.clone();
        *field(&mut receipt) = Some("x".repeat(MAX_TEXT_BYTES + 1));
        assert_eq!(receipt.check_limits(), exceeded(what, MAX_TEXT_BYTES));
    }
}

#[test]
fn every_text_of_an_event_is_measured() {
    let events = |bytes| {
        let (canister_id, reason) = (Principal::anonymous(), "x".repeat(bytes));
        [
            ("reason", AuditEventKind::RunAborted { reason: reason.clone() }),
            ("reason", AuditEventKind::RunRolledBack { reason: reason.clone() }),
            ("reason", AuditEventKind::StartSettled { canister_id, reason: reason.clone() }),
            ("note", AuditEventKind::DrillRecorded { proven_targets: 1, note: Some(reason) }),
        ]
    };
    for (_, event) in events(MAX_TEXT_BYTES) {
        assert_eq!(event.check_limits(), Ok(()));
    }
    for (what, event) in events(MAX_TEXT_BYTES + 1) {
        assert_eq!(event.check_limits(), exceeded(what, MAX_TEXT_BYTES));
    }
}

#[test]
fn the_receipts_of_one_call_have_a_number_and_a_size() {
    let one = receipt(&journal(), 0, ReceiptOutcome::Failed);
    let mut many = vec![one; MAX_WAVE_BATCH];
    assert_eq!(check_receipt_batch(&many), Ok(()));
    many.push(many[0].clone());
    assert_eq!(check_receipt_batch(&many), exceeded("receipts", MAX_WAVE_BATCH));
    many.pop();

    let fields: [Field; 4] = [
        |receipt| &mut receipt.snapshot_id,
        |receipt| &mut receipt.artifact_path,
        |receipt| &mut receipt.checksum,
        |receipt| &mut receipt.failure_reason,
    ];
    for field in fields {
        let mut receipts = many.clone();
        let names: usize = receipts.iter().map(text_bytes).sum();
        let text = field(&mut receipts[0]);
        let before = text.as_ref().map_or(0, String::len);
        *text = Some("x".repeat(MAX_RECEIPT_BATCH_BYTES - names + before));
        assert_eq!(check_receipt_batch(&receipts), Ok(()));
        receipts[1].run_id = format!("{}x", receipts[1].run_id).into();
        assert_eq!(
            check_receipt_batch(&receipts),
            exceeded("bytes of receipts", MAX_RECEIPT_BATCH_BYTES)
        );
    }
}

type Change = fn(&mut PreflightReceipts);

/// Makes a list longer by one than that of a batch may be.
fn stretch<T: Clone>(list: &mut Vec<T>) {
    list.resize(MAX_PREFLIGHT_BATCH + 1, list[0].clone());
}

#[test]
fn preflight_receipts_have_a_size() {
    let mut large = receipts();
    let one = large.control_authority[0].clone();
    large.control_authority.resize(MAX_PLAN_TARGETS + 1, one);
    assert_eq!(large.check_limits(), exceeded("control_authority", MAX_PLAN_TARGETS));

    let lists: [(&str, Change); 4] = [
        ("control_authority", |batch| stretch(&mut batch.control_authority)),
        ("snapshot_read_authority", |batch| stretch(&mut batch.snapshot_read_authority)),
        ("topology.targets", |batch| stretch(&mut batch.topology.targets)),
        ("quiescence.targets", |batch| stretch(&mut batch.quiescence.targets)),
    ];
    for (what, stretch) in lists {
        let mut batch = receipts();
        stretch(&mut batch);
        assert_eq!(check_preflight_batch(&batch), exceeded(what, MAX_PREFLIGHT_BATCH));
        assert_eq!(batch.check_limits(), Ok(()));
    }

    let mut talkative = receipts();
    talkative.quiescence.message = Some("x".repeat(MAX_TEXT_BYTES + 1));
    assert_eq!(talkative.check_limits(), exceeded("message", MAX_TEXT_BYTES));
    assert_eq!(check_preflight_batch(&talkative), exceeded("message", MAX_TEXT_BYTES));
    assert_eq!(receipts().check_limits(), Ok(()));
}

#[test]
fn every_name_of_preflight_receipts_is_measured() {
    let names: [(&str, Change); 10] = [
        ("plan_id", |batch| batch.plan_id = long_name().into()),
        ("preflight_id", |batch| batch.preflight_id = long_name().into()),
        ("plan_id", |batch| batch.topology.plan_id = long_name().into()),
        ("preflight_id", |batch| batch.topology.preflight_id = long_name().into()),
        ("plan_id", |batch| batch.quiescence.plan_id = long_name().into()),
        ("preflight_id", |batch| batch.control_authority[1].preflight_id = long_name().into()),
        ("plan_id", |batch| batch.snapshot_read_authority[1].plan_id = long_name().into()),
        ("preflight_id", |batch| {
            batch.snapshot_read_authority[0].preflight_id = long_name().into();
        }),
        ("topology_hash_before_quiesce", |batch| {
            batch.topology.topology_hash_before_quiesce = long_name();
        }),
        ("topology_hash_at_preflight", |batch| {
            batch.topology.topology_hash_at_preflight = long_name();
        }),
    ];
    for (what, lengthen) in names {
        let mut batch = receipts();
        lengthen(&mut batch);
        assert_eq!(batch.check_limits(), exceeded(what, MAX_NAME_BYTES));
        assert_eq!(check_preflight_batch(&batch), exceeded(what, MAX_NAME_BYTES));
    }
}

fn long_name() -> String {
    "x".repeat(MAX_NAME_BYTES + 1)
}

#[test]
fn roles_that_are_granted_together_are_counted() {
    let principal = plan().header.root_canister_id;
    let grant = RoleAssignment { principal, role: Role::Auditor, fleet: None };
    let roles = vec![grant.clone(); MAX_ROLE_HOLDERS];
    let mut args = CoordinatorArgs { roles, ..Default::default() };
    assert_eq!(args.check_limits(), Ok(()));
    args.roles.push(grant);
    assert_eq!(args.check_limits(), exceeded("roles", MAX_ROLE_HOLDERS));
    args.roles.truncate(1);
    args.roles[0].fleet = Some(long_name().into());
    assert_eq!(args.check_limits(), exceeded("fleet", MAX_NAME_BYTES));
}

#[test]
fn a_registry_has_a_size() {
    let mut large = registry();
    let entry = large[0].clone();
    large.resize(MAX_REGISTRY_ENTRIES, entry.clone());
    assert_eq!(check_registry(&large), Ok(()));
    large.push(entry);
    assert_eq!(check_registry(&large), exceeded("registry", MAX_REGISTRY_ENTRIES));
}

#[test]
fn a_limit_says_what_there_is_too_much_of() {
    let limit = check_count("targets", 3, 2).expect_err("there are too many");
    assert_eq!(limit.to_string(), "targets: 3 of at most 2");
}
