//! Whether a loss of power after each of these would take something away.

use super::{recorded::RecordedDisk, *};

#[test]
fn what_is_replaced_is_there_as_a_whole() {
    let (disk, folder) = (RecordedDisk::default(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("a.json");
    for content in ["first", "second"] {
        replace(&disk, &path, content.as_bytes()).expect("written");
        disk.assert_durable();
        assert_eq!(fs::read_to_string(&path).expect("read"), content);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn folders_are_made_with_those_that_they_are_in() {
    let (disk, folder) = (RecordedDisk::default(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("a/b/c");
    create_folders(&disk, &path).expect("created");
    create_folders(&disk, &path).expect("there already");
    disk.assert_durable();
    assert!(path.is_dir());
}

#[test]
fn the_observer_notices_what_is_left_out() {
    let (disk, folder) = (RecordedDisk::default(), tempfile::tempdir().expect("a folder"));
    let (partial, path) = (folder.path().join("a.part"), folder.path().join("a"));
    write(&disk, &partial, b"content").expect("written");
    assert!(disk.is_volatile(), "the name is not synced");
    sync_name(&disk, &partial).expect("synced");
    disk.assert_durable();
    disk.rename(&partial, &path).expect("renamed");
    assert!(disk.is_volatile(), "nor is the new one");
}

#[test]
fn everything_is_in_a_folder() {
    for (path, folder) in [("a", "."), ("a/b", "a"), ("/a", "/"), ("/", "/"), (".", ".")] {
        assert_eq!(folder_of(Path::new(path)), Path::new(folder), "{path}");
    }
}
