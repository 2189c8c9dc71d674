//! Plans that are too large for one message arrive in batches, and are then like any other.

use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, DiscardProgress, DraftPhase, Duplicate, SealProgress},
    journal::{JournalCheck, RunState},
    limits::MAX_DRAFT_BATCH,
    plan::{BackupTarget, PlanError},
};
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, fleet, records::Records, scenarios,
};

scenarios![
    a_drafted_run_is_like_one_that_was_sent_whole,
    every_step_of_a_draft_can_be_repeated,
    a_batch_fits_or_is_refused,
    a_fleet_of_two_thousand_with_upgrades_in_between,
    a_discarded_draft_leaves_the_run_id_free,
];

fn driver(setup: &Setup, members: u32) -> Driver {
    setup.driver_of(fleet::plan("drafted", &fleet::paper_fleet(members)))
}

/// Seals, with an upgrade after every step; how many steps it took.
async fn seal(setup: &Setup, run: &Driver) -> Result<u32, Box<dyn std::error::Error>> {
    for step in 1.. {
        match run.client.seal_journal_draft(&run.run_id).await? {
            SealProgress::Sealed(_) => return Ok(step),
            SealProgress::Sealing(status) => {
                assert!(matches!(status.phase, DraftPhase::Sealing { .. }));
                setup.upgrade(None)?;
            }
        }
    }
    unreachable!("sealing ends")
}

/// The operations, targets and plan that a run has are those of `run.plan`.
async fn check_same(run: &Driver) -> Outcome {
    let operations = run.client.all_operations(&run.run_id).await?;
    assert_eq!(operations.len(), run.plan.phases.len());
    for (planned, stored) in run.plan.phases.iter().zip(&operations) {
        assert_eq!(planned.operation_id, stored.operation_id);
        assert_eq!(planned.kind, stored.kind);
        assert_eq!(planned.target_canister_id, stored.target_canister_id);
    }
    let targets = run.client.all_targets(&run.run_id).await?;
    assert!(targets.iter().map(|status| &status.target).eq(&run.plan.targets));
    assert_eq!(run.client.get_plan(&run.run_id, 0, 1).await?.header, run.plan.header);
    Ok(())
}

async fn a_drafted_run_is_like_one_that_was_sent_whole(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).build();
    let run = setup.driver("drafted");
    run.client.begin_journal_draft(&run.plan.header).await?;
    run.client.append_draft_targets(&run.run_id, 0, &run.plan.targets[..2]).await?;
    assert_eq!(run.client.all_journals().await?, [], "a draft is no run yet");
    run.client.append_draft_targets(&run.run_id, 2, &run.plan.targets[2..]).await?;
    assert_eq!(seal(&setup, &run).await?, 1);

    check_same(&run).await?;
    assert_refused!(run.create().await, Error::Duplicate(Duplicate::Journal { .. }));
    run.accept_preflight().await?;
    assert_eq!(run.finish().await?.state, RunState::Completed);
    Records::of(&setup).await?.check();
    Ok(())
}

