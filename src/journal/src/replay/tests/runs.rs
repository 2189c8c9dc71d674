//! What follows from a log about runs, drafts and roles.

use super::Log;
use crate::{
    Rules, RunId, Sequence,
    api::{
        AuditEventKind as Kind, DraftPhase, Role, RoleAssignment, Settings, TargetStatus,
        Visibility,
    },
    block::Payload,
    fixtures::{self, operator, orders, users},
    journal::{Journal, JournalView, ReceiptOutcome, RunState, retry_failed_operation},
    plan::PlanDigest,
};

#[test]
fn a_run_is_rebuilt_step_by_step() {
    let mut log = Log::accepted();
    let accepted = log.replay();
    let run = accepted.run(&"run-1".into()).expect("the run");
    assert!(!run.targets().iter().any(TargetStatus::has_snapshot));
    let mut expected = Journal::new(fixtures::plan().validate().unwrap(), log.0[0].event.time);
    expected.accept_preflight_receipts(&fixtures::receipts(), log.0[1].event.time).unwrap();
    // The first attempt at the first stop fails.
    let outcomes = (4..15).map(|sequence| (sequence, 1, ReceiptOutcome::Completed));
    let outcomes = [(4, 1, ReceiptOutcome::Failed), (4, 2, ReceiptOutcome::Completed)]
        .into_iter()
        .chain(outcomes.skip(1));
    for (index, (sequence, attempt, outcome)) in (0..).zip(outcomes) {
        if attempt == 2 {
            expected
                .change(|it| retry_failed_operation(it, Sequence(sequence), log.now()))
                .unwrap();
            log = log.run(Kind::OperationRetried { sequence: Sequence(sequence) }, None);
        }
        expected.mark_next_operation_pending(log.now()).unwrap();
        log = log.claim(sequence, attempt);
        let receipt = fixtures::receipt(&expected, sequence, outcome);
        expected.record_operation_receipt(receipt, operator(), log.now()).unwrap();
        log = log.report(sequence, attempt, index, outcome);

        let replay = log.replay();
        let run = replay.run(&"run-1".into()).expect("the run");
        assert_eq!(*run.journal(), expected);
        assert_eq!(run.last_block(), log.0.len() as u64 - 1);
        assert_eq!(run.starts_owed().len(), expected.starts_owed().len());
    }
    let replay = log.replay();
    let run = replay.runs().next().expect("the run");
    let details = run.details();
    assert_eq!(details.summary.state, RunState::Completed);
    assert_eq!(details.plan_digest, PlanDigest::of(&fixtures::plan()).as_bytes());
    assert_eq!(details.created_by, operator());
    assert_eq!(run.targets().len(), 2);
    assert!(run.targets().iter().all(|status| {
        assert!(status.has_snapshot());
        let artifact = status.artifact.as_ref().expect("there is one of each");
        artifact.checksum.is_some() && status.target.control_authority.is_proven()
    }));
}

#[test]
fn a_run_that_came_in_batches_is_like_one_that_came_whole() {
    let sealed = Log::sealed().replay();
    assert_eq!(sealed.drafts(), []);
    let run = sealed.run(&"run-1".into()).expect("the run");
    let whole = Log::created().replay();
    let other = whole.run(&"run-1".into()).expect("the run");
    assert_eq!(run.journal().plan(), other.journal().plan());
    assert_eq!(run.journal().operations(), other.journal().operations());
    assert_eq!(run.details().plan_digest, other.details().plan_digest);
    assert_eq!(run.journal().header().created_at, Log::drafted().now());
    assert_eq!(run.journal().header().rules, Rules::CURRENT);
}

#[test]
fn runs_stand_in_the_order_in_which_they_were_opened() {
    let mut log = Log::created();
    let first = &mut log.0[0];
    first.event.run_id = Some("run-0".into());
    let Some(Payload::Plan(plan)) = &mut first.payload else { panic!("a run has a plan") };
    plan.header.run_id = "run-0".into();
    for mut entry in Log::sealed().0 {
        (entry.event.index, entry.event.time) = (log.0.len() as u64, log.now());
        log.0.push(entry);
    }
    let replay = log.replay();
    let ids: Vec<&RunId> = replay.runs().map(|run| &run.journal().header().run_id).collect();
    assert_eq!(ids, [&RunId::from("run-0"), &RunId::from("run-1")]);
}

