//! Uploads of snapshots, and the chunk store that they carry.

use crate::world::{MANAGEMENT, World, assert_reject, order, owner, probe, stranger, target};
use candid::{Principal, decode_one, encode_one};
use canister_sandbox::{Reject, RejectCode};
use ic_management_canister_types::{
    CanisterInfoArgs, CanisterInfoResult, CanisterInstallMode, CanisterTimer, ChangeDetails,
    ChunkHash, InstallChunkedCodeArgs, LoadCanisterSnapshotArgs, OnLowWasmMemoryHookStatus,
    ReadCanisterSnapshotDataArgs, ReadCanisterSnapshotDataResult, ReadCanisterSnapshotMetadataArgs,
    ReadCanisterSnapshotMetadataResult, Snapshot, SnapshotDataKind, SnapshotDataOffset,
    SnapshotMetadataGlobal, SnapshotSource, TakeCanisterSnapshotArgs,
    UploadCanisterSnapshotDataArgs, UploadCanisterSnapshotMetadataArgs,
    UploadCanisterSnapshotMetadataResult, UploadChunkArgs,
};
use sha2::{Digest, Sha256};
use std::{slice::from_ref, time::Duration};

type Metadata = ReadCanisterSnapshotMetadataResult;

fn take(world: &mut World, canister_id: Principal) -> Vec<u8> {
    let args = TakeCanisterSnapshotArgs {
        canister_id,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    world.ask::<Snapshot>("take_canister_snapshot", &args).expect("refused").id
}

fn metadata(world: &mut World, canister_id: Principal, id: &[u8]) -> Metadata {
    let args = ReadCanisterSnapshotMetadataArgs { canister_id, snapshot_id: id.to_vec() };
    world.ask("read_canister_snapshot_metadata", &args).expect("refused")
}

fn read(world: &mut World, canister_id: Principal, id: &[u8], kind: SnapshotDataKind) -> Vec<u8> {
    let args = ReadCanisterSnapshotDataArgs { canister_id, snapshot_id: id.to_vec(), kind };
    let read = world.ask::<ReadCanisterSnapshotDataResult>("read_canister_snapshot_data", &args);
    read.expect("refused").chunk
}

/// The arguments of an upload to this canister.
fn upload_of(canister_id: Principal, metadata: &Metadata) -> UploadCanisterSnapshotMetadataArgs {
    let globals = metadata.globals.iter().cloned();
    UploadCanisterSnapshotMetadataArgs {
        canister_id,
        replace_snapshot: None,
        wasm_module_size: metadata.wasm_module_size,
        globals: globals.map(|global| global.expect("a number")).collect(),
        wasm_memory_size: metadata.wasm_memory_size,
        stable_memory_size: metadata.stable_memory_size,
        certified_data: metadata.certified_data.clone(),
        global_timer: metadata.global_timer.clone(),
        on_low_wasm_memory_hook_status: metadata.on_low_wasm_memory_hook_status.clone(),
    }
}

fn begin(world: &mut World, args: &UploadCanisterSnapshotMetadataArgs) -> Result<Vec<u8>, Reject> {
    let method = "upload_canister_snapshot_metadata";
    let result = world.ask::<UploadCanisterSnapshotMetadataResult>(method, args)?;
    Ok(result.snapshot_id)
}

fn write(
    world: &mut World,
    canister_id: Principal,
    id: &[u8],
    kind: SnapshotDataOffset,
    chunk: &[u8],
) -> Result<Vec<u8>, Reject> {
    let (snapshot_id, chunk) = (id.to_vec(), chunk.to_vec());
    let args = UploadCanisterSnapshotDataArgs { canister_id, snapshot_id, kind, chunk };
    let arg = encode_one(args).expect("encodes");
    world.sandbox.update(owner(), MANAGEMENT, "upload_canister_snapshot_data", arg)
}

fn load(world: &mut World, canister_id: Principal, id: &[u8]) -> Result<Vec<u8>, Reject> {
    let snapshot_id = id.to_vec();
    let args = LoadCanisterSnapshotArgs { canister_id, snapshot_id, sender_canister_version: None };
    let arg = encode_one(args).expect("encodes");
    world.sandbox.update(owner(), MANAGEMENT, "load_canister_snapshot", arg)
}

/// Takes a snapshot of a canister, and uploads it to another one, changed like this; its id there.
fn copy(
    world: &mut World,
    from: Principal,
    to: Principal,
    change: impl FnOnce(&mut UploadCanisterSnapshotMetadataArgs),
) -> Vec<u8> {
    let taken = take(world, from);
    let metadata = metadata(world, from, &taken);
    let mut args = upload_of(to, &metadata);
    change(&mut args);
    let id = begin(world, &args).expect("begun");
    let size = metadata.wasm_module_size;
    let module = read(world, from, &taken, SnapshotDataKind::WasmModule { offset: 0, size });
    let size = metadata.wasm_memory_size.min(args.wasm_memory_size);
    let heap = read(world, from, &taken, SnapshotDataKind::WasmMemory { offset: 0, size });
    let size = metadata.stable_memory_size;
    let stable = read(world, from, &taken, SnapshotDataKind::StableMemory { offset: 0, size });
    let (first, second) = module.split_at(module.len() / 2);
    for (offset, piece) in [(first.len() as u64, second), (0, first)] {
        write(world, to, &id, SnapshotDataOffset::WasmModule { offset }, piece).expect("written");
    }
    write(world, to, &id, SnapshotDataOffset::WasmMemory { offset: 0 }, &heap).expect("written");
    let offset = SnapshotDataOffset::StableMemory { offset: 0 };
    write(world, to, &id, offset, &stable).expect("written");
    for ChunkHash { hash } in &metadata.wasm_chunk_store {
        let kind = SnapshotDataKind::WasmChunk { hash: hash.clone() };
        let chunk = read(world, from, &taken, kind);
        write(world, to, &id, SnapshotDataOffset::WasmChunk, &chunk).expect("written");
    }
    id
}

#[test]
fn what_is_uploaded_to_another_canister_runs_there() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.add(a);
    world.update(a, "certify").expect("refused");
    let before = world.counters(a);
    world.sandbox.upgrade(owner(), b, &probe("probe 2"), vec![]).expect("refused");
    let id = copy(&mut world, a, b, |_| {});
    load(&mut world, b, &id).expect("loaded");
    assert_eq!(world.counters(b), before);
    assert_eq!(world.version(b), "probe 1");
    world.add(b);
    assert_eq!(world.counters(b).adds, before.adds + 1);
    // The snapshot itself has not changed, and says where it comes from.
    let uploaded = metadata(&mut world, b, &id);
    assert!(matches!(uploaded.source, Some(SnapshotSource::MetadataUpload(_))));
    load(&mut world, b, &id).expect("loaded");
    assert_eq!(world.counters(b), before);
}

