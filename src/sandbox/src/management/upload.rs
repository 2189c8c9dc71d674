//! Uploads of snapshots: first the metadata, which make a snapshot of zeros, then the data.

use crate::canister::chunks::ChunkStore;
use crate::canister::snapshot::{Snapshot, Source};
use crate::management::call::{Answer, Call, check_controller, encode, no_result};
use crate::management::chunks;
use crate::management::snapshots::{check_room, find};
use crate::model::{
    pages::Pages,
    reject::{Reject, error_code},
    stable::{PAGE_SIZE, StableMemory},
};
use crate::vm::image::Image;
use crate::world::World;
use ic_management_canister_types::{
    SnapshotDataOffset, SnapshotMetadataGlobal, UploadCanisterSnapshotDataArgs,
    UploadCanisterSnapshotMetadataArgs, UploadCanisterSnapshotMetadataResult,
};
use wasmi::{F32, F64, Val};

const MAX_MODULE_BYTES: u64 = 100 * 1024 * 1024;
const MAX_HEAP_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const MAX_STABLE_BYTES: u64 = 500 * 1024 * 1024 * 1024;
const MAX_GLOBALS: usize = 1_000;
const MAX_CERTIFIED_BYTES: usize = 32;

/// Makes a snapshot of zeros with these lengths. One that it replaces is gone from now on, before any data came.
pub(super) fn upload_metadata(world: &mut World, call: &Call) -> Answer {
    let args: UploadCanisterSnapshotMetadataArgs = call.argument()?;
    check_controller(world, call, args.canister_id)?;
    check_metadata(&args)?;
    let globals = args.globals.iter().map(value_of).collect::<Result<Vec<_>, _>>()?;
    let time = world.time;
    let canister = world.canister_mut(args.canister_id)?;
    check_room(canister, args.replace_snapshot.as_deref())?;
    if let Some(replaced) = &args.replace_snapshot {
        canister.snapshots.retain(|old| old.id != *replaced);
    }
    let mut image = Image { globals, ..Image::default() };
    image.heap.resize_bytes(to_usize(args.wasm_memory_size));
    let mut stable = StableMemory::default();
    stable.grow(args.stable_memory_size / PAGE_SIZE).expect("BUG: the size was checked");
    let snapshot = Snapshot {
        id: canister.new_snapshot_id(),
        taken_at: time,
        changed_at: time,
        canister_version: canister.version,
        source: Source::Uploaded(vec![0; to_usize(args.wasm_module_size)]),
        image,
        stable,
        chunks: ChunkStore::default(),
        certified_data: args.certified_data,
        global_timer: args.global_timer,
        hook: args.on_low_wasm_memory_hook_status,
    };
    let snapshot_id = snapshot.id.clone();
    canister.snapshots.push(snapshot);
    Ok(encode(&UploadCanisterSnapshotMetadataResult { snapshot_id }))
}

/// Writes data of a snapshot that was uploaded.
pub(super) fn upload_data(world: &mut World, call: &Call) -> Answer {
    let args: UploadCanisterSnapshotDataArgs = call.argument()?;
    check_controller(world, call, args.canister_id)?;
    let time = world.time;
    let canister = world.canister_mut(args.canister_id)?;
    find(canister, &args.snapshot_id)?;
    let mut snapshots = canister.snapshots.iter_mut();
    let snapshot = snapshots
        .find(|snapshot| snapshot.id == args.snapshot_id)
        .expect("BUG: the snapshot that was found is gone");
    let Source::Uploaded(module) = &mut snapshot.source else {
        let message = "Only canister snapshots created by metadata upload can be mutated.";
        return Err(Reject::refused(message).named(error_code::SNAPSHOT_IMMUTABLE));
    };
    let chunk = args.chunk;
    match args.kind {
        SnapshotDataOffset::WasmModule { offset } => {
            let at = place(module.len() as u64, offset, &chunk)?;
            module[at..at + chunk.len()].copy_from_slice(&chunk);
        }
        SnapshotDataOffset::WasmMemory { offset } => {
            let heap: &mut Pages<_> = &mut snapshot.image.heap;
            let at = place(heap.len() as u64, offset, &chunk)?;
            heap.write(at, &chunk);
        }
        SnapshotDataOffset::StableMemory { offset } => {
            place(snapshot.stable.size_in_bytes(), offset, &chunk)?;
            snapshot.stable.write(offset, &chunk);
        }
        SnapshotDataOffset::WasmChunk => {
            snapshot.chunks.insert(chunk).map_err(|why| chunks::refused(&why))?;
        }
    }
    snapshot.changed_at = time;
    Ok(no_result())
}

fn check_metadata(args: &UploadCanisterSnapshotMetadataArgs) -> Result<(), Reject> {
    let UploadCanisterSnapshotMetadataArgs {
        wasm_module_size,
        wasm_memory_size,
        stable_memory_size,
        ..
    } = *args;
    let whole = |bytes: u64| bytes.is_multiple_of(PAGE_SIZE);
    let problem = if wasm_module_size == 0 {
        "WasmModuleEmpty"
    } else if wasm_module_size > MAX_MODULE_BYTES {
        "WasmModuleTooLarge"
    } else if !whole(wasm_memory_size) {
        "WasmMemoryNotPageAligned"
    } else if wasm_memory_size > MAX_HEAP_BYTES {
        "WasmMemoryTooLarge"
    } else if !whole(stable_memory_size) {
        "StableMemoryNotPageAligned"
    } else if stable_memory_size > MAX_STABLE_BYTES {
        "StableMemoryTooLarge"
    } else if args.globals.len() > MAX_GLOBALS {
        "ExportedGlobalsTooLarge"
    } else if args.certified_data.len() > MAX_CERTIFIED_BYTES {
        "CertifiedDataTooLarge"
    } else {
        return Ok(());
    };
    let message = format!("Snapshot Metadata contains invalid data: {problem}");
    Err(Reject::refused(message).named(error_code::INVALID_PAYLOAD))
}

fn value_of(global: &SnapshotMetadataGlobal) -> Result<Option<Val>, Reject> {
    match global {
        SnapshotMetadataGlobal::I32(value) => Ok(Some(Val::I32(*value))),
        SnapshotMetadataGlobal::I64(value) => Ok(Some(Val::I64(*value))),
        SnapshotMetadataGlobal::F32(value) => Ok(Some(Val::F32(F32::from_bits(value.to_bits())))),
        SnapshotMetadataGlobal::F64(value) => Ok(Some(Val::F64(F64::from_bits(value.to_bits())))),
        SnapshotMetadataGlobal::V128(_) => {
            Err(Reject::refused("this simulator has no globals of type v128"))
        }
    }
}

/// Where a chunk begins, if it lies inside.
fn place(total: u64, offset: u64, chunk: &[u8]) -> Result<usize, Reject> {
    let size = chunk.len() as u64;
    if offset.checked_add(size).is_some_and(|end| end <= total) {
        return Ok(to_usize(offset));
    }
    let message = format!(
        "Invalid subslice into wasm module / main memory / stable memory: offset: {offset}, size: {size}"
    );
    Err(Reject::refused(message).named(error_code::INVALID_PAYLOAD))
}

fn to_usize(bytes: u64) -> usize {
    usize::try_from(bytes).expect("BUG: a size beyond this machine's address space")
}
