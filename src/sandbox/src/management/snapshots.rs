//! Snapshots: take, load, list, delete and read.

use crate::canister::{Canister, snapshot::Snapshot};
use crate::management::call::{Answer, Call, check_controller, encode, no_result};
use crate::management::code;
use crate::model::reject::{Reject, error_code};
use crate::world::World;
use candid::{Principal, Reserved};
use ic_error_types::RejectCode;
use ic_management_canister_types::{
    CanisterTimer, ChangeDetails, DeleteCanisterSnapshotArgs, LoadCanisterSnapshotArgs,
    LoadSnapshotRecord, ReadCanisterSnapshotDataArgs, ReadCanisterSnapshotDataResult,
    ReadCanisterSnapshotMetadataArgs, ReadCanisterSnapshotMetadataResult,
    Snapshot as SnapshotResult, SnapshotDataKind, SnapshotMetadataGlobal, SnapshotSource,
    SnapshotVisibility, TakeCanisterSnapshotArgs,
};
use wasmi::Val;

pub(crate) const MAX_SNAPSHOTS: usize = 10;
const MAX_CHUNK_BYTES: u64 = 2_000_000;

pub(super) fn take_snapshot(world: &mut World, call: &Call) -> Answer {
    let args: TakeCanisterSnapshotArgs = call.argument()?;
    let id = args.canister_id;
    check_controller(world, call, id)?;
    let time = world.time;
    let canister = world.canister_mut(id)?;
    if let Some(replaced) = &args.replace_snapshot {
        find(canister, replaced)?;
    } else if canister.snapshots.len() >= MAX_SNAPSHOTS {
        return Err(Reject::refused(format!(
            "Canister {id} has reached the maximum number of snapshots allowed: {MAX_SNAPSHOTS}."
        )));
    }
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

/// Loads a snapshot, also one of another canister if the caller controls both.
pub(super) fn load_snapshot(world: &mut World, call: &Call) -> Answer {
    let args: LoadCanisterSnapshotArgs = call.argument()?;
    let id = args.canister_id;
    check_controller(world, call, id)?;
    let owner = owner_of(world, &args.snapshot_id, id)?;
    check_controller(world, call, owner)?;
    let snapshot = find(world.canister(owner)?, &args.snapshot_id)?.clone();
    let canister = world.canister_mut(id)?;
    canister.load(&snapshot);
    let details = ChangeDetails::LoadSnapshot(LoadSnapshotRecord {
        from_canister_id: Some(owner).filter(|owner| *owner != id),
        snapshot_id: snapshot.id,
        canister_version: snapshot.canister_version,
        taken_at_timestamp: snapshot.taken_at,
        source: SnapshotSource::TakenFromCanister(Reserved),
    });
    world.record(id, call.sender, details)?;
    Ok(no_result())
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

fn find<'a>(canister: &'a Canister, snapshot: &[u8]) -> Result<&'a Snapshot, Reject> {
    let mut snapshots = canister.snapshots.iter();
    snapshots
        .find(|candidate| candidate.id == snapshot)
        .ok_or_else(|| snapshot_not_found(canister.id, snapshot))
}

fn snapshot_not_found(canister: Principal, snapshot: &[u8]) -> Reject {
    use std::fmt::Write;
    let hex = snapshot.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // writing to a string cannot fail
        hex
    });
    let message = format!("Could not find the snapshot ID {hex} for canister {canister}");
    Reject::new(RejectCode::DestinationInvalid, message).named(error_code::SNAPSHOT_NOT_FOUND)
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
        source: Some(SnapshotSource::TakenFromCanister(Reserved)),
        taken_at_timestamp: snapshot.taken_at,
        wasm_module_size: snapshot.module.uploaded.len() as u64,
        globals: globals.map(|value| global_of(value.as_ref())).collect(),
        wasm_memory_size: snapshot.image.heap.len() as u64,
        stable_memory_size: snapshot.stable.size_in_bytes(),
        wasm_chunk_store: Vec::new(),
        canister_version: snapshot.canister_version,
        certified_data: snapshot.certified_data.clone(),
        global_timer: Some(match snapshot.global_timer {
            0 => CanisterTimer::Inactive,
            at => CanisterTimer::Active(at),
        }),
        on_low_wasm_memory_hook_status: None,
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
    match *kind {
        SnapshotDataKind::WasmModule { offset, size } => {
            let module = &snapshot.module.uploaded;
            let length = chunk_length(module.len() as u64, offset, size)?;
            Ok(module[to_usize(offset)..][..length].to_vec())
        }
        SnapshotDataKind::WasmMemory { offset, size } => {
            let heap = &snapshot.image.heap;
            let mut chunk = vec![0; chunk_length(heap.len() as u64, offset, size)?];
            heap.read(to_usize(offset), &mut chunk);
            Ok(chunk)
        }
        SnapshotDataKind::StableMemory { offset, size } => {
            let stable = &snapshot.stable;
            let mut chunk = vec![0; chunk_length(stable.size_in_bytes(), offset, size)?];
            stable.read(offset, &mut chunk);
            Ok(chunk)
        }
        SnapshotDataKind::WasmChunk { .. } => {
            Err(Reject::refused("this simulator has no Wasm chunk store"))
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
