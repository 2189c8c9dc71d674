//! A preflight whose receipts arrive in batches is one that arrives whole, whatever happens in between.

use backup_coordinator_client::journal::{
    Sequence,
    api::{AuditEventKind, CoordinatorError as Error, PlanPage, PreflightProgress as Progress},
    journal::{JournalError as Journal, RunState},
    limits::MAX_PAGE,
    plan::{AuthorityEvidence, BackupTarget, ControlAuthoritySource},
    preflight::{PreflightError, PreflightReceipts},
};
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused,
    client::Answer,
    driver::VALIDITY,
    fleet,
    records::{Records, RunRecord, run as record},
    scenarios,
};
use std::{ops::Range, time::Duration};

scenarios![
    a_run_accepted_in_batches_is_like_one_accepted_whole,
    a_batch_whose_reply_was_lost_can_be_sent_again,
    another_preflight_starts_over,
    a_batch_fits_or_is_refused,
    time_passes_between_batches,
    proven_authorities_count_when_all_have_arrived,
    somebody_else_is_faster,
];

const SECOND: Duration = Duration::from_secs(1);

fn driver(setup: &Setup, run_id: &str, members: u32) -> Driver {
    setup.driver_of(fleet::plan(run_id, &fleet::paper_fleet(members)))
}

async fn append(run: &Driver, start: u32, batch: &PreflightReceipts) -> Answer<Progress> {
    run.client.append_preflight_receipts(&run.run_id, start, batch).await
}

/// Sends some batches of the receipts, each about two targets.
async fn send(
    run: &Driver,
    receipts: &PreflightReceipts,
    batches: Range<usize>,
) -> Answer<Vec<Progress>> {
    let mut progress = Vec::new();
    for (start, batch) in &receipts.batches(2)[batches] {
        progress.push(append(run, *start, batch).await?);
    }
    Ok(progress)
}

fn covered(progress: &Progress) -> Option<u32> {
    match progress {
        Progress::Arriving { covered, .. } => Some(*covered),
        Progress::Accepted(_) => None,
    }
}

async fn a_run_accepted_in_batches_is_like_one_accepted_whole(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (whole, parts) = (driver(&setup, "whole", 5), driver(&setup, "parts", 5));
    whole.create().await?;
    parts.create().await?;
    let (of_whole, of_parts) = (whole.preflight("preflight-1"), parts.preflight("preflight-1"));
    let progress = send(&parts, &of_parts, 0..3).await?;
    assert_eq!(progress.iter().map(covered).collect::<Vec<_>>(), [Some(2), Some(4), None]);
    let accepted = whole.accept(&of_whole).await?;
    assert_eq!(accepted.preflight.ok_or("accepted")?.window, Some(of_whole.window()));

    let (whole, parts) = (record(&setup, "whole").await?, record(&setup, "parts").await?);
    let Some(Progress::Accepted(summary)) = progress.last() else {
        return Err("the last batch accepts".into());
    };
    assert_eq!(*summary, parts.summary);
    assert_eq!(summary.state, RunState::InProgress);
    let accepted = summary.preflight.clone().ok_or("accepted")?;
    assert_eq!(accepted.window, Some(of_parts.window()));
    assert_eq!(timeless(parts, "parts"), timeless(whole, "whole"));
    Records::of(&setup).await?.check();
    Ok(())
}

/// What there is to tell of a run, but for its name, the digest that has it, and the times of calls.
fn timeless(mut record: RunRecord, name: &str) -> String {
    record.details.plan_digest.clear();
    let text = format!("{record:?}").replace(name, "run");
    let mut parts = text.split("Timestamp(");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| {
        let rest = part.split_once(')').map_or("", |(_, rest)| rest);
        text + "Timestamp" + rest
    })
}

