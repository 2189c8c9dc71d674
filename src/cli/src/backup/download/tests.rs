//! Downloads from a network that has one snapshot, onto disks that are observed and disturbed.

use super::{
    scene::{CANISTER, Scene, metadata},
    *,
};
use crate::{
    backup::files::SLICE,
    disk::{disturbed::DisturbedDisk, recorded::RecordedDisk},
};
use ic_canister_runtime::IcError;
use ic_error_types::RejectCode;
use pollster::block_on;
use std::{collections::BTreeMap, fs, io, sync::Arc, time::Duration};
use tempfile::TempDir;

/// The slices of the snapshot: of the module, of the memory, and the chunk.
const READS: usize = 1 + 11 + 1;

/// A folder for a backup.
fn backup() -> (TempDir, Folder) {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = Folder::create(&parent.path().join("backup")).expect("created");
    (parent, folder)
}

/// The files that lie in a folder and the folders in it, with their content.
fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_str().expect("text");
                found.insert(name.to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// The snapshot is there as the network has it, and nothing else.
#[track_caller]
fn assert_whole(folder: &Folder, scene: &Scene) {
    let mut expected = scene.state(|state| state.files.clone());
    expected.insert(METADATA.to_owned(), files::to_json(&metadata()).expect("JSON"));
    assert!(files_in(&folder.artifact_path(CANISTER)) == expected, "other files");
    assert!(!folder.partial_path(CANISTER).exists());
    assert!(!folder.notes_path(CANISTER).exists());
    folder.verify(CANISTER).expect("verified");
}

fn rejected(code: RejectCode) -> IcError {
    IcError::CallRejected { code, message: "busy".to_owned() }
}

#[test]
fn the_folder_is_that_of_icp_and_all_of_it_is_on_the_disk() {
    let ((_parent, folder), scene, disk) = (backup(), Scene::new(), RecordedDisk::default());
    let folder = folder.on(disk.clone());
    let record = scene.download(&folder).expect("downloaded");
    disk.assert_durable();
    assert_whole(&folder, &scene);
    assert_eq!(scene.state(|state| state.reads), READS);
    assert_eq!(record.file("wasm_memory.bin").map(|file| file.slices.len()), Some(11));
    assert_eq!(folder.record(CANISTER).expect("read"), Some(record));
}

/// The checksum is what `sha256sum` prints for the files, hashed.
#[test]
fn the_checksum_stands_for_all_files() {
    let ((_parent, folder), scene) = (backup(), Scene::new());
    let record = scene.download(&folder).expect("downloaded");
    let files = files_in(&folder.artifact_path(CANISTER));
    let lines: Vec<String> =
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect();
    assert_eq!(record.checksum, sha256(lines.concat().as_bytes()));
}

#[test]
fn a_name_that_was_given_just_before_the_program_died_is_on_the_disk_as_well() {
    let ((_parent, folder), scene, disk) = (backup(), Scene::new(), RecordedDisk::default());
    let folder = folder.on(disk.clone());
    scene.download(&folder).expect("downloaded");
    let (place, aside) = (folder.artifact_path(CANISTER), folder.path().join("aside"));
    disk.rename(&place, &aside).expect("renamed");
    disk.rename(&aside, &place).expect("renamed");
    assert!(disk.is_volatile());
    scene.download(&folder).expect("it is there");
    assert_eq!(scene.state(|state| state.reads), READS, "nothing more is asked for");
    disk.assert_durable();
}

/// Killed before each call to the disk, or out of room from there on: nothing has its name before it is whole, and the
/// next program ends what was begun.
#[test]
fn a_download_goes_on_wherever_it_was_broken_off() {
    let calls = {
        let ((_parent, folder), scene) = (backup(), Scene::new());
        let disk = DisturbedDisk::new(|_, _| Ok(()));
        scene.download(&folder.on(disk.clone())).expect("downloaded");
        disk.calls()
    };
    assert!(calls > 40, "{calls} calls");
    for number in 0..calls {
        let ((_parent, folder), scene) = (backup(), Scene::new());
        let disk = DisturbedDisk::failing_from(number, io::ErrorKind::StorageFull);
        let error = scene.download(&folder.clone().on(disk)).expect_err("the disk is full");
        let told = format!("{error:#}");
        let path = folder.path().to_str().expect("text");
        assert!(told.contains(path) && told.contains("no storage space"), "{number}: {told}");
        if folder.artifact_path(CANISTER).exists() {
            assert!(files_in(&folder.artifact_path(CANISTER)).len() == 5, "{number}");
            folder.verify(CANISTER).expect("it has its name, so it is whole");
        }
        let disk = RecordedDisk::default();
        let folder = folder.on(disk);
        scene.download(&folder).expect("downloaded");
        assert_whole(&folder, &scene);
    }
}

/// Whatever the network has answered before it went away is not asked for again.
#[test]
fn slices_that_have_come_are_not_read_again() {
    for answered in 0..READS {
        let ((_parent, folder), scene) = (backup(), Scene::new());
        scene.state(|state| state.answered = answered);
        scene.download(&folder).expect_err("the rest was refused");
        scene.state(|state| (state.answered, state.reads) = (usize::MAX, 0));
        scene.download(&folder).expect("downloaded");
        assert_whole(&folder, &scene);
        assert_eq!(scene.state(|state| state.reads), READS - answered, "{answered}");
    }
}

#[test]
fn what_is_taken_over_is_held_against_the_notes() {
    let ((_parent, folder), scene) = (backup(), Scene::new());
    scene.state(|state| state.answered = 10);
    scene.download(&folder).expect_err("the rest was refused");
    let path = folder.partial_path(CANISTER).join("wasm_memory.bin");
    let mut bytes = fs::read(&path).expect("a file");
    let at = usize::try_from(5 * SLICE + 5).expect("it fits memory");
    bytes[at] ^= 1;
    fs::write(&path, bytes).expect("written");
    scene.state(|state| (state.answered, state.reads) = (usize::MAX, 0));
    scene.download(&folder).expect("downloaded");
    assert_whole(&folder, &scene);
    // All from the damaged one on, and the chunk.
    assert_eq!(scene.state(|state| state.reads), 11 - 5 + 1);
}

#[test]
fn the_notes_of_another_snapshot_do_not_count() {
    let ((_parent, folder), scene) = (backup(), Scene::new());
    scene.with(&folder, |download| {
        let other = Download { snapshot: vec![1].into(), ..download };
        block_on(other.run_half()).expect("begun");
    });
    scene.download(&folder).expect("downloaded");
    assert_whole(&folder, &scene);
}

/// Which folder is there, what was done in it, and what is said.
type BegunOtherwise = (fn(&Folder) -> PathBuf, fn(&Folder, &Scene), &'static str);

#[test]
fn a_folder_that_was_begun_otherwise_is_left_alone() {
    let place = |folder: &Folder| folder.artifact_path(CANISTER);
    let partial = |folder: &Folder| folder.partial_path(CANISTER);
    let cases: [BegunOtherwise; 3] = [
        (place, |_, _| {}, "was not written by this backup"),
        (partial, |_, _| {}, "was begun by another tool"),
        (
            partial,
            |folder, scene| {
                scene.with(folder, |download| block_on(download.run_half()).expect("begun"));
                let path = folder.partial_path(CANISTER).join(BEGUN_BY_ICP);
                fs::write(path, "{}").expect("written");
            },
            "was begun by another tool",
        ),
    ];
    for (path, begin, problem) in cases {
        let ((_parent, folder), scene) = (backup(), Scene::new());
        begin(&folder, &scene);
        let path = path(&folder);
        fs::create_dir_all(&path).expect("created");
        fs::write(path.join("metadata.json"), "theirs").expect("written");
        let error = scene.download(&folder).expect_err(problem).to_string();
        assert!(error.contains(problem), "{error}");
        assert!(error.contains(path.to_str().expect("text")), "{error}");
        assert_eq!(fs::read(path.join("metadata.json")).expect("read"), b"theirs");
    }
}

#[test]
fn a_file_that_vanishes_is_noticed() {
    let ((_parent, folder), scene) = (backup(), Scene::new());
    let memory = folder.partial_path(CANISTER).join("wasm_memory.bin");
    let path = memory.clone();
    let disk = DisturbedDisk::new(move |_, written| {
        if written.ends_with("stable_memory.bin") && path.exists() {
            fs::remove_file(&path)?;
        }
        Ok(())
    });
    let error = scene.download(&folder.clone().on(disk)).expect_err("it has vanished");
    let told = format!("{error:#}");
    assert!(told.contains(&format!("{} has vanished", memory.display())), "{told}");
    assert!(!folder.artifact_path(CANISTER).exists());
    scene.download(&folder).expect("downloaded");
    assert_whole(&folder, &scene);
}

#[test]
fn what_is_busy_is_read_again_after_growing_waits_and_not_for_ever() {
    let busy = rejected(RejectCode::SysTransient);
    let ((_parent, folder), scene) = (backup(), Scene::new());
    scene.state(|state| state.failures = vec![busy.clone(); 8].into());
    scene.download(&folder).expect("downloaded");
    let waits = scene.state(|state| state.waits.clone());
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60].map(Duration::from_secs));

    let ((_parent, folder), scene) = (backup(), Scene::new());
    scene.state(|state| state.failures = vec![busy; 9].into());
    let error = scene.download(&folder).expect_err("it is busy for ever");
    assert!(error.to_string().contains("busy"), "{error}");
}

