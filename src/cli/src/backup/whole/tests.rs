//! Every kind of damage to a backup of two canisters is named, with its place.

use super::*;
use crate::backup::{
    download::{
        Download,
        scene::{CANISTER, Scene},
    },
    files::{SLICE, WASM_MODULE},
    folder::MANIFEST,
    manifest::FORMAT,
    meter::NoMeter,
};
use pollster::block_on;
use std::{fs::File, os::unix::fs::FileExt, path::Path};
use tempfile::TempDir;

const OTHER: Principal = Principal::management_canister();
/// The chunk of the snapshots.
const CHUNK: &str = "wasm_chunk_store/";

struct Backup {
    _parent: TempDir,
    folder: Folder,
    members: Vec<Member>,
}

impl Backup {
    fn new() -> Self {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::create(&parent.path().join("backup")).expect("created");
        let scene = Scene::new();
        let first = scene.download(&folder).expect("downloaded");
        scene.state(|state| {
            state.files.insert(WASM_MODULE.to_owned(), vec![7; 3]);
        });
        let second = scene.with(&folder, |download| {
            block_on(Download { canister: OTHER, ..download }.run()).expect("downloaded")
        });
        let members: Vec<Member> = [first, second].into_iter().map(Member::of).collect();
        let backup = Self { _parent: parent, folder, members };
        backup.write_manifest();
        backup
    }

    fn write_manifest(&self) {
        let members = &self.members;
        let manifest = serde_json::json!({ "format": FORMAT, "members": members });
        self.folder.write_json(MANIFEST, &manifest).expect("written");
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.artifact_path(CANISTER).join(file)
    }

    fn chunk(&self) -> String {
        let files = &self.members[0].snapshot.files;
        files.iter().find(|file| file.name.starts_with(CHUNK)).expect("a chunk").name.clone()
    }

    /// Changes a byte of a file.
    fn damage(&self, file: &str, at: u64) {
        let file = File::options().read(true).write(true).open(self.path(file)).expect("a file");
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).expect("read");
        file.write_all_at(&[byte[0] ^ 1], at).expect("written");
    }

    fn inspect(&self) -> Inspection {
        inspect(&self.folder, &NoMeter).expect("it is a backup")
    }
}

#[test]
fn what_was_downloaded_verifies_and_nothing_of_it_is_left_out() {
    let backup = Backup::new();
    let found = backup.inspect();
    assert!(found.ok, "{:?}", found.damages);
    assert_eq!((found.canisters, found.files), (2, 10));
    let files = backup.members.iter().flat_map(|member| &member.snapshot.files);
    assert_eq!(found.bytes, files.map(|file| file.bytes).sum::<u64>());
}

