use crate::world::{World, owner};
use canister_sandbox::{CanisterStatus, StepKind};
use std::time::Duration;

#[test]
fn a_timer_fires_once_when_it_is_due() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "arm").expect("refused");
    world.sandbox.advance_time(Duration::from_millis(4_999));
    assert_eq!(world.sandbox.step(), None);
    world.sandbox.advance_time(Duration::from_millis(1));
    let step = world.sandbox.step().expect("a step");
    assert_eq!((step.canister, step.kind), (a, StepKind::Timer));
    world.sandbox.advance_time(Duration::from_mins(1));
    assert_eq!(world.sandbox.step(), None);
    assert_eq!(world.counters(a).timers, 1);
}

#[test]
fn time_moves_only_on_demand() {
    let mut world = World::new();
    let (a, time) = (world.a, world.sandbox.time_nanos());
    world.add(a);
    assert_eq!(world.sandbox.time_nanos(), time);
    world.sandbox.advance_time(Duration::from_secs(1));
    assert_eq!(world.sandbox.time_nanos(), time + 1_000_000_000);
}

#[test]
fn the_timer_of_a_stopped_canister_waits_until_it_is_started() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "arm").expect("refused");
    world.manage("stop_canister", a).expect("refused");
    assert_eq!(world.sandbox.status(a), Some(CanisterStatus::Stopped));
    world.sandbox.advance_time(Duration::from_secs(5));
    assert_eq!(world.sandbox.step(), None);
    world.manage("start_canister", a).expect("refused");
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(a).timers, 1);
}

#[test]
fn messages_before_the_timer_come_first() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "arm").expect("refused");
    world.sandbox.submit(owner(), a, "add", vec![]).expect("refused");
    world.sandbox.advance_time(Duration::from_secs(5));
    let kinds: Vec<_> = std::iter::from_fn(|| world.sandbox.step()).map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Call, StepKind::Timer]);
}
