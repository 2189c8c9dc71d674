//! What is written into the folder of a backup, and what is found when it was changed.

use super::*;
use crate::disk::recorded::RecordedDisk;

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
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), "a").expect("written");
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