/// A change to a backup, the canister that is named then, and what is said.
type Case = (&'static str, fn(&Backup), Principal, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "a damaged byte",
        |backup| backup.damage("wasm_memory.bin", 3 * SLICE + 9),
        CANISTER,
        &["2vxsx-fae/wasm_memory.bin: it is damaged (bytes 6000000 to 8000000)"],
    ),
    (
        "damaged neighbours, and another slice at the end",
        |backup| {
            for at in [SLICE - 1, SLICE, 10 * SLICE] {
                backup.damage("wasm_memory.bin", at);
            }
        },
        CANISTER,
        &[
            "2vxsx-fae/wasm_memory.bin: it is damaged (bytes 0 to 4000000)",
            "2vxsx-fae/wasm_memory.bin: it is damaged (bytes 20000000 to 20000001)",
        ],
    ),
    (
        "a short file",
        |backup| {
            let file = File::options().write(true).open(backup.path("wasm_memory.bin"));
            file.expect("a file").set_len(5 * SLICE + 1).expect("cut");
        },
        CANISTER,
        &["2vxsx-fae/wasm_memory.bin: it has 10000001 bytes instead of 20000001"],
    ),
    (
        "a short file that is damaged, too",
        |backup| {
            let file = File::options().write(true).open(backup.path("wasm_memory.bin"));
            file.expect("a file").set_len(5 * SLICE).expect("cut");
            backup.damage("wasm_memory.bin", 2 * SLICE);
        },
        CANISTER,
        &[
            "2vxsx-fae/wasm_memory.bin: it has 10000000 bytes instead of 20000001",
            "2vxsx-fae/wasm_memory.bin: it is damaged (bytes 4000000 to 6000000)",
        ],
    ),
    (
        "a long file",
        |backup| fs::write(backup.path("stable_memory.bin"), "x").expect("written"),
        CANISTER,
        &["2vxsx-fae/stable_memory.bin: it has 1 bytes instead of 0"],
    ),
    (
        "a missing file",
        |backup| fs::remove_file(backup.path("stable_memory.bin")).expect("removed"),
        CANISTER,
        &["2vxsx-fae/stable_memory.bin: it is missing"],
    ),
    (
        "a file that is none",
        |backup| {
            fs::remove_file(backup.path("wasm_module.bin")).expect("removed");
            fs::create_dir(backup.path("wasm_module.bin")).expect("created");
        },
        CANISTER,
        &["2vxsx-fae/wasm_module.bin: it cannot be read: it is not a plain file"],
    ),
    (
        "a file that is elsewhere",
        |backup| {
            let (file, aside) = (backup.path("wasm_module.bin"), backup.folder.path().join("a"));
            fs::rename(&file, &aside).expect("renamed");
            std::os::unix::fs::symlink(&aside, &file).expect("linked");
        },
        CANISTER,
        &["2vxsx-fae/wasm_module.bin: it cannot be read: it is not a plain file"],
    ),
    (
        "files too many",
        |backup| {
            fs::write(backup.path("notes.txt"), "x").expect("written");
            fs::write(backup.path("wasm_chunk_store/00.bin"), "x").expect("written");
        },
        CANISTER,
        &[
            "2vxsx-fae/notes.txt: it does not belong to the snapshot",
            "2vxsx-fae/wasm_chunk_store/00.bin: it does not belong to the snapshot",
        ],
    ),
    (
        "a download of another tool",
        |backup| fs::write(backup.path(".download_progress.json"), "{}").expect("written"),
        CANISTER,
        &[
            "2vxsx-fae/.download_progress.json: a download by icp was begun here and is not complete",
        ],
    ),
    (
        "a missing folder",
        |backup| fs::remove_dir_all(backup.path("")).expect("removed"),
        CANISTER,
        &["2vxsx-fae: its folder is missing"],
    ),
    (
        "a folder that the manifest does not name",
        |backup| fs::create_dir(backup.folder.path().join("rrkah-fqaaa-aaaaa-aaaaq-cai")).unwrap(),
        Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 1]),
        &["rrkah-fqaaa-aaaaa-aaaaq-cai: the backup does not name it"],
    ),
    (
        "a download that was not ended",
        |backup| fs::create_dir(backup.folder.partial_path(CANISTER)).expect("created"),
        CANISTER,
        &["2vxsx-fae: its download is not complete"],
    ),
];

#[test]
fn every_damage_is_named_and_nothing_else() {
    for (what, change, canister, expected) in CASES {
        let backup = Backup::new();
        change(&backup);
        let found = backup.inspect();
        let told: Vec<String> = found.damages.iter().map(ToString::to_string).collect();
        assert_eq!(told, *expected, "{what}");
        assert!(!found.ok && found.damages.iter().all(|damage| damage.canister_id == *canister));
    }
}

#[test]
fn a_damaged_chunk_is_named() {
    let backup = Backup::new();
    let chunk = backup.chunk();
    backup.damage(&chunk, 0);
    let told: Vec<String> = backup.inspect().damages.iter().map(ToString::to_string).collect();
    assert_eq!(told, [format!("2vxsx-fae/{chunk}: it is damaged (bytes 0 to 7)")]);
}

