//! What is written into the folder of a backup, and what is found when it was changed.

use super::*;
use crate::disk::recorded::RecordedDisk;

fn artifact() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut checksums = BTreeMap::new();
    for name in ["a.bin", "b.bin"] {
        let path = folder.path().join(name);
        fs::write(&path, name).expect("written");
        checksums.insert(name.to_owned(), hash_file(&path).expect("hashed").0);
    }
    fs::write(folder.path().join(SUMS), sums(&checksums)).expect("written");
    folder
}

#[test]
fn what_was_written_verifies() {
    let folder = artifact();
    let verified = verify(folder.path()).expect("verified");
    assert_eq!(verified.files.len(), 2);
    assert_eq!(verified.checksum.len(), 64);
}

#[test]
fn every_change_is_named() {
    let problem = |change: fn(&Path)| {
        let folder = artifact();
        change(folder.path());
        verify(folder.path()).expect_err("a change").to_string()
    };
    assert!(problem(|path| fs::write(path.join("a.bin"), "x").unwrap()).contains("a.bin has"));
    assert!(problem(|path| fs::write(path.join("c.bin"), "x").unwrap()).contains("c.bin is not"));
    assert!(problem(|path| fs::remove_file(path.join("b.bin")).unwrap()).contains("b.bin is mis"));
}

#[test]
fn artifacts_stay_inside() {
    let folder = Folder::open(Path::new("backup"));
    assert!(folder.resolve("rrkah-fqaaa-aaaaa-aaaaq-cai").is_ok());
    for outside in ["..", "/etc", "", "a/b", "RRKAH-FQAAA-AAAAA-AAAAQ-CAI"] {
        assert!(folder.resolve(outside).is_err(), "{outside}");
    }
}

#[test]
fn nothing_is_written_over() {
    let folder = artifact();
    assert!(Folder::create(folder.path()).is_err());
    assert!(Folder::create(&folder.path().join("new")).is_ok());
}

#[test]
fn what_is_written_is_on_the_disk() {
    let disk = RecordedDisk::default();
    let parent = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(&parent.path().join("new/backup")).on(disk.clone());
    let folder = folder.begin().expect("created");
    disk.assert_durable();
    folder.write_registry(&[]).expect("written");
    disk.assert_durable();
    assert_eq!(folder.registry().expect("read"), []);
    let nothing = folder.read_json::<u8>(Path::new(MANIFEST)).expect("no manifest is no error");
    assert_eq!(nothing, None);
    folder.write_json(MANIFEST, &7).expect("written");
    disk.assert_durable();
    assert_eq!(folder.read_json::<u8>(Path::new(MANIFEST)).expect("read"), Some(7));
}
