//! Decisions that a random run meets too seldom.

use super::{
    dice::Dice,
    world::{SECOND, World, discovery},
};
use crate::{
    Sequence, Timestamp,
    execution::{
        CallNote, Execution, ExecutionPhase, LateStop, Look, Looked, MAX_CALLS, Step, TargetNote,
        Task, decide,
    },
    fixtures::{canister, root},
    fleet::{FleetPolicy, MemberFailure, TransferPolicy},
    journal::{JournalView, ReceiptOutcome, abort_run, accept_preflight_bundle},
};

pub(super) fn policy() -> FleetPolicy {
    FleetPolicy { transfer: TransferPolicy::Skip, ..FleetPolicy::default() }
}

pub(super) fn steps(world: &World) -> Vec<Step> {
    decide(world, &world.execution, world.now).steps
}

pub(super) fn wake_at(world: &World) -> Option<Timestamp> {
    decide(world, &world.execution, world.now).wake_at
}

pub(super) fn later(world: &World, seconds: u64) -> Timestamp {
    Timestamp(world.now.0 + seconds * SECOND)
}

/// A run of a root and so many members below it that is about to stop them.
pub(super) fn running(members: usize, policy: FleetPolicy) -> World {
    let mut world = World::new(&vec![0; members], policy, true, Dice::default());
    let accepted =
        world.journal.change(|it| accept_preflight_bundle(it, &"preflight-1".into(), world.now));
    accepted.expect("nothing is accepted yet");
    world.execution.phase = ExecutionPhase::Running;
    world
}

/// Makes what is decided until only tasks are begun.
pub(super) fn advance(world: &mut World) {
    loop {
        let steps = steps(world);
        let only_tasks = steps.iter().all(Step::begins_task);
        for step in steps {
            world.make(step);
        }
        if only_tasks {
            return;
        }
    }
}

#[test]
fn it_is_asked_once_in_a_preflight_which_canisters_the_fleet_has() {
    let most = FleetPolicy { max_parallel: 2, ..policy() };
    let mut world = World::new(&[0, 0], most, true, Dice::default());
    world.execution = world.execution.clone().with_discovery(Some(discovery()));
    let asks = |world: &World| steps(world).contains(&Step::Discover { discovery: discovery() });
    assert!(asks(&world) && steps(&world).len() == 2, "it counts as one of the calls");
    advance(&mut world);
    for position in 0..3 {
        assert!(!asks(&world));
        world.end(Task::Check(position));
        advance(&mut world);
    }
    assert_eq!((steps(&world), wake_at(&world)), (Vec::new(), None), "its end is waited for");
    world.end(Task::Discover);
    assert_eq!(steps(&world), [Step::Accept]);
    // Another preflight asks again, as soon as a call may be made.
    world.execution = world.execution.clone().with_new_preflight();
    world.execution.policy.max_parallel = 1;
    world.tasks.insert(Task::Check(0), false);
    assert_eq!(steps(&world), []);
    world.end(Task::Check(0));
    assert!(asks(&world));
}

#[test]
fn as_many_targets_are_checked_at_a_time_as_the_policy_says() {
    let most = FleetPolicy { max_parallel: 2, ..policy() };
    let mut world = World::new(&[0, 0, 0], most, true, Dice::default());
    let check = |position: u32, world: &World| Step::Check {
        position,
        target: world.target(position).expect("there is such a target"),
    };
    assert_eq!(steps(&world), [check(0, &world), check(1, &world)]);
    advance(&mut world);
    assert_eq!(steps(&world), []);

    // One that did not answer waits, and does not hold up the others.
    world.tasks.clear();
    let target = world.target(0).expect("the first");
    let at = later(&world, 7);
    world.targets.insert(target, TargetNote { not_before: Some(at), ..TargetNote::default() });
    assert_eq!(steps(&world), [check(1, &world), check(2, &world)]);
    assert_eq!(wake_at(&world), Some(at));
    world.now = at;
    assert_eq!(steps(&world), [check(0, &world), check(1, &world)]);

    // A check of an earlier preflight is none.
    let found = Looked::Ready { running: true, snapshots: Vec::new(), module_hash: None };
    for position in 0..4 {
        let target = world.target(position).expect("there is such a target");
        let look = Some(Look { round: 0, at, found: found.clone() });
        world.targets.insert(target, TargetNote { look, ..TargetNote::default() });
    }
    assert_eq!(steps(&world), [Step::Checked { before: 4 }]);
    world.execution.checked_before = 4;
    assert_eq!(steps(&world), [Step::Accept]);
    world.execution = world.execution.clone().with_new_preflight();
    assert_eq!(steps(&world), [check(0, &world), check(1, &world)]);
}

