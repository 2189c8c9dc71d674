use crate::world::{World, assert_reject, order, owner, passed_reject};
use candid::Principal;
use canister_sandbox::{RejectCode, StepKind};
use std::time::Duration;

#[test]
fn a_caller_awaits_the_reply() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    assert_eq!(world.relay(0, b, "add"), Ok(vec![1, 0, 0, 0]));
    assert_eq!(world.counters(a).replies, 1);
    assert_eq!(world.counters(b).adds, 1);
}

#[test]
fn a_call_can_be_watched_message_by_message() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(0, b, "add", &[]);
    world.sandbox.submit(owner(), a, "call", arg).expect("refused");
    let mut seen = Vec::new();
    while let Some(step) = world.sandbox.step() {
        seen.push((step.canister, step.kind, step.method));
    }
    let expected = [
        (a, StepKind::Call, "call".to_owned()),
        (b, StepKind::Call, "add".to_owned()),
        (a, StepKind::Reply, "call".to_owned()),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_canister_can_call_itself() {
    let mut world = World::new();
    let a = world.a;
    assert_eq!(world.relay(0, a, "add"), Ok(vec![2, 0, 0, 0]));
}

#[test]
fn the_caller_learns_why_a_call_was_rejected() {
    let mut world = World::new();
    let b = world.b;
    let nobody = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 9, 9, 1, 1]);
    let cases = [
        (b, "refuse", 4, "refused on purpose"),
        (b, "trap", 5, "trapped on purpose"),
        (b, "missing", 5, "no update method"),
        (nobody, "add", 3, "not found"),
    ];
    for (callee, method, code, part) in cases {
        let reply = world.relay(0, callee, method).expect("refused");
        let (seen, message) = passed_reject(&reply);
        assert_eq!(seen, code, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn several_calls_are_in_flight_at_once() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(0, b, "add", &[]);
    let id = world.sandbox.submit(owner(), a, "fan", arg).expect("refused");
    world.sandbox.step();
    assert_eq!(world.sandbox.pending(), 3);
    world.sandbox.run_until_idle();
    let answer = world.sandbox.response(id);
    assert_eq!(answer, Some(Ok(vec![3, 0, 0, 0, 0, 0, 0, 0])));
    assert_eq!(world.counters(b).adds, 3);
}

#[test]
fn a_trap_in_a_callback_undoes_the_callback_alone() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let trapped = world.relay(1, b, "add");
    assert_reject(trapped, RejectCode::CanisterError, "trapped on purpose");
    let counters = world.counters(a);
    // What was done before the await lasts, and so does what the cleanup does.
    assert_eq!((counters.adds, counters.cleanups), (1, 1));
    assert_eq!((counters.replies, counters.stable), (0, 0));
    assert_eq!(world.counters(b).adds, 1);
}

#[test]
fn a_trap_in_the_cleanup_undoes_the_cleanup_too() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let trapped = world.relay(2, b, "add");
    assert_reject(trapped, RejectCode::CanisterError, "trapped on purpose");
    let counters = world.counters(a);
    assert_eq!((counters.adds, counters.cleanups, counters.replies), (1, 0, 0));
    world.add(a);
}

#[test]
fn a_trap_takes_back_the_calls_that_were_made() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(5, b, "add", &[]);
    let before = world.sandbox.cycles(a);
    assert!(world.sandbox.update(owner(), a, "call_and_trap", arg).is_err());
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(b).adds, 0);
    assert_eq!(world.sandbox.cycles(a), before);
}

#[test]
fn a_one_way_call_arrives_and_its_answer_is_thrown_away() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    assert_eq!(world.relay(3, b, "add"), Ok(vec![]));
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(b).adds, 1);
    let counters = world.counters(a);
    assert_eq!((counters.replies, counters.rejects), (0, 0));
    assert!(world.sandbox.canister_log(a).is_empty());
}

#[test]
fn a_bounded_wait_ends_in_an_unknown_outcome() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    // `b` calls `a` in its turn, so that time can pass while it works.
    let arg = order(4, b, "call", &order(0, a, "add", &[]));
    let id = world.sandbox.submit(owner(), a, "call", arg).expect("refused");
    world.sandbox.step();
    world.sandbox.step();
    world.sandbox.advance_time(Duration::from_secs(6));
    world.sandbox.run_until_idle();
    let reply = world.sandbox.response(id).expect("an answer");
    let (code, message) = passed_reject(&reply.expect("refused"));
    assert_eq!(code, 6, "{message}");
    // The callee finished all the same, and its late answer had no effect.
    assert_eq!(world.counters(b).replies, 1);
    let counters = world.counters(a);
    assert_eq!((counters.adds, counters.replies, counters.rejects), (2, 0, 1));
}

#[test]
fn a_call_that_is_not_delivered_in_time_never_arrives() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(4, b, "add", &[]);
    let id = world.sandbox.submit(owner(), a, "call", arg).expect("refused");
    world.sandbox.step();
    world.sandbox.advance_time(Duration::from_secs(6));
    world.sandbox.run_until_idle();
    let reply = world.sandbox.response(id).expect("an answer");
    let (code, message) = passed_reject(&reply.expect("refused"));
    assert_eq!(code, 6, "{message}");
    assert_eq!(world.counters(b).adds, 0);
    assert_eq!(world.counters(a).rejects, 1);
}

#[test]
fn cycles_are_accepted_or_come_back() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.sandbox.set_cycles(a, 1_000);
    world.sandbox.set_cycles(b, 0);
    world.relay(5, b, "accept").expect("refused");
    assert_eq!((world.sandbox.cycles(a), world.sandbox.cycles(b)), (940, 60));
    world.relay(5, b, "add").expect("refused");
    assert_eq!((world.sandbox.cycles(a), world.sandbox.cycles(b)), (940, 60));
}

#[test]
fn an_argument_arrives_as_it_was_sent() {
    let mut world = World::new();
    let b = world.b;
    let arg = order(0, b, "echo", &[7; 100]);
    let reply = world.sandbox.update(owner(), world.a, "call", arg);
    assert_eq!(reply, Ok(vec![7; 100]));
}
