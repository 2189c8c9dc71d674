use crate::world::{MANAGEMENT, World, assert_reject, order, owner, passed_reject, target};
use canister_sandbox::{CanisterStatus, Fault, FaultAction, RejectCode};
use std::time::Duration;

fn dropped() -> Fault {
    Fault { callee: None, method: None, sender: None, skip: 0, action: FaultAction::DropReply }
}

fn rejected() -> Fault {
    Fault {
        action: FaultAction::Reject {
            code: RejectCode::SysTransient,
            message: "no room".to_owned(),
        },
        ..dropped()
    }
}

#[test]
fn a_lost_reply_to_a_user_leaves_the_effects() {
    let mut world = World::new();
    let a = world.a;
    world.sandbox.inject(dropped());
    assert_reject(world.update(a, "add"), RejectCode::SysUnknown, "dropped");
    assert_eq!(world.counters(a).adds, 1);
    assert_eq!(world.update(a, "add"), Ok(vec![2, 0, 0, 0]), "a fault takes effect once");
}

#[test]
fn a_rejected_call_never_reaches_the_callee() {
    let mut world = World::new();
    let a = world.a;
    world.sandbox.inject(rejected());
    assert_reject(world.update(a, "add"), RejectCode::SysTransient, "no room");
    assert_eq!(world.counters(a).adds, 0);
}

#[test]
fn a_lost_reply_between_canisters_leaves_the_effects() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.sandbox.inject(Fault { callee: Some(b), method: Some("add".to_owned()), ..dropped() });
    let reply = world.relay(0, b, "add").expect("refused");
    assert_eq!(passed_reject(&reply).0, 6);
    assert_eq!(world.counters(b).adds, 1);
    assert_eq!(world.counters(a).rejects, 1);
}

#[test]
fn a_rejected_call_between_canisters_leaves_the_callee_untouched() {
    let mut world = World::new();
    let b = world.b;
    world.sandbox.inject(Fault { callee: Some(b), ..rejected() });
    let reply = world.relay(0, b, "add").expect("refused");
    assert_eq!(passed_reject(&reply), (2, "no room".to_owned()));
    assert_eq!(world.counters(b).adds, 0);
}

#[test]
fn a_fault_waits_for_its_call() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.sandbox.inject(Fault {
        callee: Some(b),
        method: Some("add".to_owned()),
        skip: 1,
        ..rejected()
    });
    world.update(a, "add").expect("another callee");
    world.update(b, "print").expect("another method");
    let arg = order(0, b, "add", &[]);
    let reply = world.sandbox.update(owner(), a, "fan", arg).expect("refused");
    assert_eq!(reply, [2, 0, 0, 0, 1, 0, 0, 0], "one of three is rejected");
    assert_eq!(world.counters(b).adds, 2);
}

#[test]
fn management_calls_have_faults_too() {
    let mut world = World::new();
    let b = world.b;
    let stop = order(0, MANAGEMENT, "stop_canister", &target(b));
    let fault =
        Fault { callee: Some(MANAGEMENT), method: Some("stop_canister".to_owned()), ..rejected() };
    world.sandbox.inject(fault.clone());
    let reply = world.sandbox.update(owner(), world.a, "call", stop.clone());
    assert_eq!(passed_reject(&reply.expect("refused")).0, 2);
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Running));

    world.sandbox.inject(Fault { action: FaultAction::DropReply, ..fault });
    let reply = world.sandbox.update(owner(), world.a, "call", stop);
    assert_eq!(passed_reject(&reply.expect("refused")).0, 6);
    assert_eq!(world.sandbox.status(b), Some(CanisterStatus::Stopped));
}

#[test]
fn any_call_of_a_chain_can_be_hit() {
    for (skip, adds, code) in [(0, 0, None), (1, 1, Some(6))] {
        let mut world = World::new();
        let (a, b) = (world.a, world.b);
        world.sandbox.inject(Fault { skip, ..dropped() });
        let reply = world.relay(0, b, "add");
        match code {
            // The chain continues although the user does not get its result.
            None => assert_reject(reply, RejectCode::SysUnknown, "dropped"),
            Some(code) => assert_eq!(reply.expect("refused")[0], code),
        }
        world.sandbox.run_until_idle();
        assert_eq!(world.counters(a).rejects, adds);
        assert_eq!(world.counters(b).adds, 1);
    }
}

#[test]
fn a_late_call_is_executed_after_its_caller_was_answered() {
    let mut world = World::new();
    let b = world.b;
    let (almost, rest) = (Duration::from_secs(89), Duration::from_secs(1));
    let action = FaultAction::Late { by: almost + rest };
    world.sandbox.inject(Fault { callee: Some(b), action, ..dropped() });
    let reply = world.relay(0, b, "add").expect("refused");
    assert_eq!(passed_reject(&reply).0, 6);
    assert_eq!(world.counters(b).adds, 0);
    world.sandbox.advance_time(almost);
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(b).adds, 0);
    world.sandbox.advance_time(rest);
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(b).adds, 1);
}

#[test]
fn a_callback_that_is_made_to_trap_leaves_nothing_behind() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let action = FaultAction::TrapCallback;
    world.sandbox.inject(Fault { callee: Some(b), action, ..dropped() });
    assert_reject(world.relay(0, b, "add"), RejectCode::CanisterError, "a fault was injected");
    assert_eq!(world.counters(b).adds, 1);
    assert_eq!((world.counters(a).replies, world.counters(a).rejects), (0, 0));
    assert!(world.counters(a).cleanups > 0, "the cleanup callback runs");
}
