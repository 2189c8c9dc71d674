//! What is stored of an execution: which calls it allows, and that it can be read again.

use super::world::SECOND;
use super::world::discovery;
use crate::{
    RunId, Timestamp,
    execution::{
        CallNote, Execution, ExecutionError, ExecutionPhase, LateStop, Look, Looked, Pause,
        Replaced, RestartDeadline, TargetNote,
    },
    fixtures::{canister, operator},
    fleet::FleetPolicy,
};
use minicbor::{Decode, Encode};

fn run() -> RunId {
    "run-1".into()
}

fn execution(start: bool) -> Execution {
    let now = Timestamp(5 * SECOND);
    Execution::new("shop".into(), FleetPolicy::default(), start, operator(), now)
}

fn pause(reason: &str) -> Pause {
    Pause { reason: reason.to_string(), since: Timestamp(7), by: operator() }
}

#[test]
fn an_execution_begins_once() {
    let planned = execution(false);
    assert_eq!((planned.phase, planned.is_active()), (ExecutionPhase::Planned, false));
    let started = planned.started(&run()).expect("it is planned");
    assert_eq!(started, execution(true));
    assert!(started.is_active());
    let again = Err(ExecutionError::AlreadyStarted { run_id: run() });
    for phase in [ExecutionPhase::Preflight, ExecutionPhase::Running, ExecutionPhase::Over] {
        let execution = Execution { phase, ..execution(true) };
        assert_eq!(execution.is_active(), phase != ExecutionPhase::Over);
        assert_eq!(execution.started(&run()), again);
    }
}

#[test]
fn an_active_execution_is_paused_and_resumed() {
    for phase in [ExecutionPhase::Preflight, ExecutionPhase::Running] {
        let active = Execution { phase, ..execution(true) };
        let unpaused = Err(ExecutionError::NotPaused { run_id: run() });
        assert_eq!(active.clone().resumed(&run()), unpaused);
        for blank in ["", " \n"] {
            assert_eq!(active.clone().paused(&run(), pause(blank)), Err(ExecutionError::NoReason));
        }
        let paused = active.clone().paused(&run(), pause("traffic")).expect("it is active");
        assert_eq!(paused, Execution { pause: Some(pause("traffic")), ..active.clone() });
        let again = Err(ExecutionError::Paused { since: Timestamp(7) });
        assert_eq!(paused.clone().paused(&run(), pause("more")), again);
        assert_eq!(paused.resumed(&run()), Ok(active));
    }
}

#[test]
fn what_the_coordinator_does_not_execute_is_not_paused() {
    let over = Execution { phase: ExecutionPhase::Over, ..execution(true) };
    let of_starts = Execution::of_starts("shop".into(), canister(200), Timestamp(9));
    assert!(of_starts.starts_only && of_starts.is_active());
    assert_eq!(of_starts.phase, ExecutionPhase::Running);
    let is_over = ExecutionError::Over { run_id: run() };
    let not_executed = ExecutionError::NotExecuted { run_id: run() };
    for (execution, error) in
        [(over, is_over), (execution(false), not_executed.clone()), (of_starts, not_executed)]
    {
        let paused = execution.clone().paused(&run(), pause("traffic"));
        assert_eq!(paused, Err(error.clone()));
        assert_eq!(execution.resumed(&run()), Err(error));
    }
}

#[test]
fn a_new_preflight_checks_all_targets_again() {
    let checked = Execution {
        phase: ExecutionPhase::Running,
        preflight_round: 4,
        checked_before: 12,
        ..execution(true)
    };
    let anew = checked.with_new_preflight();
    let expected = Execution { preflight_round: 5, checked_before: 0, ..execution(true) };
    assert_eq!(anew, expected);
}

fn again<T>(value: &T) -> T
where
    T: Encode<()> + for<'a> Decode<'a, ()>,
{
    let bytes = minicbor::to_vec(value).expect("it can be encoded");
    minicbor::decode(&bytes).expect("it can be decoded")
}

#[test]
fn what_is_stored_is_read_again() {
    let execution = Execution {
        pause: Some(pause("traffic")),
        starts_only: true,
        claim_not_before: Some(Timestamp(8)),
        problem: Some("held".to_string()),
        discovery: Some(discovery()),
        discovered_in: Some(2),
        ..execution(true)
    };
    assert_eq!(again(&execution), execution);
    let found = Looked::Ready {
        running: true,
        snapshots: vec![vec![1, 2].into()],
        module_hash: Some("aa".to_string()),
    };
    for found in [found, Looked::NotReady { reason: "no module".to_string() }] {
        let note = TargetNote {
            look: Some(Look { round: 1, at: Timestamp(2), found }),
            given_up: Some("refused".to_string()),
            errors: 3,
            not_before: Some(Timestamp(4)),
            restores: Some(vec![5].into()),
        };
        assert_eq!(again(&note), note);
    }
    let note = CallNote {
        calls: 1,
        gives_up_at: Some(Timestamp(2)),
        errors: 3,
        last_error: Some("busy".to_string()),
        not_before: Some(Timestamp(4)),
        is_final: true,
        taken: Some(vec![5].into()),
        version: Some(6),
        changes: Some(7),
        replaces: Some(Replaced { run_id: "run-1".into(), snapshot_id: vec![8].into() }),
        is_full: true,
    };
    assert_eq!(again(&note), note);
    let late = LateStop { until: Timestamp(1), next_look: Timestamp(2) };
    assert_eq!(again(&late), late);
    let deadline = RestartDeadline::new(60, operator()).expect("it is in range");
    let deadline = RestartDeadline { passed_at: Some(Timestamp(9)), ..deadline };
    assert_eq!(again(&deadline), deadline);
}

#[test]
fn a_look_belongs_to_its_preflight() {
    let look = |running| Look {
        round: 2,
        at: Timestamp(1),
        found: Looked::Ready { running, snapshots: Vec::new(), module_hash: None },
    };
    let note = TargetNote { look: Some(look(true)), ..TargetNote::default() };
    assert_eq!(note.look_of(2), Some(&look(true)));
    assert_eq!((note.look_of(1), note.look_of(3)), (None, None));
    assert!(!note.was_stopped() && !TargetNote::default().was_stopped());
    let stopped = TargetNote { look: Some(look(false)), ..TargetNote::default() };
    assert!(stopped.was_stopped());
    let found = Looked::NotReady { reason: "stopping".to_string() };
    let not_ready = TargetNote { look: Some(Look { found, ..look(true) }), ..stopped };
    assert!(!not_ready.was_stopped());
}
