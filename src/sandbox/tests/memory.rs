//! What a large fleet takes in memory: canisters, snapshots and answers, by the allocator's own count.

use candid::{CandidType, Principal, decode_one, encode_one};
use canister_sandbox::Sandbox;
use ic_management_canister_types::{
    ReadCanisterSnapshotDataArgs, ReadCanisterSnapshotDataResult, Snapshot, SnapshotDataKind,
    TakeCanisterSnapshotArgs,
};
use peak_alloc::PeakAlloc;
use serde::de::DeserializeOwned;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const KIB: usize = 1_024;
/// The heap of the module.
const HEAP: usize = 64 * 64 * KIB;
/// The data at the end of it.
const DATA: &[u8] = b"the same in every canister";
/// More canisters than have an instance at a time, so that every further one takes what an idle one takes.
const FIRST: usize = 32;
const MORE: usize = 64;
/// What one idle canister and its snapshot may take: one page of stable memory (64 KiB) and one of the heap (4 KiB),
/// the page table of the heap, and small change.
const BOUND: usize = 96 * KIB;

fn module() -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
            (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
            (memory {pages})
            (data (i32.const {data}) "{text}")
            (func (export "canister_update change")
                (i32.store (i32.const 70000) (i32.const 1))
                (drop (call $grow (i64.const 1)))
                (call $write (i64.const 0) (i64.const 70000) (i64.const 4))
                (call $reply)))"#,
        pages = HEAP / (64 * KIB),
        data = HEAP - DATA.len(),
        text = str::from_utf8(DATA).expect("text"),
    );
    wat::parse_str(text).expect("the text of the module is wrong")
}

fn owner() -> Principal {
    Principal::from_slice(&[1; 29])
}

fn manage<T: CandidType + DeserializeOwned>(
    sandbox: &mut Sandbox,
    method: &str,
    arg: &impl CandidType,
) -> T {
    let arg = encode_one(arg).expect("encodes");
    let reply = sandbox.update(owner(), Principal::management_canister(), method, arg);
    decode_one(&reply.expect("refused")).expect("decodes")
}

/// A canister that has changed heap and stable memory, a snapshot of it, and a download of that.
fn back_up(sandbox: &mut Sandbox, module: &[u8]) {
    let canister_id = sandbox.create_canister(&[owner()]);
    sandbox.install(owner(), canister_id, module, vec![]).expect("refused");
    sandbox.update(owner(), canister_id, "change", vec![]).expect("refused");
    let take = TakeCanisterSnapshotArgs {
        canister_id,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    let snapshot: Snapshot = manage(sandbox, "take_canister_snapshot", &take);
    let (size, offset) = (2_000_000, HEAP as u64 - 2_000_000);
    let read = ReadCanisterSnapshotDataArgs {
        canister_id,
        snapshot_id: snapshot.id,
        kind: SnapshotDataKind::WasmMemory { offset, size },
    };
    let read: ReadCanisterSnapshotDataResult =
        manage(sandbox, "read_canister_snapshot_data", &read);
    assert!(read.chunk.ends_with(DATA), "this is not the heap");
}

#[test]
fn an_idle_canister_and_its_snapshot_take_what_they_changed() {
    let (module, mut sandbox) = (module(), Sandbox::new());
    for _ in 0..FIRST {
        back_up(&mut sandbox, &module);
    }
    let before = ALLOCATOR.current_usage();
    for _ in 0..MORE {
        back_up(&mut sandbox, &module);
    }
    let each = ALLOCATOR.current_usage().saturating_sub(before) / MORE;
    assert!(each <= BOUND, "{} KiB for each canister, more than {}", each / KIB, BOUND / KIB);
    assert!(each >= 64 * KIB, "{each} bytes: the stable memory of a canister is not there");
}