#[test]
fn a_preflight_that_came_in_batches_is_like_one_that_came_whole() {
    let run_id = "run-1".into();
    let log = Log::accepted_in_batches();
    let replay = log.replay();
    let run = replay.run(&run_id).expect("the run");
    let mut expected = Journal::new(fixtures::plan().validate().unwrap(), log.0[0].event.time);
    expected.accept_preflight_receipts(&fixtures::receipts(), log.0[2].event.time).unwrap();
    assert_eq!(*run.journal(), expected);
    assert_eq!(run.last_block(), 2);

    let Log(mut log) = log;
    log.pop();
    let replay = Log(log).replay();
    let run = replay.run(&run_id).expect("the run");
    assert_eq!(run.details().summary.state, RunState::AwaitingPreflight);
    assert!(run.targets().iter().all(|status| !status.target.control_authority.is_proven()));
}

#[test]
fn a_draft_grows_and_can_be_given_up() {
    let log = Log::drafted();
    let [draft] = log.replay().drafts().try_into().expect("one draft");
    assert_eq!((draft.targets, draft.operations), (2, 15));
    assert_eq!(draft.phase, DraftPhase::Collecting);
    let run_id = RunId::from("run-1");
    let log = log.run(Kind::DraftDiscarded { plan_id: "plan-1".into() }, None);
    let replay = log.replay();
    assert_eq!(replay.drafts(), []);
    assert!(replay.is_discarded(&run_id));
    // The run id is free again, under a number of its own.
    let Log(created) = Log::created();
    let log = log.run(created[0].event.kind.clone(), created[0].payload.clone());
    let replay = log.replay();
    assert!(!replay.is_discarded(&run_id));
    assert_eq!(replay.runs().count(), 1);
}

#[test]
fn runs_stand_in_the_order_in_which_they_got_their_numbers() {
    let mut other = fixtures::plan();
    other.header.run_id = "run-2".into();
    let Log(mut log) = Log::drafted();
    let Log(created) = Log::created();
    let mut entry = created[0].clone();
    entry.event.run_id = Some("run-2".into());
    entry.payload = Some(Payload::Plan(other));
    log.push(entry);
    let Log(sealed) = Log::sealed();
    log.push(sealed[3].clone());
    for (index, entry) in (0..).zip(&mut log) {
        entry.event.index = index;
        entry.event.time = fixtures::seconds(10);
    }
    let replay = Log(log).replay();
    let runs: Vec<RunId> = replay.runs().map(|run| run.journal().header().run_id.clone()).collect();
    assert_eq!(runs, ["run-1".into(), "run-2".into()]);
}

#[test]
fn roles_and_settings_follow_the_log() {
    let of = |principal, role| RoleAssignment { principal, role, fleet: None };
    let first = of(users(), Role::Auditor);
    let second = of(orders(), Role::Operator);
    let third = RoleAssignment { fleet: Some("demo".into()), ..of(orders(), Role::Operator) };
    let configured = |roles: &[RoleAssignment], visibility, seconds| {
        let payload = Some(Payload::Roles(roles.to_vec()));
        let (roles, restart_overdue_after_seconds) = (roles.to_vec(), seconds);
        (Kind::Configured { roles, visibility, restart_overdue_after_seconds }, payload)
    };
    let (installed, roles) = configured(&[first.clone(), second.clone()], None, Some(60));
    let (upgraded, same) =
        configured(std::slice::from_ref(&second), Some(Visibility::Public), None);
    let updated = |visibility, restart_overdue_after_seconds| Kind::SettingsUpdated {
        visibility,
        restart_overdue_after_seconds,
    };
    let replay = Log::default()
        .coordinator(installed, roles)
        .coordinator(Kind::RoleGranted(third.clone()), None)
        .coordinator(upgraded, same)
        .coordinator(Kind::RoleRevoked(first), None);
    let settings = Settings { visibility: Visibility::Public, restart_overdue_after_seconds: 60 };
    assert_eq!(replay.clone().replay().settings(), settings);
    let replay = replay.coordinator(updated(None, Some(90)), None);
    let settings = Settings { restart_overdue_after_seconds: 90, ..settings };
    assert_eq!(replay.clone().replay().settings(), settings);
    let replay = replay.coordinator(updated(Some(Visibility::Members), None), None).replay();
    assert_eq!(replay.roles(), [second, third]);
    assert_eq!(replay.settings(), Settings { visibility: Visibility::Members, ..settings });
    assert_eq!(replay.length(), 6);
}
