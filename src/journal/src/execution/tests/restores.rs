//! Restores that the coordinator makes.

use super::{
    dice::Dice,
    world::{SECOND, World, coordinator, fleet_of, members},
};
use crate::{
    Sequence, Timestamp,
    execution::{
        BackupSelection, CallNote, Decision, ExecutionPhase, LateStop, Notes, RestoreRequest, Step,
        Task, decide, plan_input, restore_plan,
    },
    fixtures::canister,
    fleet::{FleetPolicy, MemberFailure, TransferPolicy},
    journal::{
        JournalError, JournalView, OperationState, ReceiptOutcome, RunOutcome, RunState, abort_run,
        settle_start,
    },
    plan::{
        BackupOperationKind as Kind, BackupPlan, PlanError, PlanHeader, Saved, build_backup_plan,
    },
    registry::RegistryEntry,
};
use candid::Principal;
use proptest::{collection::vec, prelude::*};

fn backup(members: Vec<RegistryEntry>) -> BackupPlan {
    let selection = BackupSelection::WholeFleet;
    let fleet = fleet_of(&members);
    let input = plan_input(&fleet, members, selection, "backup".into(), coordinator());
    build_backup_plan(input.expect("the root is a member")).expect("it is valid")
}

/// The backup has a snapshot of every member.
fn saved() -> impl Fn(&Principal) -> Option<Saved> {
    |_| Some(Saved { snapshot_id: "0001".to_string(), checksum: None, on_network: true })
}

/// A restore of a whole fleet, executed with this policy.
fn restoring(parents: &[u8], policy: FleetPolicy, dice: Dice) -> World {
    let members = members(parents);
    let BackupPlan { header, targets, .. } = backup(members.clone());
    let names = ("run-1".into(), coordinator());
    let plan = restore_plan(&header, &targets, saved(), None, &members, names);
    let plan = plan.and_then(BackupPlan::validate).expect("it is valid");
    let request = RestoreRequest { policy: Some(policy), ..RestoreRequest::default() };
    World::of(plan, &fleet_of(&members), request.policy(FleetPolicy::default()), true, dice)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the network answers and whoever meddles: when the run is over, all targets have the same state.
    #[test]
    fn a_fleet_is_restored_as_a_whole_or_not_at_all(
        parents in vec(any::<u8>(), 0..12),
        max_parallel in 1..6_u32,
        max_attempts in 1..5_u32,
        restart_within_seconds in 60..2_000_u64,
        dice in vec(any::<u8>(), 0..600),
    ) {
        let policy =
            FleetPolicy { max_parallel, max_attempts, restart_within_seconds, ..FleetPolicy::default() };
        let mut world = restoring(&parents, policy, Dice::new(dice));
        world.play();
        let outcome = world.header().outcome().expect("it is over");
        let targets = world.header().targets as usize;
        let restored = match outcome {
            RunOutcome::Restored | RunOutcome::Partial => targets,
            RunOutcome::Nothing | RunOutcome::RolledBack => 0,
            other => panic!("a restore is never {other:?}"),
        };
        prop_assert_eq!(world.restored.len(), restored, "{:?}", outcome);
    }
}

#[test]
fn a_restore_without_trouble_restores_every_member() {
    let mut world = restoring(&[0, 0, 1, 2, 3, 3], FleetPolicy::default(), Dice::default());
    world.play();
    assert_eq!(world.header().state(), RunState::Completed);
    assert_eq!(world.header().outcome(), Some(RunOutcome::Restored));
    assert_eq!(world.restored.len(), 7);
}

fn steps(world: &World) -> Vec<Step> {
    decide(world, &world.execution, world.now).steps
}

/// Makes what is decided, and lets every task succeed at once, until an operation of this kind is claimed.
fn play_until(world: &mut World, kind: Kind) -> Vec<Sequence> {
    loop {
        let Decision { steps, .. } = decide(world, &world.execution, world.now);
        for step in steps {
            world.make(step);
        }
        let operations = world.journal.operations().into_iter();
        let claimed =
            operations.filter(|it| it.kind == kind && it.state == OperationState::Pending);
        let claimed: Vec<Sequence> = claimed.map(|it| it.sequence).collect();
        if !claimed.is_empty() {
            return claimed;
        }
        let tasks: Vec<Task> = world.tasks.keys().copied().collect();
        for task in tasks {
            world.end(task);
        }
        world.now.0 += SECOND;
    }
}

/// The load with this number is refused for good.
fn refuse(world: &mut World, load: Sequence) {
    world.tasks.remove(&Task::Perform(load));
    world.calls.insert(load, CallNote { is_final: true, ..CallNote::default() });
    world.report(load, ReceiptOutcome::Failed, Some("it was refused"));
}

#[test]
fn a_load_that_fails_for_good_rolls_the_run_back_when_the_other_loads_are_over() {
    for on_member_failure in [MemberFailure::AbortRun, MemberFailure::SkipMember] {
        let policy = FleetPolicy { max_parallel: 2, on_member_failure, ..FleetPolicy::default() };
        let mut world = restoring(&[0, 0], policy, Dice::default());
        let loads = play_until(&mut world, Kind::LoadSnapshot);
        let &[first, second] = loads.as_slice() else { panic!("{loads:?}") };
        assert_eq!(world.header().state(), RunState::Contained);
        assert!(matches!(
            world.journal.change(|it| abort_run(it, "enough", world.now)),
            Err(JournalError::Contained { loaded: 0, loads: 3 })
        ));
        refuse(&mut world, first);
        // The other is claimed and may still be done, so it is finished; the third is not begun.
        let finished = Step::Perform { sequence: second, look_only: false };
        assert_eq!(steps(&world), std::slice::from_ref(&finished));
        world.make(finished);
        assert_eq!(steps(&world), []);
        world.tasks.clear();
        world.restored.insert(world.target_of(second));
        world.report(second, ReceiptOutcome::Completed, None);
        let [Step::RollBack { reason }] = &steps(&world)[..] else { panic!("{:?}", steps(&world)) };
        assert!(reason.contains("it was refused"), "{reason}");
        assert!(reason.contains(&world.target_of(first).to_text()), "{reason}");
        let roll_backs = play_until(&mut world, Kind::RollBack);
        assert_eq!(roll_backs.len(), 2, "the third was never loaded");
        assert_eq!(world.header().state(), RunState::Contained);
        world.play();
        assert_eq!(world.header().outcome(), Some(RunOutcome::RolledBack));
        assert_eq!(world.restored.len(), 0);
    }
}

