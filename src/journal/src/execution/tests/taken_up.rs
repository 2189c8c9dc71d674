//! What is taken up again after an upgrade or an error, and what a step begins.

use super::{
    decisions::{advance, later, policy, running, steps, wake_at},
    world::{World, discovery},
};
use crate::{
    Sequence, Timestamp,
    execution::{CallNote, Step, Task},
    fixtures::root,
    fleet::FleetPolicy,
    journal::{JournalView, ReceiptOutcome, abort_run},
};

/// After an upgrade no task is under way any more, and all that was claimed is taken up again.
#[test]
fn what_was_claimed_is_taken_up_again_a_few_at_a_time() {
    let mut world = running(6, FleetPolicy { max_parallel: 6, ..policy() });
    advance(&mut world);
    world.tasks.clear();
    let stop = world.header().cursor.expect("the stop of the root");
    world.report(stop, ReceiptOutcome::Completed, None);
    advance(&mut world);
    assert_eq!(world.header().tally.pending, 6);
    let claimed: Vec<Sequence> = (1..=6).map(|number| Sequence(stop.0 + number)).collect();
    let performed = |world: &World, look_only| {
        let steps = steps(world);
        let of = |step: &Step| match step {
            Step::Perform { sequence, look_only: only } if *only == look_only => Some(*sequence),
            _ => None,
        };
        steps.iter().filter_map(of).collect::<Vec<_>>()
    };

    world.tasks.clear();
    world.execution.policy.max_parallel = 2;
    assert_eq!(performed(&world, false), claimed[..2]);
    world.tasks.insert(Task::Perform(claimed[0]), false);
    assert_eq!(performed(&world, false), claimed[1..2]);
    // One that waits leaves its place to another.
    let at = later(&world, 9);
    world.calls.insert(claimed[1], CallNote { not_before: Some(at), ..CallNote::default() });
    assert_eq!((performed(&world, false), wake_at(&world)), (vec![claimed[2]], Some(at)));

    // After an abort those of which a call was made are looked at, as many at a time.
    world.tasks.clear();
    for sequence in &claimed {
        world.calls.insert(*sequence, CallNote { calls: 1, ..CallNote::default() });
    }
    world.journal.change(|it| abort_run(it, "enough", world.now)).expect("it is not over");
    assert_eq!(performed(&world, true), claimed[..2]);
    let waits = CallNote { calls: 1, not_before: Some(at), ..CallNote::default() };
    world.calls.insert(claimed[0], waits);
    assert_eq!(performed(&world, true), claimed[1..3]);
}

#[test]
fn each_error_in_a_row_waits_as_long_as_its_number_says() {
    let mut note = CallNote::default();
    for errors in 1..=3 {
        note.went_wrong(Timestamp(100), |errors| u64::from(errors) * 7);
        let expected = (errors, Some(Timestamp(100 + u64::from(errors) * 7)));
        assert_eq!((note.errors, note.not_before), expected);
    }
}

#[test]
fn only_steps_that_leave_the_journal_as_it_is_begin_a_task() {
    let (sequence, target) = (Sequence(4), root());
    for step in [
        Step::Check { position: 0, target },
        Step::Discover { discovery: discovery() },
        Step::Perform { sequence, look_only: false },
        Step::Watch { target },
    ] {
        assert!(step.begins_task(), "{step:?}");
    }
    for step in [Step::Claim { limit: 1 }, Step::Retry { sequence }, Step::Accept, Step::End] {
        assert!(!step.begins_task(), "{step:?}");
    }
}
