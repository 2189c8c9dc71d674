//! Retention: by example, and by property in a model of many nights.

use super::{
    Deletion, KeptBecause as Because, SetUse, SnapshotSet, Verdict, decide, replaceable, use_of,
};
use crate::{
    RunId,
    fixtures::{accepted, backup_until, complete_until, journal, plan, restore_plan, seconds},
    journal::{Journal, JournalError, JournalView, RunOutcome, abort_run, record_deletion},
    plan::{BackupOperationKind as Kind, BackupPlan, SnapshotPlace},
};

mod nights;

fn set(number: usize, saved: RunOutcome) -> SnapshotSet {
    SnapshotSet {
        run_id: name(number),
        is_restore: false,
        set_use: SetUse::Over,
        saved,
        taken: if saved == RunOutcome::Nothing { 0 } else { 2 },
        deleted: 0,
        restored_by: None,
    }
}

fn name(number: usize) -> RunId {
    format!("run-{number}").into()
}

fn keep(because: Because) -> Verdict {
    Verdict::Keep(because)
}

#[test]
fn the_newest_backups_stay_and_the_last_that_was_verified() {
    use RunOutcome::{Complete, OnNetwork};
    let sets = [OnNetwork, OnNetwork, OnNetwork, Complete, Complete].map(|saved| set(0, saved));
    let expected = [
        keep(Because::LastBackup),
        keep(Because::Newest),
        Verdict::Delete,
        keep(Because::LastVerified),
        Verdict::Delete,
    ];
    assert_eq!(decide(&sets, 2), expected);
    assert_eq!(replaceable(&expected).collect::<Vec<_>>(), [4, 2, 1]);
}

#[test]
fn backups_of_some_targets_stay_only_until_there_is_a_newer_one_of_all() {
    use RunOutcome::{Nothing, OnNetwork, Partial};
    let sets = [Nothing, Partial, Partial, OnNetwork, Partial].map(|saved| set(0, saved));
    let expected = [
        Verdict::Delete,
        keep(Because::NoNewerBackup),
        Verdict::Delete,
        keep(Because::LastBackup),
        Verdict::Delete,
    ];
    assert_eq!(decide(&sets, 3), expected);
}

#[test]
fn a_set_of_which_a_snapshot_is_gone_is_no_backup_of_all_targets() {
    let whole = |number| set(number, RunOutcome::Complete);
    let sets = [SnapshotSet { deleted: 1, ..whole(2) }, whole(1), whole(0)];
    let expected = [keep(Because::NoNewerBackup), keep(Because::LastBackup), keep(Because::Newest)];
    assert_eq!(decide(&sets, 2), expected);
}

#[test]
fn the_safety_snapshots_of_the_newest_restore_stay_until_the_next_backup() {
    let restore = |number| SnapshotSet { is_restore: true, ..set(number, RunOutcome::Restored) };
    let backup = |number| set(number, RunOutcome::OnNetwork);
    let sets = [restore(3), restore(2), backup(1)];
    let expected = [keep(Because::NoNewerBackup), Verdict::Delete, keep(Because::LastBackup)];
    assert_eq!(decide(&sets, 3), expected);
    assert_eq!(decide(&[backup(4), restore(3)], 3)[1], Verdict::Delete);
    // One that has taken none, or of which they are gone, is not the newest.
    let none = SnapshotSet { taken: 0, ..restore(3) };
    let gone = SnapshotSet { deleted: 2, ..restore(3) };
    for newest in [none, gone] {
        let sets = [newest, restore(2), restore(1), backup(0)];
        assert_eq!(decide(&sets, 3)[1..3], [keep(Because::NoNewerBackup), Verdict::Delete]);
    }
}

#[test]
fn what_is_used_stays_however_old_it_is() {
    let old = |number| set(number, RunOutcome::OnNetwork);
    let by = name(9);
    let sets = [
        old(5),
        SnapshotSet { set_use: SetUse::UnderWay, saved: RunOutcome::Partial, ..old(4) },
        SnapshotSet { set_use: SetUse::Transferred, ..old(3) },
        SnapshotSet { restored_by: Some(by.clone()), ..old(2) },
        SnapshotSet { set_use: SetUse::Waiting, ..old(1) },
    ];
    let expected = [
        keep(Because::LastBackup),
        keep(Because::UnderWay),
        keep(Because::Transferred),
        keep(Because::Restored { by }),
        Verdict::Delete,
    ];
    assert_eq!(decide(&sets, 1), expected);
    assert_eq!(replaceable(&expected).collect::<Vec<_>>(), [4]);
}

