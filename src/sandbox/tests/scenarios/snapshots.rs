use crate::world::{MANAGEMENT, World, assert_reject, order, owner, probe, stranger, target};
use candid::{Principal, decode_one, encode_one};
use canister_sandbox::{Reject, RejectCode};
use ic_management_canister_types::{
    CanisterInfoArgs, CanisterInfoResult, CanisterSettings, Change, ChangeDetails,
    DeleteCanisterSnapshotArgs, LoadCanisterSnapshotArgs, ReadCanisterSnapshotDataArgs,
    ReadCanisterSnapshotDataResult, ReadCanisterSnapshotMetadataArgs,
    ReadCanisterSnapshotMetadataResult, Snapshot, SnapshotDataKind, SnapshotSource,
    SnapshotVisibility, TakeCanisterSnapshotArgs, UpdateSettingsArgs,
};
use std::time::Duration;

fn take(
    world: &mut World,
    canister_id: Principal,
    replace_snapshot: Option<Vec<u8>>,
) -> Result<Snapshot, Reject> {
    let args = TakeCanisterSnapshotArgs {
        canister_id,
        replace_snapshot,
        uninstall_code: None,
        sender_canister_version: None,
    };
    world.ask("take_canister_snapshot", &args)
}

fn load(world: &mut World, canister_id: Principal, snapshot_id: &[u8]) -> Result<Vec<u8>, Reject> {
    let args = LoadCanisterSnapshotArgs {
        canister_id,
        snapshot_id: snapshot_id.to_vec(),
        sender_canister_version: None,
    };
    let arg = encode_one(args).expect("encodes");
    world.sandbox.update(owner(), MANAGEMENT, "load_canister_snapshot", arg)
}

fn read(
    world: &mut World,
    canister_id: Principal,
    snapshot_id: &[u8],
    kind: SnapshotDataKind,
) -> Result<Vec<u8>, Reject> {
    let args =
        ReadCanisterSnapshotDataArgs { canister_id, snapshot_id: snapshot_id.to_vec(), kind };
    let result =
        world.ask::<ReadCanisterSnapshotDataResult>("read_canister_snapshot_data", &args)?;
    Ok(result.chunk)
}

#[test]
fn a_load_brings_everything_back() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    world.update(a, "certify").expect("refused");
    let before = world.counters(a);
    let snapshot = take(&mut world, a, None).expect("refused");
    assert_eq!(snapshot.taken_at_timestamp, world.sandbox.time_nanos());
    assert!(snapshot.total_size > 5 * 65_536);
    world.add(a);
    world.sandbox.upgrade(owner(), a, &probe("probe 2"), vec![]).expect("refused");
    load(&mut world, a, &snapshot.id).expect("refused");
    assert_eq!(world.counters(a), before);
    assert_eq!(world.version(a), "probe 1");
    world.add(a);
    assert_eq!(world.counters(a).adds, 2);
}

/// Whether the timer of the canister comes, when the one that it sets is due.
fn timer_comes(world: &mut World, canister: Principal) -> bool {
    let before = world.counters(canister).timers;
    world.sandbox.advance_time(Duration::from_secs(5));
    world.sandbox.run_until_idle();
    world.counters(canister).timers == before + 1
}

/// The network has not restored it from the beginning, and leaves it so for the sake of canisters that rely on that.
#[test]
fn the_timer_stays_as_it_is_when_a_snapshot_that_was_taken_is_loaded() {
    let mut world = World::new();
    let a = world.a;
    let without = take(&mut world, a, None).expect("refused");
    world.update(a, "arm").expect("refused");
    let with = take(&mut world, a, None).expect("refused");
    load(&mut world, a, &without.id).expect("refused");
    assert!(timer_comes(&mut world, a), "it was set before the load");
    load(&mut world, a, &with.id).expect("refused");
    assert!(!timer_comes(&mut world, a), "it was not set before the load");
}

/// What `asker` is told about a canister, with at most so many changes.
fn info(world: &mut World, asker: Principal, id: Principal, changes: u64) -> CanisterInfoResult {
    let args = CanisterInfoArgs { canister_id: id, num_requested_changes: Some(changes) };
    let args = order(0, MANAGEMENT, "canister_info", &encode_one(args).expect("encodes"));
    let reply = world.sandbox.update(owner(), asker, "call", args).expect("refused");
    decode_one(&reply).expect("a record")
}

