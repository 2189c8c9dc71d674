//! Executions by the coordinator in a log: each entry where it belongs, and refused elsewhere.

use super::{Log, Reason};
use crate::{
    FleetName, RunId, Timestamp,
    api::AuditEventKind as Kind,
    block::Payload,
    execution::ExecutionError,
    fixtures::seconds,
    fleet::{FleetError, FleetPolicy},
};

fn run() -> RunId {
    "run-1".into()
}

impl Log {
    fn started_as(self, fleet: &str, policy: FleetPolicy) -> Self {
        self.run(Kind::ExecutionStarted { fleet: FleetName::from(fleet), policy }, None)
    }

    fn started(self) -> Self {
        self.started_as("demo", FleetPolicy::default())
    }

    fn paused(self) -> Self {
        self.run(Kind::ExecutionPaused { reason: "traffic".to_string() }, None)
    }

    fn resumed(self) -> Self {
        self.run(Kind::ExecutionResumed, None)
    }

    fn deadline(self, seconds: u64) -> Self {
        self.run(Kind::RestartDeadlineSet { seconds }, None)
    }

    /// When the targets of the run must run again.
    fn must_run_at(&self) -> Option<Timestamp> {
        self.replay().run(&run()).expect("there is such a run").restart_deadline()
    }
}

/// A run that is over.
fn over() -> Log {
    Log::created().abort()
}

fn not_executed() -> Reason {
    ExecutionError::NotExecuted { run_id: run() }.into()
}

#[test]
fn an_execution_is_started_paused_and_resumed() {
    let log = Log::created().started().paused().resumed().paused();
    log.replay();
    let since = log.0.last().expect("a pause").event.time;
    assert_eq!(log.clone().paused().refusal(), ExecutionError::Paused { since }.into());
    let again = log.clone().started().refusal();
    assert_eq!(again, ExecutionError::AlreadyStarted { run_id: run() }.into());
    let resumed = log.resumed();
    let not_paused = ExecutionError::NotPaused { run_id: run() };
    assert_eq!(resumed.resumed().refusal(), not_paused.into());
}

#[test]
fn entries_of_an_execution_need_one() {
    assert_eq!(Log::created().paused().refusal(), not_executed());
    assert_eq!(Log::created().resumed().refusal(), not_executed());
    for log in [Log::default().started(), Log::default().deadline(60), Log::default().paused()] {
        assert_eq!(log.refusal(), Reason::RunNotFound);
    }
    let blank = Log::created().started().run(Kind::ExecutionPaused { reason: " ".into() }, None);
    assert_eq!(blank.refusal(), ExecutionError::NoReason.into());
    let of_no_run = Log::default().coordinator(Kind::ExecutionResumed, None).refusal();
    assert_eq!(of_no_run, Reason::RunMissing);
}

#[test]
fn an_execution_is_of_the_fleet_of_its_run() {
    let other = Log::created().started_as("other", FleetPolicy::default()).refusal();
    assert!(matches!(&other, Reason::Outcome { field: "fleet", .. }), "{other}");
    let policy = FleetPolicy { max_parallel: 0, ..FleetPolicy::default() };
    let refused = Log::created().started_as("demo", policy).refusal();
    assert!(matches!(refused, Reason::Fleet(FleetError::PolicyOutOfRange { .. })), "{refused}");
    let payload = Some(Payload::Roles(Vec::new()));
    let refused = Log::created().started().run(Kind::ExecutionResumed, payload).refusal();
    assert!(matches!(refused, Reason::Payload { .. }), "{refused}");
}

#[test]
fn a_deadline_begins_with_the_first_stop_and_can_be_replaced() {
    let log = Log::accepted().started();
    assert_eq!(log.must_run_at(), None, "nothing is stopped");
    let claimed = log.claim(4, 1);
    let at = claimed.0.last().expect("a claim").event.time;
    let after = |nanos: u64| Some(Timestamp(at.0 + nanos));
    let standard = FleetPolicy::default().restart_within_seconds;
    assert_eq!(claimed.must_run_at(), after(seconds(standard).0));
    assert_eq!(claimed.clone().deadline(60).must_run_at(), after(seconds(60).0));
    let refused = claimed.deadline(59).refusal();
    let (minimum, maximum) = (60, 86_400);
    let out = ExecutionError::DeadlineOutOfRange { seconds: 59, minimum, maximum };
    assert_eq!(refused, out.into());

    // Without an execution as well.
    let log = Log::accepted().claim(4, 1);
    assert_eq!(log.must_run_at(), None);
    assert!(log.deadline(600).must_run_at().is_some());
}

#[test]
fn a_run_that_is_over_is_neither_executed_nor_given_a_deadline() {
    let nothing = Reason::from(ExecutionError::NothingToStart { run_id: run() });
    assert_eq!(over().started().refusal(), nothing);
    assert_eq!(over().deadline(60).refusal(), nothing);
    // One that owes a start is not over.
    let aborted = Log::accepted().claim(4, 1).abort();
    aborted.deadline(60).replay();
}