async fn every_step_of_a_draft_can_be_repeated(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, 3);
    let (client, run_id, header) = (&run.client, &run.run_id, &run.plan.header);
    client.begin_journal_draft(header).await?;
    let status = client.append_draft_targets(run_id, 0, &run.plan.targets[..2]).await?;
    let before = Records::of(&setup).await?;

    assert_refused!(
        client.begin_journal_draft(header).await,
        Error::Duplicate(Duplicate::Draft { targets: 2, .. })
    );
    assert_eq!(client.append_draft_targets(run_id, 0, &run.plan.targets[..2]).await?, status);
    assert_eq!(client.append_draft_targets(run_id, 1, &run.plan.targets[1..2]).await?, status);
    assert_refused!(run.create().await, Error::RunExists { .. });
    assert_eq!(Records::of(&setup).await?, before);

    client.append_draft_targets(run_id, 2, &run.plan.targets[2..]).await?;
    seal(&setup, &run).await?;
    let before = Records::of(&setup).await?;
    assert_refused!(
        client.seal_journal_draft(run_id).await,
        Error::Duplicate(Duplicate::Journal { .. })
    );
    assert_refused!(client.get_journal_draft(run_id).await, Error::DraftNotFound { .. });
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn a_batch_fits_or_is_refused(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, 4);
    let append = |start, batch| run.client.append_draft_targets(&run.run_id, start, batch);
    let targets = &run.plan.targets;
    run.client.begin_journal_draft(&run.plan.header).await?;
    assert_refused!(
        run.client.seal_journal_draft(&run.run_id).await,
        Error::InvalidPlan(PlanError::EmptyTargets)
    );
    append(0, &targets[..2]).await?;
    let before = Records::of(&setup).await?;

    assert_refused!(append(3, &targets[3..]).await, Error::DraftGap { start: 3, targets: 2 });
    assert_refused!(append(1, &targets[1..3]).await, Error::DraftGap { start: 1, targets: 2 });
    assert_refused!(append(1, &targets[..1]).await, Error::DraftConflict { position: 1 });
    assert_refused!(
        append(2, &targets[1..2]).await,
        Error::InvalidPlan(PlanError::DuplicateTarget { .. })
    );
    let mut itself = targets[2].clone();
    itself.canister_id = setup.coordinator;
    assert_refused!(append(2, &[itself]).await, Error::CoordinatorIsTarget { .. });
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn a_fleet_of_two_thousand_with_upgrades_in_between(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, 2_000);
    run.client.begin_journal_draft(&run.plan.header).await?;
    append_all(&setup, &run, &run.plan.targets).await?;
    // Seven calls derive the operations; the last of them and fifteen more remove what only sealing needs.
    assert_eq!(seal(&setup, &run).await?, 22);
    check_same(&run).await?;

    run.client.accept_preflight_bundle(&run.run_id, &"preflight-1".into()).await?;
    for _ in 0..3 {
        run.pretend().await?;
    }
    let check: JournalCheck = run.client.validate_journal(&run.run_id, 0, 500).await?;
    assert_eq!(check.violations, []);
    assert_eq!(run.client.resume_summary(&run.run_id).await?.total_operations, 10_005);
    Ok(())
}

/// Sends targets in batches, with an upgrade after each.
async fn append_all(setup: &Setup, run: &Driver, targets: &[BackupTarget]) -> Outcome {
    let mut start = 0;
    for batch in targets.chunks(MAX_DRAFT_BATCH) {
        start = run.client.append_draft_targets(&run.run_id, start, batch).await?.targets;
        setup.upgrade(None)?;
    }
    Ok(())
}

async fn a_discarded_draft_leaves_the_run_id_free(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup, 900);
    let first = setup.driver_of(fleet::plan("drafted", &fleet::paper_fleet(500)));
    run.client.begin_journal_draft(&first.plan.header).await?;
    append_all(&setup, &run, &first.plan.targets).await?;
    assert!(matches!(run.client.seal_journal_draft(&run.run_id).await?, SealProgress::Sealing(_)));
    while run.client.discard_journal_draft(&run.run_id).await? != DiscardProgress::Discarded {
        setup.upgrade(None)?;
        assert_refused!(
            run.client.seal_journal_draft(&run.run_id).await,
            Error::DraftClosed { phase: DraftPhase::Discarding { .. } }
        );
        // It is not a draft to go on with, be it begun with the same header or with another one.
        for header in [&first.plan.header, &run.plan.header] {
            assert_refused!(
                run.client.begin_journal_draft(header).await,
                Error::DraftClosed { phase: DraftPhase::Discarding { .. } }
            );
        }
    }
    assert_eq!(run.client.list_journal_drafts().await?, []);

    run.create().await?;
    check_same(&run).await
}
