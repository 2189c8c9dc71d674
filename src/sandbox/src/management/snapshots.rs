//! Snapshots: take, load, list, delete and read. [`super::upload`] has their upload.

use crate::canister::{Canister, snapshot::Snapshot};
use crate::management::call::{Answer, Call, check_controller, encode, no_result};
use crate::management::{chunks, code};
use crate::model::reject::{Reject, error_code};
use crate::world::World;
use candid::Principal;
use ic_error_types::RejectCode;
use ic_management_canister_types::{
    ChangeDetails, ChunkHash, DeleteCanisterSnapshotArgs, LoadCanisterSnapshotArgs,
    LoadSnapshotRecord, ReadCanisterSnapshotDataArgs, ReadCanisterSnapshotDataResult,
    ReadCanisterSnapshotMetadataArgs, ReadCanisterSnapshotMetadataResult,
    Snapshot as SnapshotResult, SnapshotDataKind, SnapshotMetadataGlobal, SnapshotVisibility,
    TakeCanisterSnapshotArgs,
};
use wasmi::Val;

pub(crate) const MAX_SNAPSHOTS: usize = 10;
const MAX_CHUNK_BYTES: u64 = 2_000_000;
/// Nanoseconds after which the network has brought a snapshot to its disks, and another canister can load it.
const LOADABLE_ELSEWHERE_AFTER: u64 = 10 * 60 * 1_000_000_000;

pub(super) fn take_snapshot(world: &mut World, call: &Call) -> Answer {
    let args: TakeCanisterSnapshotArgs = call.argument()?;
    let id = args.canister_id;
    check_controller(world, call, id)?;
    let time = world.time;
    let canister = world.canister_mut(id)?;
    check_room(canister, args.replace_snapshot.as_deref())?;
    let Some(snapshot) = canister.snapshot(time) else {
        return Err(Reject::refused(format!("Failed to create snapshot for empty canister {id}")));
    };
    if let Some(replaced) = &args.replace_snapshot {
        canister.snapshots.retain(|old| old.id != *replaced);
    }
    let result = result_of(&snapshot);
    canister.snapshots.push(snapshot);
    if args.uninstall_code == Some(true) {
        code::uninstall(world, call.sender, id)?;
    }
    Ok(encode(&result))
}

/// Refuses when there are ten snapshots and none of them is replaced.
pub(super) fn check_room(canister: &Canister, replaced: Option<&[u8]>) -> Result<(), Reject> {
    if let Some(replaced) = replaced {
        return find(canister, replaced).map(drop);
    }
    if canister.snapshots.len() < MAX_SNAPSHOTS {
        return Ok(());
    }
    let id = canister.id;
    Err(Reject::refused(format!(
        "Canister {id} has reached the maximum number of snapshots allowed: {MAX_SNAPSHOTS}."
    )))
}

/// Loads a snapshot, also one of another canister if the caller controls both, and it has not been changed for a while.
pub(super) fn load_snapshot(world: &mut World, call: &Call) -> Answer {
    let args: LoadCanisterSnapshotArgs = call.argument()?;
    let id = args.canister_id;
    check_controller(world, call, id)?;
    let owner = owner_of(world, &args.snapshot_id, id)?;
    let snapshot = find(world.canister(owner)?, &args.snapshot_id)?.clone();
    if owner != id {
        check_foreign(world, call, owner, id, &snapshot)?;
    }
    world.canister_mut(id)?.load(&snapshot)?;
    let details = ChangeDetails::LoadSnapshot(LoadSnapshotRecord {
        from_canister_id: Some(owner).filter(|owner| *owner != id),
        canister_version: snapshot.canister_version,
        taken_at_timestamp: snapshot.taken_at,
        source: snapshot.source(),
        snapshot_id: snapshot.id,
    });
    world.record(id, call.sender, details)?;
    Ok(no_result())
}

/// Refuses a snapshot of another canister unless the caller controls that one as well, and the snapshot is older than the
/// time that the network needs to bring it to its disks.
fn check_foreign(
    world: &World,
    call: &Call,
    owner: Principal,
    target: Principal,
    snapshot: &Snapshot,
) -> Result<(), Reject> {
    let id = hexadecimal(&snapshot.id);
    if !world.canister(owner)?.controllers.contains(&call.sender) {
        let sender = call.sender;
        return Err(Reject::refused(format!(
            "Only a controller of the canister that snapshot {id} belongs to can load it on canister {target}. Sender: {sender}."
        )));
    }
    if world.time.saturating_sub(snapshot.changed_at) < LOADABLE_ELSEWHERE_AFTER {
        return Err(Reject::refused(format!(
            "Snapshot {id} is not currently loadable on the specified canister {target}. Try again later. The call should succeed if you wait sufficiently long (usually ten minutes)."
        )));
    }
    Ok(())
}

fn owner_of(world: &World, snapshot: &[u8], target: Principal) -> Result<Principal, Reject> {
    let owns = |canister: &&Canister| canister.snapshots.iter().any(|s| s.id == snapshot);
    let owner = world.canisters.values().find(owns);
    owner.map(|canister| canister.id).ok_or_else(|| snapshot_not_found(target, snapshot))
}

pub(super) fn list_snapshots(world: &World, call: &Call) -> Answer {
    let id = call.target()?;
    check_reader(world, call, id)?;
    let snapshots = &world.canister(id)?.snapshots;
    Ok(encode(&snapshots.iter().map(result_of).collect::<Vec<_>>()))
}

pub(super) fn delete_snapshot(world: &mut World, call: &Call) -> Answer {
    let DeleteCanisterSnapshotArgs { canister_id, snapshot_id } = call.argument()?;
    check_controller(world, call, canister_id)?;
    let canister = world.canister_mut(canister_id)?;
    find(canister, &snapshot_id)?;
    canister.snapshots.retain(|snapshot| snapshot.id != snapshot_id);
    Ok(no_result())
}

