use crate::world::{Counters, World, assert_reject, owner, wasm};
use canister_sandbox::{Outcome, RejectCode, Sandbox, StepKind};

#[test]
fn an_update_lasts() {
    let mut world = World::new();
    let a = world.a;
    assert_eq!(world.update(a, "add"), Ok(vec![1, 0, 0, 0]));
    assert_eq!(world.update(a, "add"), Ok(vec![2, 0, 0, 0]));
    let counters = world.counters(a);
    assert_eq!((counters.adds, counters.stable), (2, 2));
}

#[test]
fn a_query_changes_nothing() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    world.update(a, "lower").expect("refused");
    let before = world.counters(a);
    for (method, stable) in [("spend_in_query", 1), ("add_in_query", 2), ("spend_in_query", 1)] {
        let reply = world.sandbox.query(owner(), a, method, vec![]);
        let seen = Counters::decode(&reply.expect("a query is refused"));
        assert_eq!((seen.adds, seen.stable, seen.stack_pointer), (2, stable, 1));
    }
    assert_eq!(world.counters(a), before);
    assert_eq!(world.heap_pages(a), 4_u32);
}

#[test]
fn a_query_method_can_be_called_as_an_update_and_still_changes_nothing() {
    let mut world = World::new();
    let a = world.a;
    let reply = world.update(a, "add_in_query").expect("refused");
    assert_eq!(Counters::decode(&reply).adds, 1);
    assert_eq!(world.counters(a).adds, 0);
}

#[test]
fn a_trap_undoes_heap_and_stable_memory() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    let before = world.counters(a);
    let size = world.sandbox.stable_memory(a).len();
    let trapped = world.update(a, "trap");
    assert_reject(trapped, RejectCode::CanisterError, "trapped on purpose");
    assert_eq!(world.counters(a), before);
    assert_eq!(world.sandbox.stable_memory(a).len(), size);
    assert_eq!(world.heap_pages(a), 4_u32);
    world.add(a);
    assert_eq!(world.counters(a).stable, 2);
}

#[test]
fn many_traps_in_a_row_keep_working() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "lower").expect("refused");
    for _ in 0..200 {
        let trapped = world.update(a, "trap");
        assert_reject(trapped, RejectCode::CanisterError, "trapped on purpose");
    }
    assert_eq!(world.counters(a).stack_pointer, 4000);
    world.add(a);
}

#[test]
fn each_way_to_end_has_its_reject_code() {
    let mut world = World::new();
    let a = world.a;
    let refused = world.update(a, "refuse");
    assert_reject(refused, RejectCode::CanisterReject, "refused on purpose");
    let unreachable = world.update(a, "unreachable");
    assert_reject(unreachable, RejectCode::CanisterError, "unreachable");
    let silent = world.update(a, "silent");
    assert_reject(silent, RejectCode::CanisterError, "did not reply");
    let missing = world.update(a, "missing");
    assert_reject(missing, RejectCode::CanisterError, "no update method 'missing'");
    let missing = world.sandbox.query(owner(), a, "missing", vec![]);
    assert_reject(missing, RejectCode::CanisterError, "no query method 'missing'");
    // What was done before the reject, or without a reply, lasts.
    assert_eq!(world.counters(a).adds, 2);
}

#[test]
fn a_step_is_one_message() {
    let mut world = World::new();
    let a = world.a;
    let first = world.sandbox.submit(owner(), a, "add", vec![]).expect("refused");
    let second = world.sandbox.submit(owner(), a, "trap", vec![]).expect("refused");
    assert_eq!(world.sandbox.pending(), 2);
    let step = world.sandbox.step().expect("a step");
    assert_eq!((step.canister, step.kind, step.method.as_str()), (a, StepKind::Call, "add"));
    assert_eq!(step.outcome, Outcome::Completed);
    assert_eq!(step.cost, world.sandbox.last_cost());
    assert_eq!(world.sandbox.response(first), Some(Ok(vec![1, 0, 0, 0])));
    assert_eq!(world.sandbox.response(second), None);
    let step = world.sandbox.step().expect("a step");
    assert!(matches!(step.outcome, Outcome::Trapped(why) if why.contains("on purpose")));
    assert!(world.sandbox.response(second).expect("an answer").is_err());
    assert_eq!(world.sandbox.step(), None);
}

#[test]
fn sizes_are_limited() {
    let mut world = World::new();
    let a = world.a;
    let reply = world.sandbox.query(owner(), a, "large", vec![]);
    assert_eq!(reply.expect("3 MiB are allowed in a query").len(), 17 * 131_072);
    assert_reject(world.update(a, "large"), RejectCode::CanisterError, "larger than 2097152");
    let most = world.sandbox.submit(owner(), a, "add", vec![0; 2 * 1024 * 1024]);
    assert!(most.is_ok());
    let more = world.sandbox.submit(owner(), a, "add", vec![0; 2 * 1024 * 1024 + 1]);
    assert_reject(more, RejectCode::SysFatal, "ingress");
}

#[test]
fn cost_counts_pages_and_bytes_of_stable_memory() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    let cost = world.sandbox.last_cost();
    assert_eq!((cost.stable_pages_read, cost.stable_pages_written), (1, 1));
    assert_eq!((cost.stable_bytes_read, cost.stable_bytes_written), (4, 4));
    assert!(cost.instructions > 0);
    world.add(a);
    assert_eq!(world.sandbox.last_cost().stable_bytes_read, 4);
}

#[test]
fn the_log_keeps_prints_and_traps() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "print").expect("refused");
    assert!(world.update(a, "trap").is_err());
    let log = world.sandbox.canister_log(a);
    assert_eq!(log[0], "probe 1");
    assert!(log[1].contains("trapped on purpose"));
}

const DOORKEEPER: &str = r#"(module
    (import "ic0" "msg_method_name_size" (func $name_size (result i32)))
    (import "ic0" "accept_message" (func $accept))
    (import "ic0" "msg_reply" (func $reply))
    (memory 1)
    (func (export "canister_update four") (call $reply))
    (func (export "canister_update seventh") (call $reply))
    (func (export "canister_update endless") (call $reply))
    (func (export "canister_inspect_message")
        (if (i32.eq (call $name_size) (i32.const 4)) (then (call $accept)))
        (if (i32.eq (call $name_size) (i32.const 8)) (then (loop $on (br $on))))))"#;

#[test]
fn ingress_is_inspected_before_it_is_taken() {
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    let module = wasm(DOORKEEPER);
    sandbox.install(owner(), canister, &module, vec![]).expect("refused");
    assert!(sandbox.update(owner(), canister, "four", vec![]).is_ok());
    let refused = sandbox.submit(owner(), canister, "seventh", vec![]);
    assert_reject(refused, RejectCode::CanisterReject, "rejected the message");
    assert_eq!(sandbox.pending(), 0);
}

#[test]
fn an_endless_loop_ends_in_a_trap() {
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    let module = wasm(DOORKEEPER);
    sandbox.install(owner(), canister, &module, vec![]).expect("refused");
    // Inspection has the smallest bound of all entry points.
    let endless = sandbox.submit(owner(), canister, "8 bytes!", vec![]);
    assert_reject(endless, RejectCode::CanisterError, "limit of 200000000 instructions");
}

#[test]
fn the_same_calls_give_the_same_results() {
    let run = || {
        let mut world = World::new();
        let (a, b) = (world.a, world.b);
        world.add(a);
        let reply = world.relay(0, b, "add");
        (a, b, reply, world.sandbox.last_cost(), world.sandbox.time_nanos())
    };
    assert_eq!(run(), run());
}
