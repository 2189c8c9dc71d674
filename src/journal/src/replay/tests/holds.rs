//! A canister is between its stop and its start in one run at a time, also in a log.

use super::Log;
use crate::{
    Rules, RunId,
    api::{AuditEvent, AuditEventKind as Kind},
    block::{Entry, Payload},
    fixtures::{plan, users},
    journal::{JournalError, ReceiptOutcome, RunOutcome},
    replay::Reason,
};

impl Log {
    /// Appends all of `other` as what happened to `run_id`, another run of the same plan.
    fn followed_by(mut self, other: Self, run_id: &str) -> Self {
        for Entry { event, payload } in other.0 {
            let run_id = Some(RunId::from(run_id));
            let payload = payload.map(|payload| renamed(payload, run_id.as_ref()));
            let (index, time) = (self.0.len() as u64, self.now());
            self.0.push(Entry { event: AuditEvent { index, time, run_id, ..event }, payload });
        }
        self
    }

    /// A run that was opened under `rules`, with its preflight accepted by its id.
    fn opened(rules: Rules) -> Self {
        let plan = plan();
        let plan_id = plan.header.plan_id.clone();
        let created = Kind::JournalCreated { plan_id, targets: 2, operations: 15, rules };
        let accepted = Kind::PreflightAccepted { preflight_id: "preflight-1".into() };
        Self::default().run(created, Some(Payload::Plan(plan))).run(accepted, None)
    }

    /// Both stops are completed.
    fn stopped(self) -> Self {
        self.claim(4, 1).report(4, 1, 0, ReceiptOutcome::Completed).claim(5, 1).report(
            5,
            1,
            1,
            ReceiptOutcome::Completed,
        )
    }
}

fn renamed(payload: Payload, run_id: Option<&RunId>) -> Payload {
    match (payload, run_id) {
        (Payload::Plan(mut plan), Some(run_id)) => {
            plan.header.run_id = run_id.clone();
            Payload::Plan(plan)
        }
        (payload, _) => payload,
    }
}

#[test]
fn a_second_run_cannot_have_stopped_what_the_first_one_holds() {
    let log =
        Log::opened(Rules::V2).stopped().followed_by(Log::opened(Rules::V2).claim(4, 1), "second");
    let Reason::Journal(JournalError::TargetHeld { run_id, canister_id, .. }) = log.refusal()
    else {
        panic!("{:?}", log.refusal());
    };
    assert_eq!((run_id, canister_id), ("run-1".into(), crate::fixtures::orders()));
}

#[test]
fn a_second_run_goes_on_when_the_first_one_lets_go() {
    // The first one starts what it stopped; or skips that; or an administrator settles it.
    let started = (6..10).fold(Log::opened(Rules::V2).stopped(), |log, sequence| {
        let outcome =
            if sequence == 8 { ReceiptOutcome::Skipped } else { ReceiptOutcome::Completed };
        log.claim(sequence, 1).report(sequence, 1, sequence - 4, outcome)
    });
    let settled = [users(), crate::fixtures::orders()].into_iter().fold(
        Log::opened(Rules::V2).stopped(),
        |log, canister_id| {
            log.run(Kind::StartSettled { canister_id, reason: "it runs".to_string() }, None)
        },
    );
    for first in [started, settled] {
        let replay = first.followed_by(Log::opened(Rules::V2).stopped(), "second").replay();
        let second = replay.run(&"second".into()).expect("it was opened");
        assert_eq!(second.starts_owed().len(), 2);
    }
}

#[test]
fn runs_of_the_first_rules_have_overlapped_and_still_replay() {
    let log =
        Log::opened(Rules::V1).stopped().followed_by(Log::opened(Rules::V1).stopped(), "second");
    assert_eq!(log.replay().runs().count(), 2);
}

#[test]
fn a_settled_start_is_not_owed_any_more() {
    let settled = Kind::StartSettled { canister_id: users(), reason: "it is gone".to_string() };
    let log = Log::opened(Rules::V2).stopped().run(settled.clone(), None);
    let replay = log.replay();
    let run = replay.run(&"run-1".into()).expect("it was opened");
    let owed: Vec<_> = run.starts_owed().into_iter().map(|start| start.canister_id).collect();
    assert_eq!(owed, [crate::fixtures::orders()]);
    assert_eq!(run.details().summary.outcome, None::<RunOutcome>);
    assert_eq!(
        log.run(settled, None).refusal(),
        Reason::Journal(JournalError::StartNotOwed { canister_id: users() })
    );
}