async fn a_batch_whose_reply_was_lost_can_be_sent_again(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, "nightly", 5);
    run.create().await?;
    let receipts = run.preflight("preflight-1");
    send(&run, &receipts, 0..2).await?;
    setup.upgrade(None)?;
    let before = Records::of(&setup).await?;
    let progress = send(&run, &receipts, 0..2).await?;
    assert_eq!(progress.iter().map(covered).collect::<Vec<_>>(), [Some(4), Some(4)]);
    let mut no_plan = run.plan.clone();
    no_plan.targets.clear();
    let empty = fleet::preflight(&no_plan, "preflight-1", receipts.validated_at.0, VALIDITY);
    assert_eq!(covered(&append(&run, 0, &empty).await?), Some(4), "it asks where it stands");
    assert_eq!(Records::of(&setup).await?, before, "a repeated batch changes nothing");

    send(&run, &receipts, 2..3).await?;
    let before = Records::of(&setup).await?;
    let summary = run.client.resume_summary(&run.run_id).await?;
    for progress in send(&run, &receipts, 0..3).await? {
        assert_eq!(progress, Progress::Accepted(summary.clone()));
    }
    let again = run.client.accept_preflight_in_batches(&run.run_id, &receipts).await?;
    assert_eq!(again, summary);
    assert_eq!(Records::of(&setup).await?, before, "a repeated batch changes nothing");
    let kinds = before.audit.into_iter().map(|event| event.kind);
    let appended = kinds.filter(|kind| {
        matches!(kind, AuditEventKind::PreflightReceiptsAppended { count: 1 | 2, .. })
    });
    assert_eq!(appended.count(), 3, "one event for each batch");
    Ok(())
}

async fn another_preflight_starts_over(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, "nightly", 5);
    run.create().await?;
    let first = run.preflight("preflight-0");
    send(&run, &first, 0..2).await?;
    let other = run.preflight("preflight-1");
    setup.network.advance(SECOND);
    let later = run.preflight("preflight-0");
    let before = Records::of(&setup).await?;
    for receipts in [&other, &later] {
        assert_refused!(
            send(&run, receipts, 2..3).await,
            Error::Journal(Journal::PreflightGap { start: 4, covered: 0 })
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    for receipts in [&later, &other] {
        assert_eq!(covered(&send(&run, receipts, 0..1).await?[0]), Some(2));
    }
    assert_refused!(
        send(&run, &first, 2..3).await,
        Error::Journal(Journal::PreflightGap { start: 4, covered: 0 })
    );
    assert_eq!(covered(&send(&run, &other, 1..3).await?[1]), None);
    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!(summary.preflight.ok_or("accepted")?.preflight_id, "preflight-1".into());
    Ok(())
}

async fn a_batch_fits_or_is_refused(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, "nightly", 5);
    run.create().await?;
    let good = run.preflight("preflight-1");
    send(&run, &good, 0..1).await?;
    let (_, batch) = good.batches(2).swap_remove(1);
    let mut other_plan = batch.clone();
    other_plan.plan_id = "another".into();
    let mut unproven = batch.clone();
    unproven.control_authority[1].authority.evidence = AuthorityEvidence::Declared;
    let mut incomplete = batch.clone();
    incomplete.snapshot_read_authority.pop();
    let mut drifted = batch.clone();
    drifted.topology.topology_hash_at_preflight = "f".repeat(64);
    let mut refused = batch.clone();
    refused.quiescence.accepted = false;
    let mut shifted = batch.clone();
    shifted.topology.targets.reverse();

    let before = Records::of(&setup).await?;
    for bad in [other_plan, unproven, incomplete, drifted, refused, shifted] {
        assert_refused!(append(&run, 2, &bad).await, Error::Journal(Journal::Preflight(_)));
    }
    for start in [0, 1, 3, 4, 5, 6, u32::MAX] {
        assert_refused!(append(&run, start, &batch).await, Error::Journal(Journal::Preflight(_)));
    }
    let gap = |progress| {
        assert_refused!(progress, Error::Journal(Journal::PreflightGap { covered: 2, .. }));
    };
    gap(append(&run, 4, &good.batches(2)[2].1).await);
    gap(append(&run, 0, &good.batches(4)[0].1).await);
    let mut somebody_else = good.batches(2).swap_remove(0).1;
    somebody_else.control_authority[1].authority.source =
        ControlAuthoritySource::AlternateController {
            controller: fleet::paper_canister(9),
            reason: "the root is gone".to_string(),
        };
    assert_refused!(
        append(&run, 0, &somebody_else).await,
        Error::Journal(Journal::PreflightConflict { position: 1 })
    );
    assert_eq!(Records::of(&setup).await?, before);
    assert_eq!(covered(&append(&run, 2, &batch).await?), Some(4));
    Ok(())
}