#[test]
fn what_is_refused_is_not_asked_for_again() {
    let ((_parent, folder), scene) = (backup(), Scene::new());
    scene.state(|state| state.failures.push_back(rejected(RejectCode::CanisterReject)));
    scene.download(&folder).expect_err("refused");
    assert_eq!(scene.state(|state| state.waits.len()), 0);
}

#[test]
fn other_bytes_than_were_asked_for_are_refused() {
    let chunk = Part::of(&metadata()).expect("parts").pop().expect("a chunk").file();
    for (file, problem) in [
        ("wasm_module.bin", "has sent 2 bytes of wasm_module.bin instead of 3"),
        (chunk.as_str(), "has sent another chunk than wasm_chunk_store/"),
    ] {
        let ((_parent, folder), scene) = (backup(), Scene::new());
        scene.state(|state| state.files.get_mut(file).expect("a file").pop());
        let error = scene.download(&folder).expect_err(problem).to_string();
        assert!(error.contains(problem), "{error}");
        assert!(!folder.artifact_path(CANISTER).exists());
    }
}

#[test]
fn all_downloads_together_have_a_bounded_number_of_bytes_under_way() {
    let in_flight = Arc::new(InFlight::default());
    let mut permits = Vec::new();
    while let Some(permit) = futures_util::FutureExt::now_or_never(in_flight.admit(SLICE)) {
        permits.push(permit);
    }
    assert_eq!(permits.len(), 8);
    permits.pop();
    assert!(futures_util::FutureExt::now_or_never(in_flight.admit(SLICE)).is_some());
}
