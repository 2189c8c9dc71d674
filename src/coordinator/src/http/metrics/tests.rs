//! What is not shown where there is more than is shown.

use super::{FLEETS, MetricsEncoder, fleets};
use crate::{
    memory::Memories,
    storage::{FleetKey, LastBackup, RunNumber, Storage, Stored},
};
use backup_journal::Timestamp;
use ic_stable_structures::DefaultMemoryImpl;

/// Fleets by name, of which the last was backed up longest ago.
fn storage(count: usize) -> Storage {
    let mut storage = Storage::open(&Memories::new(DefaultMemoryImpl::default()));
    for number in 0..count {
        let completed_at = at(count - number);
        let backup = LastBackup { completed_at, run: RunNumber(0) };
        storage.last_backups.insert(FleetKey(format!("fleet-{number:05}")), Stored(backup));
    }
    storage
}

fn at(seconds: usize) -> Timestamp {
    Timestamp(seconds as u64 * 1_000_000_000)
}

fn lines(count: usize, public: bool) -> Vec<String> {
    let mut encoder = MetricsEncoder::new(Vec::new(), 7);
    let now = at(count + 1);
    fleets(&mut encoder, &storage(count), public, now).expect("a vector takes all");
    let page = String::from_utf8(encoder.into_inner()).expect("text");
    page.lines().filter(|line| !line.starts_with('#')).map(str::to_string).collect()
}

#[test]
fn all_fleets_are_counted_and_the_first_are_shown() {
    let told = lines(FLEETS + 1, true);
    assert_eq!(told.len(), 1 + FLEETS);
    assert_eq!(told[0], format!("backup_fleets {} 7", FLEETS + 1));
    assert_eq!(told[1], "backup_last_completed_age_seconds{fleet=\"fleet-00000\"} 1 7");
    let last = format!(
        "backup_last_completed_age_seconds{{fleet=\"fleet-{:05}\"}} {FLEETS} 7",
        FLEETS - 1
    );
    assert_eq!(told.last(), Some(&last));
}

#[test]
fn the_longest_is_that_of_all_that_are_shown() {
    for (count, longest) in [(1, 1), (FLEETS, FLEETS), (FLEETS + 1, FLEETS)] {
        let among = |which, age| {
            format!("backup_last_completed_age_seconds{{among_fleets=\"{which}\"}} {age} 7")
        };
        let told = lines(count, false);
        assert_eq!(told[1..], [among("longest", longest), among("shortest", 1)]);
    }
    assert_eq!(lines(0, false), ["backup_fleets 0 7"]);
}
