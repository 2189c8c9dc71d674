//! Restores that cannot be made.

use crate::{
    restore::{restore, words},
    world::World,
};
use serde_json::Value;
use std::fs;

#[test]
fn nothing_is_touched_without_a_yes_or_when_something_stands_against_it() {
    let (world, _) = World::backed_up(3);
    let said = world.told(2, &["restore", "backup-good", "--run-id", "again"]);
    assert!(said.contains("add --yes"), "{said}");
    assert!(said.contains("what does not come back: settings"), "{said}");
    let unknown = world.fleet[0].to_text().replace(char::is_alphabetic, "a");
    world.told(2, &["restore", "backup-good", "--yes", "--member", &unknown]);
    let said = world
        .told(2, &["restore", "backup-good", "--yes", "--member", &world.coordinator.to_text()]);
    assert!(said.contains("cannot be restored"), "{said}");
    let said = world.told(2, &["restore", "never-made", "--yes"]);
    assert!(
        said.contains("never-made is no folder, and there is no ./backup-never-made")
            && said.contains("--from-network"),
        "{said}"
    );
    let said = world.told(2, &["restore", "never-made", "--from-network", "--yes"]);
    assert!(said.contains("never-made"), "{said}");
    world.sandbox().set_controllers(world.fleet[2], &[world.coordinator]);
    let said = world.told(1, &words(&restore(&[])));
    assert!(
        said.contains("nothing was done") && said.contains(&world.fleet[2].to_text()),
        "{said}"
    );
    assert!(!world.path("restore-again").exists());
    world.assert_untouched("after what was refused");
}

#[test]
fn a_damaged_backup_is_refused_before_anything_is_touched() {
    let (world, _) = World::backed_up(3);
    let member = world.fleet[1].to_text();
    let memory = world.path("backup-good").join(&member).join("stable_memory.bin");
    let good = fs::read(&memory).expect("read");
    let mut bytes = good.clone();
    bytes[70_000] ^= 1;
    fs::write(&memory, &bytes).expect("written");
    let said = world.told(1, &words(&restore(&[])));
    assert!(said.contains(&format!("{member}/stable_memory.bin: it is damaged")), "{said}");
    world.assert_untouched("after a damaged backup");
    // When the files are mended, the same run goes on.
    fs::write(&memory, &good).expect("written");
    assert_eq!(world.json(0, &["resume", "again"])["outcome"], "Restored");
}

#[test]
fn a_backup_that_is_not_the_one_of_the_journal_is_refused() {
    let (world, _) = World::backed_up(2);
    let path = world.path("backup-good/manifest.json");
    let text = fs::read_to_string(&path).expect("read");
    let mut manifest: Value = serde_json::from_str(&text).expect("JSON");
    manifest["members"][0]["checksum"] = Value::from("ab".repeat(32));
    fs::write(&path, manifest.to_string()).expect("written");
    let said = world.told(1, &words(&restore(&[])));
    assert!(said.contains("has checksum abab"), "{said}");
    assert!(!world.path("restore-again").exists());
    world.assert_untouched("after another backup");
}

/// A snapshot that is gone is found before anything is stopped.
#[test]
fn a_snapshot_that_is_gone_is_not_loaded() {
    let (world, _) = World::backed_up(3);
    let copy = world.sandbox().create_canister(&[world.operator, world.coordinator]);
    let member = world.fleet[1].to_text();
    let map = format!("{member}={copy}");
    let args = ["restore", "good", "--from-network", "--yes", "--member", &member];
    let copied = [&args[..], &["--map", &map, "--run-id", "copied"]].concat();
    world.forget_snapshots();
    for args in [&args[..], &copied] {
        let said = world.told(1, args);
        assert!(said.contains(&format!("{member} does not have snapshot")), "{said}");
    }
    world.assert_running(0, "after a snapshot that is gone");
}
