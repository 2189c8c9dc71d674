//! Whatever the network answers and whoever meddles, a run comes to its end, and what it stopped runs again.

use super::{
    dice::Dice,
    world::{World, discovery},
};
use crate::{
    execution::ExecutionPhase,
    fleet::{FleetPolicy, MemberFailure, TransferPolicy},
    journal::{JournalView, RunState},
};
use proptest::{collection::vec, prelude::*};

fn policy() -> impl Strategy<Value = FleetPolicy> {
    let failure = prop_oneof![Just(MemberFailure::AbortRun), Just(MemberFailure::SkipMember)];
    let transfer = prop_oneof![Just(TransferPolicy::Await), Just(TransferPolicy::Skip)];
    (1..6_u32, 1..5_u32, 60..2_000_u64, failure, transfer).prop_map(
        |(max_parallel, max_attempts, restart_within_seconds, on_member_failure, transfer)| {
            FleetPolicy {
                max_parallel,
                max_attempts,
                restart_within_seconds,
                on_member_failure,
                transfer,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_comes_to_its_end(
        parents in vec(any::<u8>(), 0..12),
        policy in policy(),
        start in any::<bool>(),
        dice in vec(any::<u8>(), 0..600),
    ) {
        let mut world = World::new(&parents, policy, start, Dice::new(dice));
        for position in 0..world.header().targets {
            if world.dice.hits(8) {
                let target = world.target(position).expect("there is such a target");
                world.stopped.insert(target);
                world.idle.insert(target);
            }
        }
        world.execution.discovery = world.dice.hits(2).then(discovery);
        world.play();
    }

    /// A driver outside begins a run and dies. The coordinator starts what it has stopped.
    #[test]
    fn what_a_dead_driver_has_stopped_is_started(
        parents in vec(any::<u8>(), 0..12),
        dice in vec(any::<u8>(), 0..400),
    ) {
        let mut world = World::new(&parents, FleetPolicy::default(), true, Dice::new(dice));
        world.execution.phase = ExecutionPhase::Over;
        world.drive_and_die();
        if world.header().downtimes.is_some() {
            world.pass_to(crate::Timestamp(world.now.0 + 1_800 * super::world::SECOND));
            // Otherwise all that it has stopped was started.
            prop_assert_eq!(world.execution.starts_only, world.deadline.is_some());
        }
        if world.execution.starts_only {
            world.play();
            prop_assert_eq!(world.header().state(), RunState::Aborted);
        }
    }
}

#[test]
fn a_run_without_trouble_completes() {
    for (transfer, state) in
        [(TransferPolicy::Skip, RunState::Completed), (TransferPolicy::Await, RunState::InProgress)]
    {
        let policy = FleetPolicy { transfer, ..FleetPolicy::default() };
        let mut world = World::new(&[0, 0, 1, 2, 3, 3], policy, true, Dice::default());
        world.play();
        assert_eq!(world.header().state(), state);
        assert_eq!(world.header().snapshot_targets, 7);
    }
}
