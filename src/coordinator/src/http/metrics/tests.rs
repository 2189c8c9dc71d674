//! What is not shown where there is more than is shown.

use super::{FLEETS, MetricsEncoder, fleets};
use crate::storage::{FleetKey, LastBackup, LastBackups, Memories, RunNumber, Storage, Stored};
use backup_journal::{Timestamp, journal::RunOutcome};
use ic_stable_structures::DefaultMemoryImpl;

/// Fleets by name, of which the last was backed up longest ago.
fn storage(count: usize) -> Storage {
    let mut storage = Storage::open(&Memories::new(DefaultMemoryImpl::default()));
    for number in 0..count {
        let completed_at = at(count - number);
        let backup = LastBackup { completed_at, run: RunNumber(0) };
        let backup = LastBackups::default()
            .with(RunOutcome::Complete, backup)
            .with_proven(backup.run, completed_at);
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

const NAMES: [&str; 3] = [
    "backup_last_on_network_age_seconds",
    "backup_last_complete_age_seconds",
    "backup_last_proven_age_seconds",
];

#[test]
fn all_fleets_are_counted_and_the_first_are_shown() {
    let told = lines(FLEETS + 1, true);
    assert_eq!(told.len(), 1 + 3 * FLEETS);
    assert_eq!(told[0], format!("backup_fleets {} 7", FLEETS + 1));
    for (name, shown) in NAMES.into_iter().zip(told[1..].chunks(FLEETS)) {
        assert_eq!(shown[0], format!("{name}{{fleet=\"fleet-00000\"}} 1 7"));
        let last = format!("{name}{{fleet=\"fleet-{:05}\"}} {FLEETS} 7", FLEETS - 1);
        assert_eq!(shown.last(), Some(&last));
    }
}

#[test]
fn the_longest_is_that_of_all_that_are_shown() {
    for (count, longest) in [(1, 1), (FLEETS, FLEETS), (FLEETS + 1, FLEETS)] {
        let expected: Vec<String> = NAMES
            .into_iter()
            .flat_map(|name| {
                [("longest", longest), ("shortest", 1)]
                    .map(|(which, age)| format!("{name}{{among_fleets=\"{which}\"}} {age} 7"))
            })
            .collect();
        assert_eq!(lines(count, false)[1..], expected);
    }
    assert_eq!(lines(0, false), ["backup_fleets 0 7"]);
}

#[test]
fn what_is_proven_is_as_old_as_the_backup_that_was_proven() {
    let backup = |run, ended| LastBackup { completed_at: at(ended), run: RunNumber(run) };
    let complete = LastBackups::default().with(RunOutcome::Complete, backup(1, 10));
    let proven = complete.with_proven(RunNumber(1), at(500));
    assert_eq!(proven.proven, Some(backup(1, 10)));
    // An older run whose end is not known any more, and then a newer one.
    assert_eq!(proven.with_proven(RunNumber(0), at(5)), proven);
    let newer = proven.with(RunOutcome::Complete, backup(2, 20)).with_proven(RunNumber(2), at(600));
    assert_eq!(newer.proven, Some(backup(2, 20)));
    assert_eq!(newer.with_proven(RunNumber(2), at(700)), newer, "once more");
    assert_eq!(newer.with(RunOutcome::Restored, backup(3, 30)), newer, "a restore is no backup");
}

#[test]
fn a_run_on_the_network_is_no_complete_backup() {
    let backup = |run| LastBackup { completed_at: at(10), run: RunNumber(run) };
    let complete = LastBackups::default().with(RunOutcome::Complete, backup(1));
    let later = complete.with(RunOutcome::OnNetwork, backup(2));
    assert_eq!((later.on_network, later.complete), (Some(backup(2)), Some(backup(1))));
    for nothing in [RunOutcome::Partial, RunOutcome::Nothing] {
        assert_eq!(later.with(nothing, backup(3)), later);
    }
}
