//! What a log cannot tell, because it cannot have happened.

use super::{Log, Reason, Replay, ReplayError, script::report};
use crate::{
    Attempt, Sequence,
    api::{AuditEvent, AuditEventKind as Kind, Role, RoleAssignment},
    block::{Entry, Payload, tests::samples},
    fixtures::{orders, plan, receipts},
    journal::{JournalError, OperationState, ReceiptOutcome as Outcome},
    plan::PlanError,
    preflight::PreflightError,
};
use candid::Principal;

fn plan_id() -> crate::PlanId {
    plan().header.plan_id
}

fn is_outcome(reason: &Reason, name: &str) -> bool {
    matches!(reason, Reason::Outcome { field, .. } if *field == name)
}

#[test]
fn entries_are_numbered_and_in_the_order_of_time() {
    let Log(mut log) = Log::accepted();
    log[1].event.index = 2;
    let refused = Replay::of(&log).unwrap_err();
    assert_eq!((refused.index, refused.reason), (2, Reason::Index { expected: 1 }));
    let Log(mut log) = Log::accepted();
    log[1].event.time.0 -= 1_000_000_000;
    assert!(matches!(Log(log).refusal(), Reason::TimeRunsBack { .. }));
}

#[test]
fn the_refused_block_and_run_are_named() {
    let refused = Replay::of(&Log::created().claim(1, 1).0).unwrap_err();
    let next =
        JournalError::OutOfOrderOperationTransition { requested: Sequence(1), next: Sequence(0) };
    let reason = Reason::Journal(next);
    let expected = ReplayError { index: 1, run_id: Some("run-1".into()), reason };
    assert_eq!(refused, expected);
    assert_eq!(
        refused.to_string(),
        "block 1, about run run-1, breaks a rule: operation 1 cannot be claimed before operation 0"
    );
}

#[test]
fn every_event_is_replayed_or_refused() {
    for sample in samples() {
        let log = Log::accepted();
        let (index, time) = (log.0.len() as u64, log.now());
        let event = AuditEvent { index, time, ..sample.event };
        let mut entries = log.0;
        entries.push(Entry { event, ..sample });
        // An event that no part of the replay performs would panic.
        if let Err(refused) = Replay::of(&entries) {
            assert_eq!(refused.index, index);
        }
    }
}

#[test]
fn what_the_state_machine_refuses_is_refused() {
    let claimed = Log::accepted().claim(4, 1);
    let twice = claimed.clone().claim(4, 2).refusal();
    assert!(matches!(
        twice,
        Reason::Journal(JournalError::InvalidOperationTransition {
            from: OperationState::Pending,
            ..
        })
    ));
    let unclaimed = Log::accepted().report(4, 0, 0, Outcome::Completed).refusal();
    assert!(matches!(
        unclaimed,
        Reason::Journal(JournalError::ReceiptWithoutPendingOperation { .. })
    ));
    let again =
        claimed.report(4, 1, 0, Outcome::Completed).report(4, 1, 1, Outcome::Completed).refusal();
    assert!(matches!(again, Reason::Journal(JournalError::Duplicate { .. })));
    let retried = Log::accepted().run(Kind::OperationRetried { sequence: Sequence(4) }, None);
    assert!(matches!(retried.refusal(), Reason::Journal(JournalError::OperationNotFailed { .. })));
    let other = Log::accepted().run(Kind::PreflightAccepted { preflight_id: "x".into() }, None);
    let refused = JournalError::PreflightAlreadyAccepted {
        existing: "preflight-1".into(),
        attempted: "x".into(),
    };
    assert_eq!(other.refusal(), Reason::Journal(refused));
    let beyond = Log::accepted().report(15, 1, 0, Outcome::Completed).refusal();
    assert!(matches!(beyond, Reason::Journal(JournalError::ReceiptOperationNotFound { .. })));
}

#[test]
fn receipts_count_at_the_time_of_the_block() {
    let Log(mut log) = Log::accepted();
    log[1].event.time = receipts().expires_at;
    assert!(matches!(
        Log(log).refusal(),
        Reason::Journal(JournalError::Preflight(PreflightError::Expired { .. }))
    ));
}

#[test]
fn recorded_outcomes_are_those_of_the_rules() {
    let attempt = Log::accepted().claim(4, 2).refusal();
    let (recorded, replayed) = (Attempt(2).to_string(), Attempt(1).to_string());
    assert_eq!(attempt, Reason::Outcome { field: "attempt", recorded, replayed });
    let claimed = Log::accepted().claim(4, 1);
    let index = claimed.clone().report(4, 1, 1, Outcome::Completed).refusal();
    assert!(is_outcome(&index, "receipt index"), "{index}");
    let stale = claimed.run(report(4, 2, 0, Outcome::Completed), None).refusal();
    assert!(matches!(stale, Reason::Journal(JournalError::UnknownAttempt { .. })));
    for (targets, operations, field) in
        [(3, 15, "number of targets"), (2, 14, "number of operations")]
    {
        let kind = Kind::JournalCreated {
            plan_id: plan_id(),
            targets,
            operations,
            rules: crate::Rules::CURRENT,
        };
        let created = Log::default().run(kind, Some(Payload::Plan(plan())));
        assert!(is_outcome(&created.refusal(), field));
        let sealed =
            Log::drafted().run(Kind::DraftSealed { plan_id: plan_id(), targets, operations }, None);
        assert!(is_outcome(&sealed.refusal(), field));
    }
    let kind = Kind::JournalCreated {
        plan_id: "other".into(),
        targets: 2,
        operations: 15,
        rules: crate::Rules::CURRENT,
    };
    let created = Log::default().run(kind, Some(Payload::Plan(plan())));
    assert!(is_outcome(&created.refusal(), "plan id"));
}