#[test]
fn nothing_is_started_while_a_roll_back_goes_wrong() {
    let mut world = restoring(&[0, 0], FleetPolicy::default(), Dice::default());
    let loads = play_until(&mut world, Kind::LoadSnapshot);
    for load in &loads[1..] {
        world.report(*load, ReceiptOutcome::Completed, None);
    }
    refuse(&mut world, loads[0]);
    world.tasks.clear();
    let roll_backs = play_until(&mut world, Kind::RollBack);
    world.tasks.clear();
    let not_before = Some(Timestamp(world.now.0 + 60 * SECOND));
    for sequence in &roll_backs {
        let note = CallNote { calls: 9, errors: 9, not_before, ..CallNote::default() };
        world.calls.insert(*sequence, note);
    }
    let decision = decide(&world, &world.execution, world.now);
    assert_eq!(decision, Decision { steps: Vec::new(), wake_at: not_before });
    assert!(world.call_note(roll_backs[0]).errors > crate::execution::MANY_ERRORS);
}

#[test]
fn what_a_late_stop_may_stop_is_not_started_while_the_fleet_is_contained() {
    let mut world = restoring(&[0, 0], FleetPolicy::default(), Dice::default());
    let loads = play_until(&mut world, Kind::LoadSnapshot);
    let target = world.target_of(loads[0]);
    let (until, next_look) = (Timestamp(world.now.0 + 600 * SECOND), world.now);
    world.late_stops.insert(target, LateStop { until, next_look });
    let now = world.now;
    world
        .journal
        .change(|it| settle_start(it, target, "it was seen to run", now))
        .expect("a start is owed");
    let watches = |world: &World| steps(world).contains(&Step::Watch { target });
    assert!(!watches(&world));
    for load in loads {
        world.tasks.remove(&Task::Perform(load));
        world.report(load, ReceiptOutcome::Completed, None);
    }
    assert!(watches(&world), "the fleet is contained no more");
}

#[test]
fn before_the_first_load_a_restore_is_aborted() {
    let mut world = restoring(&[0, 0], FleetPolicy::default(), Dice::default());
    let snapshots = play_until(&mut world, Kind::CreateSnapshot);
    refuse(&mut world, snapshots[0]);
    assert!(matches!(steps(&world).last(), Some(Step::Abort { .. })));
    world.play();
    assert_eq!(world.header().state(), RunState::Aborted);
    assert_eq!(world.header().outcome(), Some(RunOutcome::Nothing));
    assert_eq!(world.restored.len(), 0);
}

#[test]
fn what_was_restored_is_written_down_without_a_call() {
    let mut world = restoring(&[], FleetPolicy::default(), Dice::default());
    let verifications = play_until(&mut world, Kind::VerifyMember);
    world.tasks.clear();
    world.report(verifications[0], ReceiptOutcome::Completed, None);
    assert!(matches!(steps(&world)[..], [Step::Claim { .. }]));
    world.make(Step::Claim { limit: 1 });
    let finalize = world.header().cursor.expect("it is not over");
    assert_eq!(steps(&world), [Step::Finish { sequence: finalize }]);
    world.play();
    assert_eq!(world.execution.phase, ExecutionPhase::Over);
    assert_eq!(world.header().outcome(), Some(RunOutcome::Restored));
}

#[test]
fn a_restore_waits_for_nobody_and_does_without_nobody() {
    let of_fleet = FleetPolicy {
        on_member_failure: MemberFailure::SkipMember,
        transfer: TransferPolicy::Await,
        max_parallel: 3,
        ..FleetPolicy::default()
    };
    let policy = RestoreRequest::default().policy(of_fleet);
    assert_eq!(policy.on_member_failure, MemberFailure::AbortRun);
    assert_eq!((policy.transfer, policy.max_parallel), (TransferPolicy::Skip, 3));
    let own = FleetPolicy { max_parallel: 7, ..of_fleet };
    let request = RestoreRequest { policy: Some(own), ..RestoreRequest::default() };
    assert_eq!(request.policy(of_fleet).max_parallel, 7);
}

#[test]
fn only_members_of_the_fleet_are_restored() {
    let all = members(&[0, 0]);
    let BackupPlan { header, targets, .. } = backup(all.clone());
    let plan = |header: &PlanHeader, only: Option<Vec<Principal>>, now: &[RegistryEntry]| {
        let names = ("run-1".into(), coordinator());
        restore_plan(header, &targets, saved(), only, now, names)
    };
    let part = plan(&header, Some(vec![canister(1)]), &all).expect("it is a member");
    assert_eq!(part.targets.len(), 1);
    // A canister that has left the fleet since the backup.
    let refused = plan(&header, None, &all[..2]);
    assert_eq!(refused, Err(PlanError::CanisterNotInRegistry { canister_id: canister(2) }));
    let part = plan(&header, Some(vec![canister(1)]), &all[..2]).expect("it is a member");
    assert_ne!(part.header.topology_hash_before_quiesce, header.topology_hash_before_quiesce);
}
