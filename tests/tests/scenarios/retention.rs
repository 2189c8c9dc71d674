//! Snapshots of a fleet with a schedule are deleted when newer ones are kept, and never those that must stay.

use crate::schedules::{every, name, pass, registered, seconds_until, status};
use backup_coordinator_client::journal::{
    RunId,
    api::{AuditEventKind, CoordinatorError as Error},
    execution::{BackupRequest, ExecutionError, RestoreRequest},
    fleet::{FleetPolicy, FleetUpdate, TransferPolicy},
    journal::{RunOutcome, RunState},
    plan::PlanError,
    retention::{KeptBecause as Because, RetentionPreview, SetStatus, Verdict},
    schedule::Schedule,
};
use candid::Principal;
use integration_tests::{
    Network, Outcome, Setup, assert_refused, callers, prometheus::Scrape, records::Records,
    scenarios, web::page,
};
use std::{collections::BTreeSet, error::Error as StdError};

scenarios![
    the_newest_backups_stay_and_older_ones_are_deleted,
    backups_that_nobody_downloads_give_way_to_newer_ones,
    when_all_ten_are_taken_the_oldest_that_may_go_gives_its_place,
    a_fleet_without_a_slot_is_not_stopped,
    what_somebody_has_deleted_is_noted_and_the_backup_before_it_stays,
    all_snapshots_of_a_fleet_are_dropped,
    without_a_schedule_nothing_is_deleted,
];

type Answer<T> = Result<T, Box<dyn StdError>>;

fn keeping(backups: u32) -> Schedule {
    Schedule { keep_on_network: Some(backups), ..every(24) }
}

/// Lets one night pass.
async fn night(setup: &Setup) -> Outcome {
    let next_at = status(setup).await?.next_at.ok_or("it has a time")?;
    pass(setup, seconds_until(setup, next_at));
    Ok(())
}

async fn preview(setup: &Setup) -> Answer<RetentionPreview> {
    let preview = setup.as_auditor().preview_retention(&name()).await?;
    assert_eq!(preview.failed, []);
    Ok(preview)
}

fn verdicts(preview: &RetentionPreview) -> Vec<Verdict> {
    preview.sets.iter().map(|set| set.verdict.clone()).collect()
}

fn snapshots(setup: &Setup, member: Principal) -> Answer<BTreeSet<String>> {
    let managed = setup.network.manage(callers::operator(), member);
    Ok(managed.snapshots()?.into_iter().map(|snapshot| hex::encode(snapshot.id)).collect())
}

/// What the journals say is on the network is there, of each member, and beside it so many of somebody else.
async fn check_network(setup: &Setup, preview: &RetentionPreview, foreign: usize) -> Outcome {
    for entry in &setup.registry {
        let mut known = BTreeSet::new();
        for SetStatus { run_id, .. } in &preview.sets {
            let targets = setup.as_auditor().all_targets(run_id).await?;
            let target = targets.iter().find(|it| it.target.canister_id == entry.canister_id);
            let artifact = target.and_then(|target| target.artifact.clone()).unwrap_or_default();
            known.extend(artifact.on_network().map(str::to_string));
        }
        let there = snapshots(setup, entry.canister_id)?;
        assert!(known.is_subset(&there), "{known:?} {there:?}");
        assert_eq!(there.len(), known.len() + foreign, "of {}", entry.canister_id);
    }
    Ok(())
}

async fn the_newest_backups_stay_and_older_ones_are_deleted(network: Network) -> Outcome {
    let setup = registered(network).await?;
    setup.as_administrator().set_schedule(&name(), &keeping(2)).await?;
    for count in 1..=5_usize {
        night(&setup).await?;
        let preview = preview(&setup).await?;
        assert_eq!(preview.keep_on_network, Some(2));
        let kept = [Verdict::Keep(Because::LastBackup), Verdict::Keep(Because::Newest)];
        assert_eq!(verdicts(&preview), kept[..count.min(2)]);
        assert!(preview.sets.iter().all(|set| (set.snapshots, set.deleted) == (2, 0)));
        check_network(&setup, &preview, 0).await?;
        setup.upgrade(None)?;
    }
    let runs = setup.as_auditor().all_journals().await?;
    let oldest = &runs[0].run_id;
    assert_eq!(runs[0].outcome, Some(RunOutcome::OnNetwork), "it stays what it was");
    let deleted = |kind: &AuditEventKind| matches!(kind, AuditEventKind::SnapshotDeleted { .. });
    let events = setup.as_auditor().all_audit_events().await?;
    let of_oldest = events.iter().filter(|it| it.run_id.as_ref() == Some(oldest));
    assert_eq!(of_oldest.filter(|it| deleted(&it.kind)).count(), 2);
    // Nothing can be restored from what is gone.
    let restore = setup.as_operator().start_restore(oldest, &RestoreRequest::default()).await;
    assert_refused!(restore, Error::InvalidPlan(PlanError::NothingSaved { .. }));
    Records::of(&setup).await?.check();
    Ok(())
}