#[test]
fn a_block_carries_the_payload_of_its_type_and_no_other() {
    let payload = |log: Log| matches!(log.refusal(), Reason::Payload { .. });
    for Log(mut log) in
        [Log::created(), Log::accepted(), Log::accepted_in_batches(), Log::drafted()]
    {
        log.last_mut().expect("an entry").payload = None;
        assert!(payload(Log(log)));
    }
    for Log(mut log) in [Log::sealed(), Log::accepted().claim(4, 1)] {
        log.last_mut().expect("an entry").payload = Some(Payload::Roles(Vec::new()));
        assert!(payload(Log(log)));
    }
    for (Log(mut log), mut later) in [
        (Log::accepted(), receipts()),
        (Log::accepted_in_batches(), receipts().batches(1).swap_remove(1).1),
    ] {
        later.expires_at.0 += 1;
        log.last_mut().expect("an entry").payload = Some(Payload::Receipts(later));
        assert!(payload(Log(log)));
    }
}

#[test]
fn batches_of_receipts_are_what_the_block_says_and_follow_one_another() {
    let [first, second] = [0, 1].map(|at: usize| receipts().batches(1).swap_remove(at).1);
    let count = Log::created().append(0, 2, &first).refusal();
    assert!(is_outcome(&count, "number of targets"), "{count}");
    let gap = Log::created().append(1, 1, &second).refusal();
    assert_eq!(gap, JournalError::PreflightGap { start: 1, covered: 0 }.into());
    let twice = Log::created().append(0, 1, &first).append(0, 1, &first).refusal();
    assert!(matches!(twice, Reason::Payload { .. }));
    let twice = Log::accepted_in_batches().append(1, 1, &second).refusal();
    assert!(matches!(twice, Reason::Payload { .. }));
    let Log(mut log) = Log::created().append(0, 1, &first);
    log[1].payload = Some(Payload::Receipts(second));
    assert!(matches!(Log(log).refusal(), Reason::Journal(JournalError::Preflight(_))));
}

#[test]
fn runs_and_drafts_must_be_there_or_must_not() {
    let Log(created) = Log::created();
    let again = |log: Log| log.run(created[0].event.kind.clone(), created[0].payload.clone());
    assert_eq!(again(Log::created()).refusal(), Reason::RunExists);
    assert_eq!(again(Log::drafted()).refusal(), Reason::RunExists);
    assert_eq!(Log::default().claim(0, 1).refusal(), Reason::RunNotFound);
    assert_eq!(Log::drafted().claim(0, 1).refusal(), Reason::RunNotFound);
    let discarded = Kind::DraftDiscarded { plan_id: plan_id() };
    assert_eq!(Log::created().run(discarded, None).refusal(), Reason::DraftNotFound);
    let Log(mut nameless) = Log::created();
    nameless[0].event.run_id = None;
    assert_eq!(Log(nameless).refusal(), Reason::RunMissing);
    let granted = Kind::RoleGranted(auditor(orders()));
    assert_eq!(Log::default().run(granted, None).refusal(), Reason::RunUnexpected);
}

#[test]
fn drafts_keep_the_rules_of_plans() {
    let targets = plan().targets;
    let append = |start, batch: &[crate::plan::BackupTarget]| {
        let kind =
            Kind::DraftTargetsAppended { start, count: u32::try_from(batch.len()).expect("a few") };
        Log::drafted().run(kind, Some(Payload::Targets(batch.to_vec()))).refusal()
    };
    assert!(is_outcome(&append(1, &targets[1..]), "position of the batch"));
    let canister_id = targets[1].canister_id;
    assert_eq!(append(2, &targets[1..]), Reason::Plan(PlanError::DuplicateTarget { canister_id }));
    let mut root = targets[0].clone();
    root.canister_id = plan().header.root_canister_id;
    assert_eq!(append(2, &[root]), Reason::Plan(PlanError::RootIncludedWithoutMaintenance));
    let Log(mut empty) = Log::sealed();
    empty.drain(1..3);
    empty[1].event.index = 1;
    assert_eq!(Log(empty).refusal(), Reason::Plan(PlanError::EmptyTargets));
}

const fn auditor(principal: Principal) -> RoleAssignment {
    RoleAssignment { principal, role: Role::Auditor, fleet: None }
}

#[test]
fn roles_must_be_held_or_must_not() {
    let of_all = auditor(orders());
    let of_one = RoleAssignment { fleet: Some("demo".into()), ..of_all.clone() };
    let log = |kind| Log::default().coordinator(kind, None);
    for (held, other) in [(&of_all, &of_one), (&of_one, &of_all)] {
        let granted = log(Kind::RoleGranted(held.clone()));
        let twice = granted.clone().coordinator(Kind::RoleGranted(held.clone()), None);
        assert_eq!(twice.refusal(), Reason::RoleHeld(held.clone()));
        let revoked = granted.coordinator(Kind::RoleRevoked(other.clone()), None);
        assert_eq!(revoked.refusal(), Reason::RoleNotHeld(other.clone()));
    }
    let nobody = auditor(Principal::anonymous());
    assert_eq!(log(Kind::RoleGranted(nobody)).refusal(), Reason::AnonymousRole);
    let configured = Kind::Configured {
        roles: vec![of_all],
        visibility: None,
        restart_overdue_after_seconds: None,
    };
    assert!(matches!(log(configured).refusal(), Reason::Payload { .. }));
}
