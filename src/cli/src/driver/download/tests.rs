//! A download whose pieces come from a list, onto a disk that is observed.

use super::*;
use crate::{disk::recorded::RecordedDisk, driver::folder};
use backup_fleet::types::{ChunkHash, ReadCanisterSnapshotDataResult};
use ic_canister_runtime::StubRuntime;
use pollster::block_on;
use tempfile::TempDir;

const SIZES: [u64; 3] = [3, CHUNK + 1, 0];

fn metadata() -> ReadCanisterSnapshotMetadataResult {
    let [wasm_module_size, wasm_memory_size, stable_memory_size] = SIZES;
    ReadCanisterSnapshotMetadataResult {
        source: None,
        taken_at_timestamp: 1,
        wasm_module_size,
        globals: Vec::new(),
        wasm_memory_size,
        stable_memory_size,
        wasm_chunk_store: vec![ChunkHash { hash: vec![1; 32] }],
        canister_version: 1,
        certified_data: Vec::new(),
        global_timer: None,
        on_low_wasm_memory_hook_status: None,
    }
}

/// What the network hands out of such a snapshot, from its beginning to its end.
fn answers() -> StubRuntime {
    let piece = |bytes: u64| {
        let bytes = usize::try_from(bytes).expect("it fits memory");
        ReadCanisterSnapshotDataResult { chunk: vec![7; bytes] }
    };
    let mut runtime = StubRuntime::new().add_stub_response(metadata());
    for bytes in SIZES {
        let whole = bytes / CHUNK;
        for _ in 0..whole {
            runtime = runtime.add_stub_response(piece(CHUNK));
        }
        if bytes % CHUNK > 0 {
            runtime = runtime.add_stub_response(piece(bytes % CHUNK));
        }
    }
    runtime.add_stub_response(piece(5))
}

fn download<'a>(
    management: &'a Management<StubRuntime>,
    folder: &TempDir,
    disk: &'a RecordedDisk,
) -> Download<'a, StubRuntime> {
    Download {
        management,
        canister: Principal::anonymous(),
        snapshot: "00ab".to_owned(),
        folder: folder.path().join("2vxsx-fae"),
        disk,
    }
}

#[test]
fn all_of_it_is_on_the_disk_when_it_is_done() {
    let (folder, disk) = (tempfile::tempdir().expect("a folder"), RecordedDisk::default());
    let management = Management::new(answers());
    let download = download(&management, &folder, &disk);
    block_on(download.run()).expect("downloaded");
    disk.assert_durable();
    let verified = folder::verify(&download.folder).expect("verified");
    // Its metadata, each section, and the chunk.
    assert_eq!(verified.files.len(), 1 + SIZES.len() + 1);
}

#[test]
fn a_name_that_a_driver_gave_when_it_died_is_on_the_disk_as_well() {
    let (folder, disk) = (tempfile::tempdir().expect("a folder"), RecordedDisk::default());
    let management = Management::new(answers());
    let download = download(&management, &folder, &disk);
    block_on(download.run()).expect("downloaded");
    // As far as another driver got that died before its name was synced.
    let partial = folder.path().join("partial");
    disk.rename(&download.folder, &partial).expect("renamed");
    disk.rename(&partial, &download.folder).expect("renamed");
    assert!(disk.is_volatile());
    block_on(download.run()).expect("it is there, and nothing more is asked for");
    assert!(download.folder.is_dir());
    disk.assert_durable();
}

#[test]
fn a_download_that_was_broken_off_begins_anew() {
    let (folder, disk) = (tempfile::tempdir().expect("a folder"), RecordedDisk::default());
    let management = Management::new(answers());
    block_on(download(&management, &folder, &disk).run_half()).expect("begun");
    assert!(disk.is_volatile());
    let management = Management::new(answers());
    block_on(download(&management, &folder, &disk).run()).expect("downloaded");
    disk.assert_durable();
}