#[test]
fn the_history_has_loads_and_neither_takes_nor_stops_nor_starts() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let before = info(&mut world, a, b, 0);
    assert_eq!(before.recent_changes, []);
    let snapshot = take(&mut world, b, None).expect("refused");
    world.manage("stop_canister", b).expect("refused");
    load(&mut world, b, &snapshot.id).expect("refused");
    world.manage("start_canister", b).expect("refused");
    let after = info(&mut world, a, b, 1);
    assert_eq!(after.total_num_changes, before.total_num_changes + 1);
    assert_eq!((after.module_hash, after.controllers), (before.module_hash, before.controllers));
    let [Change { details: Some(ChangeDetails::LoadSnapshot(loaded)), .. }] =
        &after.recent_changes[..]
    else {
        panic!("{:?}", after.recent_changes);
    };
    assert_eq!((&loaded.snapshot_id, loaded.from_canister_id), (&snapshot.id, None));
    assert_eq!(loaded.taken_at_timestamp, snapshot.taken_at_timestamp);
    assert!(matches!(loaded.source, SnapshotSource::TakenFromCanister(_)));
    for _ in 0..20 {
        load(&mut world, b, &snapshot.id).expect("refused");
    }
    let last = info(&mut world, a, b, u64::MAX);
    assert_eq!(last.total_num_changes, after.total_num_changes + 20);
    assert_eq!(last.recent_changes.len(), 20);
    let versions: Vec<u64> = last.recent_changes.iter().map(|it| it.canister_version).collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

#[test]
fn a_snapshot_can_be_loaded_into_another_canister_of_the_same_controller() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    world.add(a);
    let snapshot = take(&mut world, a, None).expect("refused");
    let early = load(&mut world, b, &snapshot.id);
    assert_reject(early, RejectCode::CanisterReject, "not currently loadable");
    world.sandbox.advance_time(Duration::from_mins(10));
    load(&mut world, b, &snapshot.id).expect("refused");
    assert_eq!(world.counters(b).adds, 1);
    world.sandbox.set_controllers(a, &[stranger()]);
    let refused = load(&mut world, b, &snapshot.id);
    assert_reject(refused, RejectCode::CanisterReject, "Only a controller of the canister that");
}

#[test]
fn snapshots_are_listed_and_deleted() {
    let mut world = World::new();
    let a = world.a;
    let first = take(&mut world, a, None).expect("refused");
    let second = take(&mut world, a, None).expect("refused");
    let id = ic_management_canister_types::CanisterIdRecord { canister_id: a };
    let listed: Vec<Snapshot> = world.ask("list_canister_snapshots", &id).expect("refused");
    assert_eq!(listed, [first.clone(), second.clone()]);
    let args = DeleteCanisterSnapshotArgs { canister_id: a, snapshot_id: first.id.clone() };
    let arg = encode_one(args).expect("encodes");
    let delete = |world: &mut World| {
        let sandbox = &mut world.sandbox;
        sandbox.update(owner(), MANAGEMENT, "delete_canister_snapshot", arg.clone())
    };
    delete(&mut world).expect("refused");
    let left = world.sandbox.snapshots(a);
    assert_eq!(left.len(), 1);
    assert_eq!((&left[0].id, left[0].total_size), (&second.id, second.total_size));
    let gone = delete(&mut world);
    assert_reject(gone, RejectCode::DestinationInvalid, "Could not find the snapshot");
    let gone = load(&mut world, a, &first.id);
    assert_reject(gone, RejectCode::DestinationInvalid, "Could not find the snapshot");
}

#[test]
fn there_are_ten_at_most_and_one_can_be_replaced() {
    let mut world = World::new();
    let a = world.a;
    let first = take(&mut world, a, None).expect("refused");
    for _ in 1..10 {
        take(&mut world, a, None).expect("refused");
    }
    let full = take(&mut world, a, None);
    assert_reject(full, RejectCode::CanisterReject, "maximum number of snapshots");
    let eleventh = take(&mut world, a, Some(first.id.clone())).expect("refused");
    let ids: Vec<_> = world.sandbox.snapshots(a).into_iter().map(|s| s.id).collect();
    assert_eq!(ids.len(), 10);
    assert!(ids.contains(&eleventh.id) && !ids.contains(&first.id));
    let unknown = take(&mut world, a, Some(first.id));
    assert_reject(unknown, RejectCode::DestinationInvalid, "Could not find");
}

#[test]
fn an_empty_canister_has_nothing_to_take() {
    let mut world = World::new();
    let empty = world.sandbox.create_canister(&[owner()]);
    let refused = take(&mut world, empty, None);
    assert_reject(refused, RejectCode::CanisterReject, "empty canister");
}

