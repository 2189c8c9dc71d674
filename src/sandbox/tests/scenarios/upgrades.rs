use crate::world::{World, assert_reject, order, owner, probe, stranger, wasm};
use canister_sandbox::{RejectCode, Sandbox};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::time::Duration;

#[test]
fn an_upgrade_keeps_stable_memory_and_drops_the_heap() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]).expect("refused");
    let counters = world.counters(a);
    assert_eq!(counters.adds, 0);
    // One from `add`, one from each of the upgrade's two entry points.
    assert_eq!(counters.stable, 3);
    assert_eq!(world.version(a), "probe 2");
    let hash: [u8; 32] = Sha256::digest(probe("probe 2")).into();
    assert_eq!(world.sandbox.module_hash(a), Some(hash));
}

#[test]
fn a_failed_upgrade_leaves_module_and_state() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    world.update(a, "arm").expect("refused");
    let (before, hash) = (world.counters(a), world.sandbox.module_hash(a));
    let next = probe("probe 2");
    let traps_after = world.sandbox.upgrade(owner(), a, &next, vec![1]);
    assert_reject(traps_after, RejectCode::CanisterError, "trapped on purpose");
    let unloadable = world.sandbox.upgrade(owner(), a, b"no module", vec![]);
    assert_reject(unloadable, RejectCode::CanisterError, "not valid");
    let unknown = wasm(r#"(module (import "ic0" "levitate" (func)))"#);
    let unknown = world.sandbox.upgrade(owner(), a, &unknown, vec![]);
    assert_reject(unknown, RejectCode::CanisterError, "ic0.levitate");
    assert_eq!(world.counters(a), before);
    assert_eq!(world.sandbox.module_hash(a), hash);
    assert_eq!(world.version(a), "probe 1");

    world.sandbox.advance_time(Duration::from_secs(5));
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(a).timers, 1, "the timer is still armed");
}

#[test]
fn a_trap_before_the_upgrade_leaves_everything_too() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    world.update(a, "forbid_upgrade").expect("refused");
    let before = world.counters(a);
    let trapped = world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]);
    assert_reject(trapped, RejectCode::CanisterError, "trapped on purpose");
    assert_eq!(world.counters(a), before);
    assert_eq!(world.version(a), "probe 1");
}

#[test]
fn an_upgrade_clears_timers() {
    let mut world = World::new();
    let a = world.a;
    world.update(a, "arm").expect("refused");
    world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]).expect("refused");
    world.sandbox.advance_time(Duration::from_mins(1));
    assert_eq!(world.sandbox.step(), None);
}

#[test]
fn an_answer_may_come_after_an_upgrade() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let arg = order(0, b, "add", &[]);
    let id = world.sandbox.submit(owner(), a, "call", arg).expect("refused");
    world.sandbox.step();
    world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]).expect("refused");
    world.sandbox.run_until_idle();
    // The module's functions are where they were, so the callback finds its way.
    assert_eq!(world.sandbox.response(id), Some(Ok(vec![1, 0, 0, 0])));
}

#[test]
fn only_a_controller_installs_and_upgrades() {
    let mut world = World::new();
    let a = world.a;
    let refused = world.sandbox.upgrade(stranger(), a, &probe("probe 2"), vec![]);
    assert_reject(refused, RejectCode::CanisterError, "Only controllers");
    let empty = world.sandbox.create_canister(&[owner()]);
    let refused = world.sandbox.install(stranger(), empty, &probe("probe 2"), vec![]);
    assert_reject(refused, RejectCode::CanisterError, "Only controllers");
    assert_eq!(world.sandbox.module_hash(empty), None);
}

#[test]
fn the_mode_has_to_fit() {
    let mut world = World::new();
    let a = world.a;
    let full = world.sandbox.install(owner(), a, &probe("probe 2"), vec![]);
    assert_reject(full, RejectCode::CanisterError, "not empty");
    let empty = world.sandbox.create_canister(&[owner()]);
    let nothing = world.sandbox.upgrade(owner(), empty, &probe("probe 2"), vec![]);
    assert_reject(nothing, RejectCode::CanisterError, "no Wasm module");
}

#[test]
fn an_image_of_an_earlier_release_can_be_upgraded() {
    let mut world = World::new();
    let a = world.a;
    world.sandbox.set_stable_memory(a, &[40, 0, 0, 0]);
    world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]).expect("refused");
    assert_eq!(world.counters(a).stable, 42);
    assert_eq!(world.sandbox.stable_memory(a)[..4], [42, 0, 0, 0]);
}

#[test]
fn a_compressed_module_is_taken() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&probe("zipped!")).expect("in memory");
    let module = encoder.finish().expect("in memory");
    let mut world = World::new();
    let canister = world.sandbox.create_canister(&[owner()]);
    world.sandbox.install(owner(), canister, &module, vec![]).expect("refused");
    assert_eq!(world.version(canister), "zipped!");
    let hash: [u8; 32] = Sha256::digest(&module).into();
    assert_eq!(world.sandbox.module_hash(canister), Some(hash));
}

const STARTER: &str = r#"(module
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
    (memory 1)
    (func $start (i32.store8 (i32.const 0) (i32.add (i32.const 1) (i32.load8_u (i32.const 0)))))
    (start $start)
    (func (export "canister_init")
        (if (i32.gt_u (call $arg_size) (i32.const 1)) (then unreachable))
        (i32.store8 (i32.const 1) (i32.add (i32.load8_u (i32.const 0)) (call $arg_size))))
    (func (export "canister_update trap") unreachable)
    (func (export "canister_query bytes")
        (call $append (i32.const 0) (i32.const 2)) (call $reply)))"#;

#[test]
fn start_runs_once_and_before_init() {
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    sandbox.install(owner(), canister, &wasm(STARTER), vec![9]).expect("refused");
    assert!(sandbox.update(owner(), canister, "trap", vec![]).is_err());
    assert_eq!(sandbox.query(owner(), canister, "bytes", vec![]), Ok(vec![1, 2]));
}

#[test]
fn a_failed_install_leaves_the_canister_empty() {
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    let trapped = sandbox.install(owner(), canister, &wasm(STARTER), vec![9, 9]);
    assert_reject(trapped, RejectCode::CanisterError, "unreachable");
    assert_eq!(sandbox.module_hash(canister), None);
    let refused = sandbox.update(owner(), canister, "trap", vec![]);
    assert_reject(refused, RejectCode::CanisterError, "no Wasm module");
}
