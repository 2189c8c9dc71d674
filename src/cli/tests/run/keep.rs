//! Which backups the service deletes, on a real disk.

use crate::world::World;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};

const DAY: u64 = 24 * 3_600_000_000_000;

impl World {
    /// Fetches a run, and has it begun so many days ago.
    fn fetched(&self, run: &str, days_ago: u64) {
        self.wait_for_downloads(run);
        self.watch_once(0, &[]);
        let path = self.path("backups").join(run).join("manifest.json");
        let text = fs::read(&path).expect("a manifest");
        let mut manifest: Value = serde_json::from_slice(&text).expect("JSON");
        let begun = manifest["created_at"].as_u64().expect("a time");
        manifest["created_at"] = (begun - days_ago * DAY).into();
        fs::write(&path, manifest.to_string()).expect("written");
    }

    fn has(&self, run: &str) -> bool {
        self.path("backups").join(run).exists()
    }

    fn damage(&self, run: &str) {
        let file = self.path("backups").join(run).join(self.fleet[1].to_text());
        let file = file.join("stable_memory.bin");
        let mut bytes = fs::read(&file).expect("read");
        bytes[70_000] ^= 1;
        fs::write(&file, bytes).expect("written");
    }
}

#[test]
fn old_backups_are_deleted_as_told_and_the_table_tells_it_before() {
    let world = World::with_fleet(2);
    for (run, days_ago) in [("oldest", 5), ("damaged", 4), ("older", 3), ("newest", 2)] {
        world.fetched(run, days_ago);
    }
    world.damage("damaged");
    fs::create_dir_all(world.path("backups/foreign")).expect("made");
    // Without an option nothing is deleted.
    world.watch_once(0, &[]);
    assert!(world.has("oldest"));
    let shown = world.json(0, &["fetch", "--watch", "backups", "--keep-daily", "1", "--dry-run"]);
    let of = |run: &str| {
        let rows = shown.as_array().expect("a list");
        rows.iter().find(|row| row["name"] == run).expect("a row")["kept_as"].clone()
    };
    assert_eq!(of("newest"), serde_json::json!(["newest", "day"]));
    assert_eq!(of("damaged"), serde_json::json!(["damaged"]));
    assert_eq!(of("foreign"), serde_json::json!(["foreign"]));
    assert_eq!(of("oldest"), serde_json::json!([]));
    assert!(world.has("oldest"), "nothing is deleted by a look");
    let table = world.end(&["fetch", "--watch", "backups", "--keep-daily", "1", "--dry-run"]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("the newest complete one, day"), "{table}");
    // What is damaged is told, and makes the pass fail.
    let said = world.watch_once(1, &["--keep-daily", "1"]);
    assert!(said.contains("oldest is deleted"), "{said}");
    assert!(said.contains("damaged is damaged: "), "{said}");
    let there = ["oldest", "damaged", "older", "newest", "foreign"].map(|run| world.has(run));
    assert_eq!(there, [false, true, false, true, true]);
    world.assert_whole("backups/newest");
}

/// While the newest one is damaged, the next one counts as the newest, and stays.
#[test]
fn the_newest_backup_that_is_whole_stays() {
    let world = World::with_fleet(2);
    for (run, days_ago) in [("old", 3), ("whole", 2), ("damaged", 1)] {
        world.fetched(run, days_ago);
    }
    world.damage("damaged");
    world.watch_once(1, &["--keep-daily", "1"]);
    assert_eq!(["old", "whole", "damaged"].map(|run| world.has(run)), [false, true, true]);
}

#[test]
fn a_deletion_that_was_interrupted_leaves_nothing_that_looks_like_a_backup() {
    let world = World::with_fleet(2);
    world.fetched("old", 2);
    world.fetched("new", 1);
    // A folder in it that cannot be emptied stops the deletion half-way, unless a superuser deletes.
    let stuck = world.path("backups/old").join(world.fleet[0].to_text());
    fs::set_permissions(&stuck, fs::Permissions::from_mode(0o500)).expect("set");
    let ended = world.end(&["fetch", "--watch", "backups", "--once", "--keep-daily", "1"]);
    assert!(!world.has("old"));
    let left = world.path("backups/.deleted-old");
    if left.exists() {
        assert_eq!(ended.status.code(), Some(1));
        let stuck = left.join(world.fleet[0].to_text());
        fs::set_permissions(stuck, fs::Permissions::from_mode(0o700)).expect("set");
    } else {
        fs::create_dir_all(left.join("records")).expect("made");
    }
    world.watch_once(0, &[]);
    assert!(!left.exists(), "it is gone on with");
    world.assert_whole("backups/new");
}