async fn backups_that_nobody_downloads_give_way_to_newer_ones(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let policy = Some(FleetPolicy { transfer: TransferPolicy::Await, ..FleetPolicy::default() });
    let update = FleetUpdate { policy, ..FleetUpdate::default() };
    setup.as_administrator().update_fleet(&name(), &update).await?;
    setup.as_administrator().set_schedule(&name(), &keeping(2)).await?;
    for _ in 0..2 {
        night(&setup).await?;
    }
    // Somebody begins to download the first of them.
    let runs = setup.as_auditor().all_journals().await?;
    let (first, second) = (runs[0].run_id.clone(), runs[1].run_id.clone());
    setup.as_operator().claim_operations(&first, 1).await?;
    for _ in 0..2 {
        night(&setup).await?;
    }
    let preview = preview(&setup).await?;
    let expected = [
        Verdict::Keep(Because::LastBackup),
        Verdict::Keep(Because::Newest),
        Verdict::Keep(Because::Transferred),
    ];
    assert_eq!(verdicts(&preview), expected);
    // Each counted as the last backup of the fleet once all members ran again, and an old one that ends is not the last again.
    let ages = Scrape::parse(&page(&setup, "/metrics"))
        .by("backup_last_on_network_age_seconds", "among_fleets");
    assert!(ages["longest"] < 1_000.0, "{ages:?}");
    let summary = setup.as_auditor().resume_summary(&second).await?;
    assert_eq!((summary.state, summary.outcome), (RunState::Aborted, Some(RunOutcome::OnNetwork)));
    check_network(&setup, &preview, 0).await?;
    Records::of(&setup).await?.check();
    Ok(())
}

fn take_by_hand(setup: &Setup, member: Principal, count: usize) -> Answer<BTreeSet<String>> {
    let before = snapshots(setup, member)?;
    for _ in 0..count {
        setup.network.manage(callers::operator(), member).take_snapshot()?;
    }
    Ok(snapshots(setup, member)?.difference(&before).cloned().collect())
}