#[test]
fn snapshots_vanish_with_their_canister() {
    let mut world = World::new();
    let (a, b) = (world.a, world.b);
    let snapshot = take(&mut world, b, None).expect("refused");
    world.manage("stop_canister", b).expect("refused");
    world.manage("delete_canister", b).expect("refused");
    let gone = load(&mut world, a, &snapshot.id);
    assert_reject(gone, RejectCode::DestinationInvalid, "Could not find");
}

#[test]
fn contents_can_be_read_piece_by_piece() {
    let mut world = World::new();
    let a = world.a;
    world.add(a);
    let id = take(&mut world, a, None).expect("refused").id;
    let args = ReadCanisterSnapshotMetadataArgs { canister_id: a, snapshot_id: id.clone() };
    let metadata: ReadCanisterSnapshotMetadataResult =
        world.ask("read_canister_snapshot_metadata", &args).expect("refused");
    let module = probe("probe 1");
    assert_eq!(metadata.wasm_module_size, module.len() as u64);
    assert_eq!(metadata.wasm_memory_size, 4 * 65_536);
    assert_eq!(metadata.stable_memory_size, 65_536);
    assert_eq!(metadata.globals.len(), 1);

    let size = metadata.wasm_module_size;
    let whole = read(&mut world, a, &id, SnapshotDataKind::WasmModule { offset: 0, size });
    assert_eq!(whole, Ok(module));
    let heap = read(&mut world, a, &id, SnapshotDataKind::WasmMemory { offset: 1024, size: 7 });
    assert_eq!(heap, Ok(b"probe 1".to_vec()));
    let stable = read(&mut world, a, &id, SnapshotDataKind::StableMemory { offset: 0, size: 4 });
    assert_eq!(stable, Ok(vec![1, 0, 0, 0]));
    for (offset, size) in [(65_530, 7), (0, 65_537), (u64::MAX, 2)] {
        let beyond = read(&mut world, a, &id, SnapshotDataKind::StableMemory { offset, size });
        assert_reject(beyond, RejectCode::CanisterReject, "Invalid range");
    }
}

#[test]
fn a_chunk_has_two_million_bytes_at_most() {
    let mut world = World::new();
    let a = world.a;
    world.sandbox.set_stable_memory(a, &vec![1; 3_000_000]);
    let id = take(&mut world, a, None).expect("refused").id;
    let chunk = |world: &mut World, size| {
        read(world, a, &id, SnapshotDataKind::StableMemory { offset: 1, size })
    };
    assert_eq!(chunk(&mut world, 2_000_000), Ok(vec![1; 2_000_000]));
    let large = chunk(&mut world, 2_000_001);
    assert_reject(large, RejectCode::CanisterReject, "2000000");
}

#[test]
fn only_controllers_and_allowed_viewers_read() {
    let mut world = World::new();
    let a = world.a;
    take(&mut world, a, None).expect("refused");
    let list = |world: &mut World, reader| {
        let sandbox = &mut world.sandbox;
        sandbox.update(reader, MANAGEMENT, "list_canister_snapshots", target(a))
    };
    let refused = list(&mut world, stranger());
    assert_reject(refused, RejectCode::CanisterError, "Only controllers");
    let args = UpdateSettingsArgs {
        canister_id: a,
        settings: CanisterSettings {
            snapshot_visibility: Some(SnapshotVisibility::AllowedViewers(vec![stranger()])),
            ..CanisterSettings::default()
        },
        sender_canister_version: None,
    };
    let arg = encode_one(args).expect("encodes");
    let settings = world.sandbox.update(owner(), MANAGEMENT, "update_settings", arg);
    settings.expect("refused");
    list(&mut world, stranger()).expect("a viewer may list");
    let anonymous = list(&mut world, Principal::anonymous());
    assert_reject(anonymous, RejectCode::CanisterError, "Only controllers");
}

#[test]
fn only_a_controller_takes_loads_and_deletes() {
    let mut world = World::new();
    let a = world.a;
    let id = take(&mut world, a, None).expect("refused").id;
    let args = encode_one(DeleteCanisterSnapshotArgs { canister_id: a, snapshot_id: id })
        .expect("encodes");
    // The arguments of the other two are a superset with optional fields only.
    for method in ["take_canister_snapshot", "load_canister_snapshot", "delete_canister_snapshot"] {
        let refused = world.sandbox.update(stranger(), MANAGEMENT, method, args.clone());
        assert_reject(refused, RejectCode::CanisterError, method);
    }
    assert_eq!(world.sandbox.snapshots(a).len(), 1);
}
