use crate::world::{MANAGEMENT, World, assert_reject, owner, target, wasm};
use canister_sandbox::{RejectCode, Sandbox};

fn install(text: &str) -> Result<(), canister_sandbox::Reject> {
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    sandbox.install(owner(), canister, &wasm(text), vec![])
}

#[test]
fn an_unknown_import_is_refused_by_name() {
    for (import, name) in [
        (r#"(import "ic0" "levitate" (func))"#, "`ic0.levitate`"),
        (r#"(import "env" "time" (func))"#, "`env.time`"),
    ] {
        let refused = install(&format!("(module {import})"));
        assert_reject(refused, RejectCode::CanisterError, name);
    }
}

#[test]
fn an_import_of_the_wrong_type_is_refused() {
    let refused = install(r#"(module (import "ic0" "time" (func (result i32))))"#);
    assert_reject(refused, RejectCode::CanisterError, "not valid");
}

#[test]
fn a_memory_of_64_bits_is_refused() {
    let refused = install("(module (memory i64 1))");
    assert_reject(refused, RejectCode::CanisterError, "64-bit memory");
}

#[test]
fn an_unknown_management_method_is_refused_by_name() {
    let mut world = World::new();
    let a = world.a;
    let refused = world.sandbox.update(owner(), MANAGEMENT, "sign_with_ecdsa", target(a));
    assert_reject(refused, RejectCode::CanisterReject, "'sign_with_ecdsa'");
    let reply = world.relay(0, MANAGEMENT, "http_request").expect("refused");
    let (code, message) = crate::world::passed_reject(&reply);
    assert_eq!(code, 4);
    assert!(message.contains("'http_request'"), "{message}");
    let refused = world.sandbox.query(owner(), MANAGEMENT, "bitcoin_get_balance", vec![]);
    assert_reject(refused, RejectCode::CanisterReject, "'bitcoin_get_balance'");
}

#[test]
fn an_entry_point_may_not_do_everything() {
    let text = r#"(module
        (import "ic0" "msg_reply" (func $reply))
        (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
        (import "ic0" "stable64_read" (func $read (param i64 i64 i64)))
        (import "ic0" "call_perform" (func $perform (result i32)))
        (memory 1)
        (func (export "canister_query certify") (call $certify (i32.const 0) (i32.const 1)))
        (func (export "canister_query call") (drop (call $perform)))
        (func (export "canister_update call") (drop (call $perform)))
        (func (export "canister_update twice") (call $reply) (call $reply))
        (func (export "canister_update long") (call $certify (i32.const 0) (i32.const 33)))
        (func (export "canister_update heap") (call $certify (i32.const 65530) (i32.const 32)))
        (func (export "canister_update stable")
            (call $read (i64.const 0) (i64.const 0) (i64.const 1))))"#;
    let mut sandbox = Sandbox::new();
    let canister = sandbox.create_canister(&[owner()]);
    sandbox.install(owner(), canister, &wasm(text), vec![]).expect("refused");
    for (method, part) in [
        ("certify", "cannot be executed in Query mode"),
        ("call", "cannot be executed in Query mode"),
    ] {
        let trapped = sandbox.query(owner(), canister, method, vec![]);
        assert_reject(trapped, RejectCode::CanisterError, part);
    }
    for (method, part) in [
        ("call", "no call is under construction"),
        ("twice", "already replied"),
        ("long", "no larger than 32 bytes"),
        ("heap", "heap out of bounds"),
        ("stable", "stable memory out of bounds"),
    ] {
        let trapped = sandbox.update(owner(), canister, method, vec![]);
        assert_reject(trapped, RejectCode::CanisterError, part);
    }
}
