//! Folders as `icp` and `dfx` leave them become backups that verify, and what is wrong with them is found first.

use super::*;
use crate::{
    backup::{
        download::scene::{CANISTER, Scene},
        meter::NoMeter,
        whole::inspect,
    },
    disk::recorded::RecordedDisk,
};
use tempfile::TempDir;

/// A folder as `icp` leaves it.
fn theirs() -> TempDir {
    let parent = tempfile::tempdir().expect("a folder");
    let backup = Folder::create(&parent.path().join("backup")).expect("created");
    Scene::new().download(&backup).expect("downloaded");
    let from = parent.path().join("theirs");
    fs::rename(backup.artifact_path(CANISTER), from).expect("renamed");
    parent
}

fn import(parent: &TempDir, copy: bool) -> Result<Folder> {
    let from = parent.path().join("theirs");
    let (snapshot, now) = (None, Timestamp(7));
    let import = Import { from: &from, canister: CANISTER, snapshot, copy, now };
    let found = import.look()?;
    let folder = Folder::create(&parent.path().join("imported"))?;
    let disk = RecordedDisk::default();
    import.run(&found, &folder.clone().on(disk.clone()), &NoMeter)?;
    disk.assert_durable();
    Ok(folder)
}

#[test]
fn what_is_imported_verifies_however_it_came_here() {
    for copy in [false, true] {
        let parent = theirs();
        let from = parent.path().join("theirs");
        fs::write(from.join(".lock"), "").expect("written");
        // `icp` leaves out an empty Wasm memory, older `dfx` an empty stable memory.
        fs::remove_file(from.join("stable_memory.bin")).expect("removed");
        let folder = import(&parent, copy).expect("imported");
        let found = inspect(&folder, &NoMeter).expect("a backup");
        assert!(found.ok, "{:?}", found.damages);
        assert!(!folder.artifact_path(CANISTER).join(".lock").exists());
        // Their folder is as it was.
        assert!(from.join("wasm_memory.bin").exists());
        let manifest = Manifest::read(&folder).expect("read").expect("a manifest");
        assert!(manifest.run.is_none() && manifest.members[0].snapshot.snapshot_id.is_none());
    }
}

#[test]
fn what_is_wrong_with_a_folder_is_found_before_a_backup_is_made() {
    type Change = fn(&Path) -> io::Result<()>;
    let cases: [(Change, &str); 7] = [
        (|from| fs::remove_file(from.join(METADATA)), "is not the folder of a snapshot"),
        (|from| fs::write(from.join(METADATA), "{}"), "metadata.json cannot be read"),
        (|from| fs::write(from.join(BEGUN_BY_ICP), "{}"), "download --resume"),
        (
            |from| fs::write(from.join("wasm_module.bin"), "x"),
            "has 1 bytes, and the metadata says 3",
        ),
        (|from| fs::remove_file(from.join("wasm_module.bin")), "wasm_module.bin cannot be read"),
        (|from| fs::write(from.join("more"), ""), "more does not belong to the snapshot"),
        (|from| fs::remove_dir_all(from.join(CHUNK_STORE)), ".bin cannot be read"),
    ];
    for (change, problem) in cases {
        let parent = theirs();
        change(&parent.path().join("theirs")).expect("changed");
        let error = import(&parent, false).expect_err(problem);
        assert!(format!("{error:#}").contains(problem), "{error:#}");
        assert!(!parent.path().join("imported").exists());
    }
}

#[test]
fn a_chunk_with_another_content_has_no_manifest() {
    let parent = theirs();
    let chunks = parent.path().join("theirs").join(CHUNK_STORE);
    let chunk = fs::read_dir(&chunks).expect("a folder").next().expect("a chunk").expect("read");
    fs::write(chunk.path(), "another").expect("written");
    let error = import(&parent, false).expect_err("another chunk").to_string();
    assert!(error.contains("another SHA-256 than its name says"), "{error}");
    assert!(!parent.path().join("imported").join(MANIFEST).exists());
}

#[test]
fn a_number_that_json_has_lost_is_said_to_be() {
    let parent = theirs();
    let path = parent.path().join("theirs").join(METADATA);
    let json = fs::read_to_string(&path).expect("read");
    let lost = json.replace(r#""i32": -1"#, r#""f64": null"#);
    assert_ne!(lost, json);
    fs::write(&path, lost).expect("written");
    let error = format!("{:#}", import(&parent, false).expect_err("a null is no number"));
    assert!(error.contains("a floating-point global that is not finite"), "{error}");
}