#[test]
fn nothing_is_begun_while_planned_paused_or_over() {
    let mut world = running(1, policy());
    assert_eq!(steps(&world).len(), 1);
    for phase in [ExecutionPhase::Planned, ExecutionPhase::Over] {
        world.execution.phase = phase;
        assert_eq!(steps(&world), []);
    }
    world.journal.change(|it| abort_run(it, "enough", world.now)).expect("it is not over");
    assert_eq!(steps(&world), [], "it is over");
    world.execution.phase = ExecutionPhase::Planned;
    assert_eq!(steps(&world), [Step::End], "nobody can start it any more");
}

#[test]
fn never_more_calls_than_the_network_allows() {
    let mut world = running(60, FleetPolicy { max_parallel: 1_000, ..policy() });
    advance(&mut world);
    // The root is stopped first.
    assert_eq!(world.tasks.len(), 1);
    world.tasks.clear();
    world.report(
        world.header().cursor.expect("the stop of the root"),
        ReceiptOutcome::Completed,
        None,
    );
    advance(&mut world);
    assert_eq!(world.tasks.len(), MAX_CALLS);
    assert_eq!(world.header().tally.pending as usize, MAX_CALLS);

    // The stops are not answered, and the starts are made all the same.
    world.journal.change(|it| abort_run(it, "enough", world.now)).expect("it is not over");
    advance(&mut world);
    assert_eq!(world.tasks.len(), 2 * MAX_CALLS);
}

#[test]
fn a_claim_that_was_refused_waits() {
    let mut world = running(1, policy());
    let at = later(&world, 30);
    world.execution.claim_not_before = Some(at);
    assert_eq!((steps(&world), wake_at(&world)), (Vec::new(), Some(at)));
    world.now = at;
    assert_eq!(steps(&world), [Step::Claim { limit: 40 }]);
}

#[test]
fn what_fails_for_good_ends_the_run_or_its_part_of_it() {
    for (failure, is_final) in [
        (MemberFailure::AbortRun, true),
        (MemberFailure::SkipMember, true),
        (MemberFailure::AbortRun, false),
    ] {
        let policy = FleetPolicy { on_member_failure: failure, max_attempts: 2, ..policy() };
        let mut world = running(0, policy);
        advance(&mut world);
        world.tasks.clear();
        let stop = world.header().cursor.expect("the stop of the root");
        let note = CallNote { is_final, not_before: Some(later(&world, 9)), ..CallNote::default() };
        world.calls.insert(stop, note);
        world.report(stop, ReceiptOutcome::Failed, Some("it was refused"));
        match (steps(&world).as_slice(), is_final, failure) {
            ([Step::Abort { reason }], true, MemberFailure::AbortRun) => {
                assert!(reason.contains("it was refused"), "{reason}");
                assert!(reason.contains(&root().to_text()), "{reason}");
            }
            ([Step::GiveUp { target, reason }], true, MemberFailure::SkipMember) => {
                assert_eq!(*target, root());
                assert!(reason.contains("it was refused"), "{reason}");
                advance(&mut world);
                assert_eq!(world.targets[&root()].given_up.as_ref(), Some(reason));
            }
            ([], false, _) => {
                assert_eq!(wake_at(&world), Some(later(&world, 9)));
                world.now = later(&world, 9);
                assert_eq!(steps(&world), [Step::Retry { sequence: stop }]);
                // The second attempt is the last.
                advance(&mut world);
                world.tasks.clear();
                world.report(stop, ReceiptOutcome::Failed, Some("again"));
                assert!(matches!(steps(&world)[..], [Step::Abort { .. }]));
            }
            (steps, ..) => panic!("{steps:?}"),
        }
    }
}