#[test]
fn the_history_says_what_was_loaded() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let id = copy(&mut world, a, b, |_| {});
    load(&mut world, b, &id).expect("loaded");
    let args = CanisterInfoArgs { canister_id: b, num_requested_changes: Some(1) };
    let args = order(0, MANAGEMENT, "canister_info", &encode_one(args).expect("encodes"));
    let reply = world.sandbox.update(owner(), a, "call", args).expect("refused");
    let info = decode_one::<CanisterInfoResult>(&reply).expect("a record");
    match &info.recent_changes[0].details {
        Some(ChangeDetails::LoadSnapshot(loaded)) => {
            assert_eq!((&loaded.snapshot_id, loaded.from_canister_id), (&id, None));
            assert!(matches!(loaded.source, SnapshotSource::MetadataUpload(_)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn data_go_where_they_belong_and_nowhere_else() {
    let mut world = World::new();
    let a = world.a;
    let taken = take(&mut world, a);
    let metadata = metadata(&mut world, a, &taken);
    let id = begin(&mut world, &upload_of(a, &metadata)).expect("begun");
    let (module, heap, stable) =
        (metadata.wasm_module_size, metadata.wasm_memory_size, metadata.stable_memory_size);
    let beyond = [
        SnapshotDataOffset::WasmModule { offset: module },
        SnapshotDataOffset::WasmMemory { offset: heap },
        SnapshotDataOffset::StableMemory { offset: stable },
        SnapshotDataOffset::StableMemory { offset: u64::MAX },
    ];
    for kind in beyond {
        let refused = write(&mut world, a, &id, kind, &[1]);
        let code = refused.as_ref().expect_err("it is beyond").error_code;
        assert_eq!(code, Some("IC0408"));
        assert_reject(refused, RejectCode::CanisterReject, "Invalid subslice");
    }
    let kind = SnapshotDataOffset::WasmModule { offset: 0 };
    let refused = write(&mut world, a, &taken, kind.clone(), &[1]);
    let code = refused.as_ref().expect_err("it was taken").error_code;
    assert_eq!(code, Some("IC0409"));
    assert_reject(refused, RejectCode::CanisterReject, "created by metadata upload");
    let refused = write(&mut world, a, &[7], kind.clone(), &[1]);
    assert_reject(refused, RejectCode::DestinationInvalid, "Could not find the snapshot");
    let args =
        UploadCanisterSnapshotDataArgs { canister_id: a, snapshot_id: id, kind, chunk: vec![1] };
    let arg = encode_one(args).expect("encodes");
    let method = "upload_canister_snapshot_data";
    let refused = world.sandbox.update(stranger(), MANAGEMENT, method, arg);
    assert_reject(refused, RejectCode::CanisterError, "Only controllers");
}

#[test]
fn metadata_that_the_network_does_not_take_are_refused() {
    type Change = fn(&mut UploadCanisterSnapshotMetadataArgs);
    let cases: [(Change, &str); 9] = [
        (|it| it.wasm_module_size = 0, "WasmModuleEmpty"),
        (|it| it.wasm_module_size = (100 << 20) + 1, "WasmModuleTooLarge"),
        (|it| it.wasm_memory_size = 1, "WasmMemoryNotPageAligned"),
        (|it| it.wasm_memory_size = (4 << 30) + 65_536, "WasmMemoryTooLarge"),
        (|it| it.stable_memory_size = 1, "StableMemoryNotPageAligned"),
        (|it| it.stable_memory_size = (500 << 30) + 65_536, "StableMemoryTooLarge"),
        (|it| it.globals = vec![SnapshotMetadataGlobal::I32(0); 1_001], "ExportedGlobalsTooLarge"),
        (|it| it.certified_data = vec![0; 33], "CertifiedDataTooLarge"),
        (
            |it| it.globals = vec![SnapshotMetadataGlobal::V128(0_u8.into())],
            "no globals of type v128",
        ),
    ];
    let mut world = World::new();
    let a = world.a;
    let taken = take(&mut world, a);
    let metadata = metadata(&mut world, a, &taken);
    for (change, problem) in cases {
        let mut args = upload_of(a, &metadata);
        change(&mut args);
        assert_reject(begin(&mut world, &args), RejectCode::CanisterReject, problem);
    }
    assert_eq!(world.sandbox.snapshots(a).len(), 1);
}

#[test]
fn what_an_upload_replaces_is_gone_before_any_data_came() {
    let mut world = World::new();
    let a = world.a;
    let ids: Vec<Vec<u8>> = (0..10).map(|_| take(&mut world, a)).collect();
    let metadata = metadata(&mut world, a, &ids[0]);
    let args = upload_of(a, &metadata);
    let full = begin(&mut world, &args);
    assert_reject(full, RejectCode::CanisterReject, "maximum number of snapshots");
    let replacing = UploadCanisterSnapshotMetadataArgs {
        replace_snapshot: Some(ids[0].clone()),
        ..args.clone()
    };
    let new = begin(&mut world, &replacing).expect("begun");
    let left: Vec<Vec<u8>> = world.sandbox.snapshots(a).into_iter().map(|it| it.id).collect();
    assert_eq!(left.len(), 10);
    assert!(left.contains(&new) && !left.contains(&ids[0]));
    let gone = begin(&mut world, &replacing);
    assert_reject(gone, RejectCode::DestinationInvalid, "Could not find");
}

#[test]
fn an_upload_that_is_not_whole_cannot_be_loaded_and_changes_nothing() {
    type Change = fn(&mut UploadCanisterSnapshotMetadataArgs);
    let cases: [(Change, RejectCode, &str); 4] = [
        (|it| it.globals.clear(), RejectCode::CanisterReject, "exported globals"),
        (
            |it| it.globals[0] = SnapshotMetadataGlobal::F64(f64::NAN),
            RejectCode::CanisterReject,
            "exported globals",
        ),
        (
            |it| it.on_low_wasm_memory_hook_status = Some(OnLowWasmMemoryHookStatus::Ready),
            RejectCode::CanisterReject,
            "Hook status (Ready)",
        ),
        (|it| it.wasm_memory_size = 65_536, RejectCode::CanisterReject, "a memory of 65536 bytes"),
    ];
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.add(b);
    let before = world.counters(b);
    for (change, code, problem) in cases {
        let id = copy(&mut world, a, b, change);
        assert_reject(load(&mut world, b, &id), code, problem);
    }
    let taken = take(&mut world, a);
    let metadata = metadata(&mut world, a, &taken);
    let id = begin(&mut world, &upload_of(b, &metadata)).expect("begun");
    let empty = load(&mut world, b, &id);
    assert_reject(empty, RejectCode::CanisterError, "module is not valid");
    assert_eq!(world.counters(b), before);
    world.add(b);
}

#[test]
fn the_timer_of_an_upload_is_set() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let soon = world.sandbox.time_nanos() + 1_000_000_000;
    let id = copy(&mut world, a, b, |it| it.global_timer = Some(CanisterTimer::Active(soon)));
    load(&mut world, b, &id).expect("loaded");
    let before = world.counters(b).timers;
    world.sandbox.advance_time(Duration::from_secs(2));
    world.sandbox.run_until_idle();
    assert_eq!(world.counters(b).timers, before + 1);
}

#[test]
fn another_canister_can_load_an_upload_some_minutes_after_its_last_change() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let id = copy(&mut world, a, a, |_| {});
    let early = load(&mut world, b, &id);
    assert_reject(early, RejectCode::CanisterReject, "not currently loadable");
    load(&mut world, a, &id).expect("its own canister can load it at once");
    world.sandbox.advance_time(Duration::from_mins(9));
    let kind = SnapshotDataOffset::StableMemory { offset: 0 };
    write(&mut world, a, &id, kind, &[]).expect("written");
    world.sandbox.advance_time(Duration::from_mins(9));
    let early = load(&mut world, b, &id);
    assert_reject(early, RejectCode::CanisterReject, "not currently loadable");
    world.sandbox.advance_time(Duration::from_mins(1));
    load(&mut world, b, &id).expect("loaded");
}

fn store(world: &mut World, canister_id: Principal, chunk: &[u8]) -> Result<ChunkHash, Reject> {
    world.ask("upload_chunk", &UploadChunkArgs { canister_id, chunk: chunk.to_vec() })
}

fn stored(world: &mut World, canister: Principal) -> Vec<ChunkHash> {
    let reply = world.manage("stored_chunks", canister).expect("refused");
    decode_one(&reply).expect("a list")
}

#[test]
fn chunks_are_stored_listed_and_carried_by_snapshots() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let hash = store(&mut world, a, b"a chunk").expect("stored");
    assert_eq!(hash.hash, Sha256::digest(b"a chunk").to_vec());
    assert_eq!(store(&mut world, a, b"a chunk").as_ref(), Ok(&hash), "it is there already");
    assert_eq!(stored(&mut world, a), from_ref(&hash));
    let id = copy(&mut world, a, b, |_| {});
    assert_eq!(metadata(&mut world, b, &id).wasm_chunk_store, from_ref(&hash));
    let kind = SnapshotDataKind::WasmChunk { hash: hash.hash.clone() };
    assert_eq!(read(&mut world, b, &id, kind), b"a chunk");
    let kind = SnapshotDataKind::WasmChunk { hash: vec![1; 32] };
    let args = ReadCanisterSnapshotDataArgs { canister_id: b, snapshot_id: id.clone(), kind };
    let unknown = world.ask::<ReadCanisterSnapshotDataResult>("read_canister_snapshot_data", &args);
    assert_reject(unknown, RejectCode::CanisterError, "not found");
    load(&mut world, b, &id).expect("loaded");
    assert_eq!(stored(&mut world, b), [hash]);
    world.manage("clear_chunk_store", b).expect("refused");
    assert_eq!(stored(&mut world, b), []);
    world.manage("uninstall_code", a).expect("refused");
    assert_eq!(stored(&mut world, a), []);
}

#[test]
fn the_chunk_store_has_limits() {
    let mut world = World::new();
    let a = world.a;
    let large = store(&mut world, a, &vec![0; (1 << 20) + 1]);
    assert_reject(large, RejectCode::CanisterError, "exceeds the maximum chunk size");
    for number in 0..100_u8 {
        store(&mut world, a, &[number]).expect("stored");
    }
    let full = store(&mut world, a, &[100]);
    assert_reject(full, RejectCode::CanisterError, "maximum capacity");
    store(&mut world, a, &[99]).expect("it is there already");
    let arg = encode_one(UploadChunkArgs { canister_id: a, chunk: vec![1] }).expect("encodes");
    let foreign = world.sandbox.update(stranger(), MANAGEMENT, "upload_chunk", arg);
    assert_reject(foreign, RejectCode::CanisterError, "Only controllers");
    for method in ["stored_chunks", "clear_chunk_store"] {
        let foreign = world.sandbox.update(stranger(), MANAGEMENT, method, target(a));
        assert_reject(foreign, RejectCode::CanisterError, "Only controllers");
    }
    // A canister may look after its own.
    let listed = world.sandbox.update(a, MANAGEMENT, "stored_chunks", target(a));
    let listed: Vec<ChunkHash> = decode_one(&listed.expect("refused")).expect("a list");
    assert_eq!(listed.len(), 100);
}

#[test]
fn a_module_is_installed_from_the_chunks_of_another_canister() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let module = probe("probe 2");
    let chunks: Vec<ChunkHash> = module
        .chunks(module.len() / 2 + 1)
        .map(|chunk| store(&mut world, a, chunk).expect("stored"))
        .collect();
    let args = InstallChunkedCodeArgs {
        mode: CanisterInstallMode::Reinstall,
        target_canister: b,
        store_canister: Some(a),
        chunk_hashes_list: chunks,
        wasm_module_hash: Sha256::digest(&module).to_vec(),
        arg: vec![],
        sender_canister_version: None,
    };
    let install = |world: &mut World, args: &InstallChunkedCodeArgs| {
        let arg = encode_one(args).expect("encodes");
        world.sandbox.update(owner(), MANAGEMENT, "install_chunked_code", arg)
    };
    let other = InstallChunkedCodeArgs { wasm_module_hash: vec![1; 32], ..args.clone() };
    let refused = install(&mut world, &other);
    assert_reject(refused, RejectCode::CanisterError, "not the module with this hash");
    let missing = InstallChunkedCodeArgs { store_canister: None, ..args.clone() };
    assert_reject(install(&mut world, &missing), RejectCode::CanisterError, "not found");
    assert_eq!(world.version(b), "probe 1");
    install(&mut world, &args).expect("installed");
    assert_eq!(world.version(b), "probe 2");
}