#[test]
fn swapped_folders_are_named() {
    let backup = Backup::new();
    let [one, other] = [CANISTER, OTHER].map(|id| backup.folder.artifact_path(id));
    let aside = backup.folder.path().join("aside");
    for (from, to) in [(&one, &aside), (&other, &one), (&aside, &other)] {
        fs::rename(from, to).expect("renamed");
    }
    let told: Vec<String> = backup.inspect().damages.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "2vxsx-fae: its folder has the snapshot of aaaaa-aa",
            "aaaaa-aa: its folder has the snapshot of 2vxsx-fae",
        ]
    );
}

/// What `icp` leaves in a folder that it has read does no harm.
#[test]
fn an_upload_by_icp_leaves_a_backup_whole() {
    let backup = Backup::new();
    fs::write(backup.path(".lock"), "").expect("written");
    assert!(backup.inspect().ok);
}

/// A change to what the manifest says of a canister, and what is said then.
#[test]
fn a_manifest_that_contradicts_itself_is_named() {
    type Change = fn(&mut Member);
    let cases: [(Change, &str); 6] = [
        (|it| it.module_hash = Some("00".repeat(32)), "and the plan names 0000"),
        (|it| it.snapshot.checksum = "00".repeat(32), "do not add up to its checksum"),
        (|it| it.snapshot.metadata_candid = "00".to_owned(), "its metadata cannot be read"),
        (|it| it.snapshot.files[1].bytes = 1, "it is listed with 1 bytes, and the metadata says"),
        (|it| it.snapshot.files.truncate(4), "the metadata names it, and it is not listed"),
        (
            |it| it.snapshot.files[2].sha256 = "00".repeat(32),
            "it is listed with a SHA-256 that is not its name",
        ),
    ];
    for (change, expected) in cases {
        let mut backup = Backup::new();
        change(&mut backup.members[0]);
        backup.write_manifest();
        let found = backup.inspect();
        let told: Vec<String> = found.damages.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|line| line.contains(expected)), "{expected}: {told:?}");
        assert!(found.damages.iter().all(|damage| damage.canister_id == CANISTER), "{told:?}");
    }
}

#[test]
fn a_backup_that_is_not_finished_is_not_whole_and_its_snapshots_are_still_read() {
    let backup = Backup::new();
    fs::remove_file(backup.folder.path().join(MANIFEST)).expect("removed");
    let found = backup.inspect();
    assert!(!found.ok);
    assert_eq!((found.canisters, found.damages.len()), (2, 0));
    assert_eq!(found.problem.as_deref(), Some(NO_MANIFEST));
}

#[test]
fn another_folder_and_another_format_are_refused() {
    let inspected = |path: &Path| inspect(&Folder::open(path), &NoMeter).expect_err("no backup");
    let folder = tempfile::tempdir().expect("a folder");
    assert!(inspected(folder.path()).to_string().contains("is not the folder of a backup"));
    fs::write(folder.path().join(MANIFEST), r#"{"format": 1}"#).expect("written");
    assert!(inspected(folder.path()).to_string().contains("has the format 1"));
    fs::write(folder.path().join(MANIFEST), "{").expect("written");
    assert!(inspected(folder.path()).to_string().contains("is damaged"));
}

#[test]
fn a_manifest_does_not_lead_out_of_its_folder() {
    let mut backup = Backup::new();
    backup.members[0].artifact_path = "../elsewhere".to_owned();
    backup.write_manifest();
    let error = inspect(&backup.folder, &NoMeter).expect_err("refused").to_string();
    assert!(error.contains("is not the folder of 2vxsx-fae"), "{error}");
    let mut backup = Backup::new();
    let mut outside = backup.members[0].snapshot.files[0].clone();
    outside.name = "../manifest.json".to_owned();
    backup.members[0].snapshot.files.push(outside);
    backup.write_manifest();
    assert!(!backup.inspect().ok);
}