/// Rows 4 and 5 stop, 6 and 7 snapshot, 8 and 9 start, 10 to 13 download and verify, and 14 finalizes.
#[test]
fn a_run_waits_for_its_downloads_from_its_last_start_to_the_first_claim_of_a_download() {
    let after = |end| use_of(&backup_until(end));
    assert_eq!(use_of(&journal()), SetUse::UnderWay);
    for end in 4..10 {
        assert_eq!(after(end), SetUse::UnderWay, "in front of row {end}");
    }
    assert_eq!(after(10), SetUse::Waiting);
    let mut begun = backup_until(10);
    begun.claim_operations(&(), 1, seconds(3)).expect("a download is next");
    assert_eq!(use_of(&begun), SetUse::Transferred);
    for end in 11..15 {
        assert_eq!(after(end), SetUse::Transferred, "in front of row {end}");
    }
    assert_eq!(after(15), SetUse::Over);
    let mut aborted = backup_until(8);
    aborted.change(|it| abort_run(it, "enough", seconds(3))).expect("it is not over");
    assert_eq!(use_of(&aborted), SetUse::UnderWay, "its starts are owed");
}

#[test]
fn a_run_with_something_to_start_or_to_restore_is_under_way_also_during_transfers() {
    let opened = |plan: BackupPlan| {
        accepted(Journal::new(plan.validate().expect("it is valid"), seconds(0)))
    };
    // Its starts come after the downloads.
    let mut plan = plan();
    plan.phases.sort_by_key(|it| (it.kind == Kind::FinalizeManifest, it.kind == Kind::Start));
    for (order, operation) in (0..).zip(&mut plan.phases) {
        operation.order = order;
    }
    let mut late = opened(plan);
    complete_until(&mut late, 9, seconds(2));
    assert_eq!(late.operations()[8].kind, Kind::DownloadSnapshot);
    assert_eq!(use_of(&late), SetUse::UnderWay);

    // The first thing that a restore does is to verify what it restores.
    let mut restore = opened(restore_plan(SnapshotPlace::Folder));
    restore.mark_next_operation_pending(seconds(2)).expect("it is accepted");
    assert_eq!(restore.operations()[4].kind, Kind::VerifyArtifact);
    assert_eq!(use_of(&restore), SetUse::UnderWay);
}

#[test]
fn a_journal_records_once_that_a_snapshot_is_gone_and_its_outcome_stays() {
    let mut journal = backup_until(15);
    let target = journal.target(0).expect("there are two");
    let before = journal.header().clone();
    let gone = |journal: &mut Journal, id: &str, reason: &str| {
        journal.change(|it| record_deletion(it, target, id, reason, seconds(9)))
    };
    let blank = gone(&mut journal, "snapshot", " ");
    assert_eq!(blank, Err(JournalError::MissingField { field: "reason".to_string() }));
    gone(&mut journal, "snapshot", "it is old").expect("it is there");
    let artifact = journal.artifact(&target).expect("there is a snapshot");
    assert_eq!(artifact.snapshot_deleted_at, Some(seconds(9)));
    assert_eq!(artifact.on_network().count(), 0);
    let header = journal.header();
    assert_eq!((header.snapshots_deleted, header.updated_at), (1, before.updated_at));
    assert_eq!(header.outcome(), Some(RunOutcome::Complete));
    let set = SnapshotSet::of(&journal, None);
    assert_eq!((set.is_whole(), set.is_verified()), (false, false));
    for id in ["snapshot", "another"] {
        let (canister_id, snapshot_id) = (target, id.to_string());
        let expected = JournalError::NoSuchSnapshot { canister_id, snapshot_id };
        assert_eq!(gone(&mut journal, id, "it is old"), Err(expected));
    }
}

#[test]
fn a_deletion_that_fails_waits_longer_each_time_up_to_an_hour() {
    let mut deletion = Deletion::superseded(vec![1]);
    let mut waits = Vec::new();
    for _ in 0..40 {
        let (failed, next) = deletion.failed("no answer".to_string(), seconds(0));
        waits.push(next.0 / 1_000_000_000);
        assert_eq!(failed.last_error.as_deref(), Some("no answer"));
        deletion = failed;
    }
    assert_eq!(waits[..4], [30, 60, 120, 240]);
    assert_eq!((waits[39], deletion.errors), (3_600, 40));
}