#[test]
fn after_an_abort_an_operation_without_a_call_is_skipped_and_another_looked_at() {
    let mut world = running(0, policy());
    advance(&mut world);
    world.tasks.clear();
    let stop = world.header().cursor.expect("the stop of the root");
    world.journal.change(|it| abort_run(it, "enough", world.now)).expect("it is not over");
    assert!(
        matches!(steps(&world)[..], [Step::Claim { limit: 50 }, Step::Skip { sequence, .. }] if sequence == stop)
    );
    let note = CallNote { calls: 1, ..CallNote::default() };
    world.calls.insert(stop, note);
    let look = Step::Perform { sequence: stop, look_only: true };
    assert_eq!(steps(&world)[1..], [look]);
    // A driver outside reports what it has claimed by itself.
    world.execution.starts_only = true;
    assert_eq!(steps(&world), [Step::Claim { limit: 50 }]);
    world.tasks.insert(Task::Perform(stop), true);
    world.execution.starts_only = false;
    assert_eq!(steps(&world), [Step::Claim { limit: 50 }]);
}

#[test]
fn a_target_that_may_be_stopped_late_is_looked_at_after_its_start() {
    let mut world = running(0, policy());
    let late = |world: &World, seconds| LateStop {
        until: later(world, 300),
        next_look: later(world, seconds),
    };
    let noted = late(&world, 10);
    world.late_stops.insert(canister(9), noted);
    world.execution.claim_not_before = Some(later(&world, 90));
    assert_eq!((steps(&world), wake_at(&world)), (Vec::new(), Some(noted.next_look)));
    world.now = noted.next_look;
    assert_eq!(steps(&world), [Step::Watch { target: canister(9) }]);
    world.tasks.insert(Task::Watch(canister(9)), false);
    assert_eq!(steps(&world), []);

    // One that is owed a start is started first.
    let mut world = running(0, policy());
    advance(&mut world);
    world.late_stops.insert(root(), late(&world, 0));
    assert_eq!(steps(&world), []);

    // The run is not over before.
    let mut world = running(0, policy());
    world.journal.change(|it| abort_run(it, "enough", world.now)).expect("it is not over");
    world.late_stops.insert(root(), late(&world, 5));
    assert_eq!(steps(&world), []);
    world.late_stops.clear();
    assert_eq!(steps(&world), [Step::End]);
}

#[test]
fn a_start_that_goes_wrong_holds_up_no_other() {
    // The start of the member comes before that of the root.
    let mut world = running(1, policy());
    let stops: Vec<Sequence> = (0..2)
        .map(|_| {
            advance(&mut world);
            world.tasks.clear();
            let stop = world.header().cursor.expect("a stop");
            world.report(stop, ReceiptOutcome::Completed, None);
            stop
        })
        .collect();
    assert_eq!(stops.len(), 2);
    world.journal.change(|it| abort_run(it, "enough", world.now)).expect("it is not over");
    advance(&mut world);
    let start = world.header().cursor.expect("the start of the member");
    world.tasks.clear();
    let soon = Some(later(&world, 60));
    for (errors, watches) in [(2, false), (3, true)] {
        let note = CallNote { errors, not_before: soon, ..CallNote::default() };
        world.calls.insert(start, note);
        let expected = if watches { vec![Step::Watch { target: root() }] } else { Vec::new() };
        assert_eq!(steps(&world), expected);
    }
    let note = TargetNote { not_before: Some(later(&world, 20)), ..TargetNote::default() };
    world.targets.insert(root(), note);
    assert_eq!((steps(&world), wake_at(&world)), (Vec::new(), Some(later(&world, 20))));
}

#[test]
fn a_run_that_waits_for_downloads_is_over_for_the_coordinator() {
    let awaiting = FleetPolicy { transfer: TransferPolicy::Await, ..policy() };
    let mut world = World::new(&[0], awaiting, true, Dice::default());
    world.play();
    assert_eq!(world.execution.phase, ExecutionPhase::Over);
    world.execution = Execution { phase: ExecutionPhase::Running, ..world.execution.clone() };
    assert_eq!(steps(&world), [Step::End]);
    world.execution.policy.transfer = TransferPolicy::Skip;
    assert!(matches!(steps(&world)[..], [Step::Claim { .. }]));
}