pub(super) fn read_snapshot_metadata(world: &World, call: &Call) -> Answer {
    let args: ReadCanisterSnapshotMetadataArgs = call.argument()?;
    check_reader(world, call, args.canister_id)?;
    let snapshot = find(world.canister(args.canister_id)?, &args.snapshot_id)?;
    Ok(encode(&metadata_of(snapshot)))
}

pub(super) fn read_snapshot_data(world: &World, call: &Call) -> Answer {
    let args: ReadCanisterSnapshotDataArgs = call.argument()?;
    check_reader(world, call, args.canister_id)?;
    let snapshot = find(world.canister(args.canister_id)?, &args.snapshot_id)?;
    let chunk = chunk_of(snapshot, &args.kind)?;
    Ok(encode(&ReadCanisterSnapshotDataResult { chunk }))
}

/// Refuses unless the caller may list and read snapshots.
fn check_reader(world: &World, call: &Call, id: Principal) -> Result<(), Reject> {
    let may_read = match &world.canister(id)?.snapshot_visibility {
        SnapshotVisibility::Public => true,
        SnapshotVisibility::AllowedViewers(viewers) => viewers.contains(&call.sender),
        SnapshotVisibility::Controllers => false,
    };
    if may_read {
        return Ok(());
    }
    check_controller(world, call, id)
}

pub(super) fn find<'a>(canister: &'a Canister, snapshot: &[u8]) -> Result<&'a Snapshot, Reject> {
    let mut snapshots = canister.snapshots.iter();
    snapshots
        .find(|candidate| candidate.id == snapshot)
        .ok_or_else(|| snapshot_not_found(canister.id, snapshot))
}

fn snapshot_not_found(canister: Principal, snapshot: &[u8]) -> Reject {
    let id = hexadecimal(snapshot);
    let message = format!("Could not find the snapshot ID {id} for canister {canister}");
    Reject::new(RejectCode::DestinationInvalid, message).named(error_code::SNAPSHOT_NOT_FOUND)
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}

fn result_of(snapshot: &Snapshot) -> SnapshotResult {
    SnapshotResult {
        id: snapshot.id.clone(),
        taken_at_timestamp: snapshot.taken_at,
        total_size: snapshot.total_size(),
    }
}

fn metadata_of(snapshot: &Snapshot) -> ReadCanisterSnapshotMetadataResult {
    let globals = snapshot.image.globals.iter();
    ReadCanisterSnapshotMetadataResult {
        source: Some(snapshot.source()),
        taken_at_timestamp: snapshot.taken_at,
        wasm_module_size: snapshot.module().len() as u64,
        globals: globals.map(|value| global_of(value.as_ref())).collect(),
        wasm_memory_size: snapshot.image.heap.len() as u64,
        stable_memory_size: snapshot.stable.size_in_bytes(),
        wasm_chunk_store: snapshot
            .chunks
            .hashes()
            .map(|hash| ChunkHash { hash: hash.to_vec() })
            .collect(),
        canister_version: snapshot.canister_version,
        certified_data: snapshot.certified_data.clone(),
        global_timer: snapshot.global_timer.clone(),
        on_low_wasm_memory_hook_status: snapshot.hook.clone(),
    }
}

fn global_of(value: Option<&Val>) -> Option<SnapshotMetadataGlobal> {
    match value? {
        Val::I32(value) => Some(SnapshotMetadataGlobal::I32(*value)),
        Val::I64(value) => Some(SnapshotMetadataGlobal::I64(*value)),
        Val::F32(value) => Some(SnapshotMetadataGlobal::F32(value.to_float())),
        Val::F64(value) => Some(SnapshotMetadataGlobal::F64(value.to_float())),
        _ => None,
    }
}

fn chunk_of(snapshot: &Snapshot, kind: &SnapshotDataKind) -> Answer {
    let to_usize = |offset| usize::try_from(offset).expect("BUG: an offset beyond the memory");
    match kind {
        &SnapshotDataKind::WasmModule { offset, size } => {
            let module = snapshot.module();
            let length = chunk_length(module.len() as u64, offset, size)?;
            Ok(module[to_usize(offset)..][..length].to_vec())
        }
        &SnapshotDataKind::WasmMemory { offset, size } => {
            let heap = &snapshot.image.heap;
            let mut chunk = vec![0; chunk_length(heap.len() as u64, offset, size)?];
            heap.read(to_usize(offset), &mut chunk);
            Ok(chunk)
        }
        &SnapshotDataKind::StableMemory { offset, size } => {
            let stable = &snapshot.stable;
            let mut chunk = vec![0; chunk_length(stable.size_in_bytes(), offset, size)?];
            stable.read(offset, &mut chunk);
            Ok(chunk)
        }
        SnapshotDataKind::WasmChunk { hash } => {
            let chunk = snapshot.chunks.get(hash);
            chunk.map(<[u8]>::to_vec).ok_or_else(|| chunks::not_found(hash))
        }
    }
}

/// The length of a chunk, if it lies inside and is not too large.
fn chunk_length(total: u64, offset: u64, size: u64) -> Result<usize, Reject> {
    let inside = offset.checked_add(size).is_some_and(|end| end <= total);
    match usize::try_from(size) {
        Ok(length) if inside && size <= MAX_CHUNK_BYTES => Ok(length),
        _ => Err(Reject::refused(format!(
            "Invalid range: offset {offset} and size {size} of {total} bytes, at most {MAX_CHUNK_BYTES} a call"
        ))
        .named(error_code::INVALID_PAYLOAD)),
    }
}
