use crate::world::{MANAGEMENT, World, assert_reject, order, owner, stranger, target};
use canister_sandbox::{CanisterStatus, MessageId, RejectCode};
use std::time::Duration;

/// `b` is stopping: its call of `a` is still open.
fn stopping() -> (World, MessageId, MessageId) {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(0, a, "add", &[]);
    let call = world.sandbox.submit(owner(), b, "call", arg).expect("refused");
    let stop = world.sandbox.submit(owner(), MANAGEMENT, "stop_canister", target(b));
    let stop = stop.expect("refused");
    world.sandbox.step();
    world.sandbox.step();
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopping));
    (world, call, stop)
}

#[test]
fn a_stopped_canister_takes_no_calls() {
    let mut world = World::new();
    let b = world.b;
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Running));
    world.manage("stop_canister", b).expect("refused");
    world.manage("stop_canister", b).expect("stopping twice is allowed");
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopped));
    assert_reject(world.update(b, "add"), RejectCode::CanisterError, "is stopped");
    let query = world.sandbox.query(owner(), b, "counters", vec![]);
    assert_reject(query, RejectCode::CanisterError, "is stopped");
    let reply = world.relay(0, b, "add").expect("refused");
    assert_eq!(reply[0], 5);
    world.manage("start_canister", b).expect("refused");
    world.add(b);
}

#[test]
fn a_stop_waits_for_open_calls() {
    let (mut world, call, stop) = stopping();
    let b = world.b;
    let refused = world.sandbox.submit(owner(), b, "add", vec![]);
    assert_reject(refused, RejectCode::CanisterError, "is stopping");
    assert_eq!(world.sandbox.response(stop), None);
    world.sandbox.run_until_idle();
    assert!(world.sandbox.response(call).expect("an answer").is_ok());
    assert!(world.sandbox.response(stop).expect("an answer").is_ok());
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopped));
}

#[test]
fn a_start_cancels_a_stop() {
    let (mut world, call, stop) = stopping();
    let b = world.b;
    world.manage("start_canister", b).expect("refused");
    let answer = world.sandbox.response(stop).expect("an answer");
    assert_reject(answer, RejectCode::CanisterError, "cancelled");
    world.sandbox.run_until_idle();
    assert!(world.sandbox.response(call).expect("an answer").is_ok());
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Running));
}

#[test]
fn the_network_waits_five_minutes_for_a_stop_that_may_come_later() {
    let (mut world, _, stop) = stopping();
    let b = world.b;
    world.sandbox.advance_time(Duration::from_mins(5));
    world.sandbox.step();
    let answer = world.sandbox.response(stop).expect("an answer");
    assert_reject(answer, RejectCode::SysTransient, "timed out");
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopping));
    world.sandbox.run_until_idle();
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopped));
}

#[test]
fn a_canister_can_stop_another_that_it_controls() {
    let mut world = World::new();
    let b = world.b;
    let arg = order(0, MANAGEMENT, "stop_canister", &target(b));
    let reply = world.sandbox.update(owner(), world.a, "call", arg);
    assert_eq!(reply, Ok(b"DIDL\0\0".to_vec()));
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopped));
}

#[test]
fn a_canister_that_stops_itself_waits_for_ever() {
    let mut world = World::new();
    let a = world.a;
    world.sandbox.set_controllers(a, &[owner(), a]);
    let arg = order(0, MANAGEMENT, "stop_canister", &target(a));
    let reply = world.sandbox.update(owner(), a, "call", arg);
    assert_reject(reply, RejectCode::SysUnknown, "until time is advanced");
    assert_eq!(world.sandbox.status(a), Some(CanisterStatus::Stopping));
}

#[test]
fn only_a_controller_stops_and_starts() {
    let mut world = World::new();
    let a = world.a;
    for method in ["stop_canister", "start_canister", "canister_status", "delete_canister"] {
        let refused = world.sandbox.update(stranger(), MANAGEMENT, method, target(a));
        assert_reject(refused, RejectCode::CanisterError, method);
    }
    // `b` does not control `a` either.
    let arg = order(0, MANAGEMENT, "stop_canister", &target(a));
    let reply = world.sandbox.update(owner(), world.b, "call", arg).expect("refused");
    assert_eq!(reply[0], 5);
    assert_eq!(world.sandbox.status(a), Some(CanisterStatus::Running));
}

#[test]
fn a_canister_is_deleted_only_when_stopped() {
    let mut world = World::new();
    let b = world.b;
    let running = world.manage("delete_canister", b);
    assert_reject(running, RejectCode::CanisterError, "must be stopped");
    world.manage("stop_canister", b).expect("refused");
    world.manage("delete_canister", b).expect("refused");
    assert_eq!(world.sandbox.status(b), None);
    assert_reject(world.update(b, "add"), RejectCode::DestinationInvalid, "not found");
}