async fn when_all_ten_are_taken_the_oldest_that_may_go_gives_its_place(
    network: Network,
) -> Outcome {
    let setup = registered(network).await?;
    setup.as_administrator().set_schedule(&name(), &keeping(3)).await?;
    for _ in 0..2 {
        night(&setup).await?;
    }
    let runs = setup.as_auditor().all_journals().await?;
    let member = setup.members[0];
    let foreign = take_by_hand(&setup, member, 8)?;
    assert_eq!(snapshots(&setup, member)?.len(), 10);
    night(&setup).await?;
    let there = snapshots(&setup, member)?;
    assert_eq!(there.len(), 10);
    assert!(foreign.is_subset(&there), "somebody else's are never deleted");
    let last = setup.as_auditor().all_journals().await?.pop().ok_or("there is one")?;
    assert_eq!(last.outcome, Some(RunOutcome::OnNetwork));
    let preview = preview(&setup).await?;
    let gone: Vec<(&RunId, u32)> =
        preview.sets.iter().map(|set| (&set.run_id, set.deleted)).collect();
    // What is left of the first is no backup any more, so it is deleted as well.
    assert_eq!(gone, [(&last.run_id, 0), (&runs[1].run_id, 0)]);
    let events = setup.as_auditor().all_audit_events().await?;
    let reasons = events.iter().filter_map(|event| match &event.kind {
        AuditEventKind::SnapshotDeleted { canister_id, reason, .. } => {
            assert_eq!(event.run_id.as_ref(), Some(&runs[0].run_id));
            Some((*canister_id == member, reason.contains("took its place")))
        }
        _ => None,
    });
    let reasons: BTreeSet<(bool, bool)> = reasons.collect();
    assert_eq!(reasons, BTreeSet::from([(true, true), (false, false)]));
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_fleet_without_a_slot_is_not_stopped(network: Network) -> Outcome {
    let setup = registered(network).await?;
    setup.as_administrator().set_schedule(&name(), &keeping(3)).await?;
    night(&setup).await?;
    take_by_hand(&setup, setup.members[0], 9)?;
    night(&setup).await?;
    let last = setup.as_auditor().all_journals().await?.pop().ok_or("there is one")?;
    assert_eq!((last.state, last.outcome), (RunState::Aborted, Some(RunOutcome::Nothing)));
    let problem = setup.as_auditor().execution_status(&last.run_id).await?.problem;
    assert!(problem.as_ref().is_some_and(|it| it.contains("10 snapshots")), "{problem:?}");
    let operations = setup.as_auditor().all_operations(&last.run_id).await?;
    assert!(operations.iter().all(|operation| operation.attempt.0 == 0), "nothing was claimed");
    assert_eq!(verdicts(&preview(&setup).await?), [Verdict::Keep(Because::LastBackup)]);
    Ok(())
}

async fn what_somebody_has_deleted_is_noted_and_the_backup_before_it_stays(
    network: Network,
) -> Outcome {
    let setup = registered(network).await?;
    setup.as_administrator().set_schedule(&name(), &keeping(1)).await?;
    night(&setup).await?;
    let first = setup.as_auditor().all_journals().await?.pop().ok_or("there is one")?.run_id;
    let member = setup.members[0];
    let ours = snapshots(&setup, member)?;
    // The next backup fails in its preflight, which sees that somebody has deleted the last one.
    let foreign = take_by_hand(&setup, member, 9)?;
    for id in ours {
        let managed = setup.network.manage(callers::operator(), member);
        managed.delete_snapshot(hex::decode(id)?)?;
    }
    take_by_hand(&setup, member, 1)?;
    night(&setup).await?;
    let preview = preview(&setup).await?;
    let [set] = preview.sets.iter().filter(|set| set.run_id == first).collect::<Vec<_>>()[..]
    else {
        panic!("{preview:?}");
    };
    assert_eq!((set.deleted, &set.verdict), (1, &Verdict::Keep(Because::NoNewerBackup)));
    for id in foreign {
        let managed = setup.network.manage(callers::operator(), member);
        managed.delete_snapshot(hex::decode(id)?)?;
    }
    night(&setup).await?;
    assert_eq!(verdicts(&self::preview(&setup).await?), [Verdict::Keep(Because::LastBackup)]);
    Records::of(&setup).await?.check();
    Ok(())
}

async fn all_snapshots_of_a_fleet_are_dropped(network: Network) -> Outcome {
    let setup = registered(network).await?;
    let (administrator, fleet) = (setup.as_administrator(), name());
    assert_eq!(administrator.drop_snapshots(&fleet, false).await?, 0, "there is none");
    administrator.set_schedule(&fleet, &keeping(3)).await?;
    for _ in 0..2 {
        night(&setup).await?;
    }
    let foreign = take_by_hand(&setup, setup.members[0], 1)?;
    let not_downloaded = ExecutionError::NotDownloaded { fleet: fleet.clone() };
    assert_refused!(
        administrator.drop_snapshots(&fleet, false).await,
        Error::Execution(error) if error == not_downloaded
    );
    let later = BackupRequest { start_later: Some(true), ..BackupRequest::default() };
    let planned = setup.as_operator().start_backup(&fleet, &later).await?.run_id;
    assert_refused!(
        administrator.drop_snapshots(&fleet, true).await,
        Error::Execution(ExecutionError::FleetBusy { run_id, .. }) if run_id == planned
    );
    setup.as_operator().abort_run(&planned, "not now").await?;
    pass(&setup, 60);

    let backup = setup.as_auditor().all_journals().await?[1].run_id.clone();
    assert_eq!(administrator.drop_snapshots(&fleet, true).await?, 4);
    let restore = setup.as_operator().start_restore(&backup, &RestoreRequest::default()).await;
    assert_refused!(
        restore,
        Error::Execution(ExecutionError::SnapshotsDeleted { run_id }) if run_id == backup
    );
    assert_eq!(administrator.drop_snapshots(&fleet, true).await?, 0, "they are being deleted");
    pass(&setup, 60);
    assert_eq!(preview(&setup).await?.sets, []);
    assert_eq!(snapshots(&setup, setup.members[0])?, foreign);
    assert_eq!(snapshots(&setup, setup.registry[0].canister_id)?.len(), 0);
    Records::of(&setup).await?.check();
    Ok(())
}

async fn without_a_schedule_nothing_is_deleted(network: Network) -> Outcome {
    let setup = registered(network).await?;
    for _ in 0..5 {
        setup.as_operator().start_backup(&name(), &BackupRequest::default()).await?;
        pass(&setup, 600);
    }
    let preview = preview(&setup).await?;
    assert_eq!(preview.keep_on_network, None);
    assert_eq!(verdicts(&preview), vec![Verdict::Keep(Because::NoRetention); 5]);
    check_network(&setup, &preview, 0).await?;
    Ok(())
}
