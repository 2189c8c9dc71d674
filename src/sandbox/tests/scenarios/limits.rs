//! What the sandbox does not simulate, one test for each: where these tests pass, the network behaves differently.

use crate::world::{World, order, owner, stranger, wasm};
use candid::encode_one;
use canister_sandbox::{Cost, Sandbox};
use ic_management_canister_types::TakeCanisterSnapshotArgs;

/// Reads of stable memory of two sizes, and the id of the subnet.
const READER: &str = r#"(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
    (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
    (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
    (import "ic0" "subnet_self_size" (func $subnet_size (result i32)))
    (import "ic0" "subnet_self_copy" (func $subnet_copy (param i32 i32 i32)))
    (memory 2)
    (func (export "canister_init") (drop (call $grow (i64.const 1))))
    (func (export "canister_update byte")
        (call $read (i64.const 0) (i64.const 0) (i64.const 1)) (call $reply))
    (func (export "canister_update page")
        (call $read (i64.const 0) (i64.const 0) (i64.const 65536)) (call $reply))
    (func (export "canister_update subnet")
        (call $subnet_copy (i32.const 0) (i32.const 0) (call $subnet_size))
        (call $append (i32.const 0) (call $subnet_size)) (call $reply))
    (func (export "canister_update size")
        (i32.store (i32.const 0) (call $arg_size))
        (call $append (i32.const 0) (i32.const 4)) (call $reply)))"#;

/// Calls `size` of the canister that its argument names, with an argument of four million bytes.
const SENDER: &str = r#"(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
    (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
    (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "ic0" "call_data_append" (func $call_append (param i32 i32)))
    (import "ic0" "call_perform" (func $perform (result i32)))
    (memory 64)
    (table funcref (elem $pass))
    (data (i32.const 100) "size")
    (func (export "canister_update send")
        (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
        (call $call_new (i32.const 0) (call $arg_size) (i32.const 100) (i32.const 4)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (call $call_append (i32.const 0) (i32.const 4000000))
        (drop (call $perform)))
    (func $pass (param i32)
        (call $arg_copy (i32.const 0) (i32.const 0) (call $arg_size))
        (call $append (i32.const 0) (call $arg_size))
        (call $reply)))"#;

#[test]
fn nothing_is_charged() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let before = [world.sandbox.cycles(a), world.sandbox.cycles(b)];
    world.add(a);
    world.relay(0, b, "add").expect("refused");
    let take = TakeCanisterSnapshotArgs {
        canister_id: a,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    let take = encode_one(take).expect("encodes");
    let management = candid::Principal::management_canister();
    world.sandbox.update(owner(), management, "take_canister_snapshot", take).expect("refused");
    world.sandbox.advance_time(std::time::Duration::from_hours(24 * 365));
    world.sandbox.run_until_idle();
    assert_eq!([world.sandbox.cycles(a), world.sandbox.cycles(b)], before);
    // Not even a canister without cycles is frozen.
    world.sandbox.set_cycles(a, 0);
    world.add(a);
}

#[test]
fn fuel_does_not_count_the_work_of_the_system_api() {
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    sandbox.install(owner(), canister, &wasm(READER), vec![]).expect("refused");
    let mut cost = |method| {
        sandbox.update(owner(), canister, method, vec![]).expect("refused");
        sandbox.last_cost()
    };
    let (byte, page): (Cost, Cost) = (cost("byte"), cost("page"));
    assert_eq!((byte.stable_bytes_read, page.stable_bytes_read), (1, 65_536));
    // The network counts instructions for every byte.
    assert_eq!(byte.instructions, page.instructions);
}

#[test]
fn there_is_one_subnet() {
    let mut sandbox = Sandbox::new();
    let [reader, sender] = [READER, SENDER].map(|module| {
        let canister = sandbox.create_canister(&[owner()]);
        sandbox.install(owner(), canister, &wasm(module), vec![]).expect("refused");
        canister
    });
    let other = sandbox.create_canister(&[owner()]);
    sandbox.install(owner(), other, &wasm(READER), vec![]).expect("refused");
    let mut subnet = |canister| sandbox.update(owner(), canister, "subnet", vec![]);
    assert_eq!(subnet(reader).expect("refused"), subnet(other).expect("refused"));
    // Between subnets two megabytes are the limit.
    let size = sandbox.update(owner(), sender, "send", reader.as_slice().to_vec());
    assert_eq!(size, Ok(4_000_000_u32.to_le_bytes().to_vec()));
}

#[test]
fn messages_are_executed_in_the_order_in_which_they_were_sent() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let relayed = order(0, b, "add", &[]);
    // Different senders and different canisters: the network promises no order between them.
    let sent = [(owner(), b), (stranger(), a), (owner(), a), (stranger(), b)];
    for (sender, canister) in sent {
        world.sandbox.submit(sender, canister, "call", relayed.clone()).expect("refused");
    }
    for (_, canister) in sent {
        let step = world.sandbox.step().expect("a step");
        assert_eq!((step.canister, step.method.as_str()), (canister, "call"));
    }
    // The calls that those four made come next, and none of their answers overtakes a call.
    for _ in sent {
        let step = world.sandbox.step().expect("a step");
        assert_eq!((step.canister, step.method.as_str()), (b, "add"));
    }
    for (_, canister) in sent {
        let step = world.sandbox.step().expect("a step");
        assert_eq!((step.canister, step.method.as_str()), (canister, "call"));
    }
    assert_eq!(world.sandbox.step(), None);
}
