use crate::world::{World, owner, stranger};
use candid::Principal;
use canister_sandbox::{RejectCode, Sandbox, SandboxRuntime};
use ic_canister_runtime::{IcError, Runtime};
use ic_management_canister_types::{CanisterIdRecord, CanisterStatusResult};
use std::sync::{Arc, Mutex};

fn runtime() -> (SandboxRuntime, Principal) {
    let world = World::new();
    let sandbox = Arc::new(Mutex::new(world.sandbox));
    (SandboxRuntime::new(sandbox, owner()), world.a)
}

async fn status(
    runtime: &impl Runtime,
    canister_id: Principal,
) -> Result<CanisterStatusResult, IcError> {
    let args = (CanisterIdRecord { canister_id },);
    let management = Principal::management_canister();
    runtime.update_call(management, "canister_status", args, 0).await
}

#[test]
fn a_client_calls_through_the_runtime() {
    let (runtime, a) = runtime();
    let status = pollster::block_on(status(&runtime, a)).expect("refused");
    assert_eq!(status.settings.controllers, runtime.sandbox().controllers(a));
}

#[test]
fn the_sender_is_part_of_the_runtime() {
    let (runtime, a) = runtime();
    let other = runtime.with_sender(stranger());
    assert_eq!((runtime.sender(), other.sender()), (owner(), stranger()));
    let refused = pollster::block_on(status(&other, a));
    let Err(IcError::CallRejected { code, message }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(code, RejectCode::CanisterError);
    assert!(message.contains("Only controllers"));
}

#[test]
fn queries_and_bad_replies_are_told_apart() {
    let (runtime, a) = runtime();
    let version = runtime.query_call::<_, String>(a, "version", ());
    let version = pollster::block_on(version);
    assert!(matches!(version, Err(IcError::CandidDecodeFailed { .. })));
    let missing = pollster::block_on(runtime.query_call::<_, String>(a, "missing", ()));
    assert!(matches!(missing, Err(IcError::CallRejected { .. })));
}

#[test]
fn a_sandbox_can_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Sandbox>();
    is_send::<SandboxRuntime>();
}