async fn time_passes_between_batches(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, "nightly", 3);
    run.create().await?;
    let in_an_hour = setup.network.now() + 3_600_000_000_000;
    let early = fleet::preflight(&run.plan, "preflight-1", in_an_hour, VALIDITY);
    assert_refused!(
        send(&run, &early, 0..1).await,
        Error::Journal(Journal::Preflight(PreflightError::NotYetValid { .. }))
    );
    let receipts = run.preflight("preflight-1");
    send(&run, &receipts, 0..1).await?;
    setup.network.advance(VALIDITY + SECOND);
    let before = Records::of(&setup).await?;
    assert_refused!(
        send(&run, &receipts, 1..2).await,
        Error::Journal(Journal::Preflight(PreflightError::Expired { .. }))
    );
    assert_eq!(Records::of(&setup).await?, before);
    assert_refused!(
        run.client.mark_operation_pending(&run.run_id, Sequence(4)).await,
        Error::Journal(Journal::OutOfOrderOperationTransition { .. })
    );
    send(&run, &run.preflight("preflight-2"), 0..2).await?;

    // It goes stale as any other does.
    setup.network.advance(VALIDITY + SECOND);
    assert_refused!(run.claim().await, Error::Journal(Journal::PreflightExpired { .. }));
    Ok(())
}

async fn plan(run: &Driver) -> Answer<Vec<BackupTarget>> {
    let PlanPage { targets, .. } = run.client.get_plan(&run.run_id, 0, MAX_PAGE).await?;
    Ok(targets.items)
}

async fn proven_authorities_count_when_all_have_arrived(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, "nightly", 3);
    run.create().await?;
    let declared = plan(&run).await?;
    let receipts = run.preflight("preflight-0");
    send(&run, &receipts, 0..1).await?;
    assert_eq!(plan(&run).await?, declared);
    setup.upgrade(None)?;
    send(&run, &receipts, 1..2).await?;
    let proven = plan(&run).await?;
    assert!(proven.iter().all(|target| target.control_authority.is_proven()));

    // What the expired one has proven is shown until another is accepted.
    for (number, source) in [
        ControlAuthoritySource::RootController,
        ControlAuthoritySource::OperatorController,
        ControlAuthoritySource::RootController,
    ]
    .into_iter()
    .enumerate()
    {
        setup.network.advance(VALIDITY + SECOND);
        let before = plan(&run).await?;
        let mut receipts = run.preflight(&format!("preflight-{}", number + 1));
        for receipt in &mut receipts.control_authority {
            receipt.authority.source = source.clone();
        }
        send(&run, &receipts, 0..1).await?;
        setup.upgrade(None)?;
        assert_eq!(plan(&run).await?, before);
        send(&run, &receipts, 1..2).await?;
        let after = plan(&run).await?;
        assert!(after.iter().all(|target| target.control_authority.source == source));
    }
    Records::of(&setup).await?.check();
    Ok(())
}

async fn somebody_else_is_faster(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).build();
    let run = setup.driver("nightly");
    run.create().await?;
    let receipts = run.preflight("preflight-0");
    send(&run, &receipts, 0..1).await?;
    run.accept_preflight().await?;
    let before = Records::of(&setup).await?;
    for batches in [0..1, 1..2] {
        assert_refused!(
            send(&run, &receipts, batches).await,
            Error::Journal(Journal::PreflightAlreadyAccepted { .. })
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    assert_eq!(run.finish().await?.state, RunState::Completed);
    Ok(())
}
