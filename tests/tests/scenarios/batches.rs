//! The client sends a plan of any size in batches, and may be interrupted anywhere.

use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, DraftPhase},
    limits::MAX_DRAFT_BATCH,
    plan::{BackupPlan, BackupTarget},
};
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, fleet, records::Records, scenarios,
};

scenarios![
    a_plan_that_was_created_is_created_again,
    another_list_of_targets_is_another_plan,
    half_a_draft_is_completed,
    half_a_draft_of_other_targets_is_left_alone,
    a_draft_that_is_discarded_is_not_filled,
];

/// More targets than two batches have.
const TARGETS: u32 = 200;

fn driver(setup: &Setup) -> Driver {
    setup.driver_of(fleet::plan("batches", &fleet::paper_fleet(TARGETS)))
}

async fn a_plan_that_was_created_is_created_again(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup);
    let (header, targets) = (&run.plan.header, &run.plan.targets);
    let created = run.client.create_journal_in_batches(header, targets).await?;
    assert_eq!(created.total_targets, TARGETS);
    assert_eq!(run.client.create_journal_in_batches(header, targets).await?, created);

    // A preflight changes the authorities of the targets, and not which plan this is.
    run.accept_preflight().await?;
    run.pretend().await?;
    let before = Records::of(&setup).await?;
    let again = run.client.create_journal_in_batches(header, targets).await?;
    assert_eq!(again, run.client.resume_summary(&run.run_id).await?);
    assert_eq!(again.total_receipts, 1);

    let whole = fleet::plan("whole", &fleet::paper_fleet(3));
    let created = run.client.create_journal(&whole).await?;
    let again = run.client.create_journal_in_batches(&whole.header, &whole.targets).await?;
    assert_eq!(again, created);
    assert_eq!(Records::of(&setup).await?.runs[..1], before.runs);
    Ok(())
}

/// Other lists of targets for the same header.
fn other_lists(plan: &BackupPlan) -> Vec<Vec<BackupTarget>> {
    let change = |change: fn(&mut Vec<BackupTarget>)| {
        let mut targets = plan.targets.clone();
        change(&mut targets);
        targets
    };
    vec![
        change(|targets| drop(targets.pop())),
        change(|targets| {
            let mut more = targets[0].clone();
            more.canister_id = fleet::paper_canister(TARGETS + 1);
            targets.push(more);
        }),
        change(|targets| targets.swap(0, 1)),
        change(|targets| targets[199].role = None),
        change(|targets| targets[199].expected_module_hash = Some("1f".repeat(32))),
        change(|targets| targets[199].parent_canister_id = None),
        change(|targets| targets[199].depth += 1),
        change(Vec::clear),
    ]
}

async fn another_list_of_targets_is_another_plan(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup);
    run.client.create_journal_in_batches(&run.plan.header, &run.plan.targets).await?;
    let before = Records::of(&setup).await?;
    for targets in other_lists(&run.plan) {
        assert_refused!(
            run.client.create_journal_in_batches(&run.plan.header, &targets).await,
            Error::RunExists { run_id } if run_id == run.run_id
        );
    }
    let mut header = run.plan.header.clone();
    header.fleet.push('s');
    assert_refused!(
        run.client.create_journal_in_batches(&header, &run.plan.targets).await,
        Error::RunExists { .. }
    );
    assert_eq!(Records::of(&setup).await?, before);

    // Operations that a batch cannot bring make it another plan, too.
    let mut whole = fleet::plan("whole", &fleet::paper_fleet(3));
    whole.phases[4].operation_id.push('s');
    run.client.create_journal(&whole).await?;
    assert_refused!(
        run.client.create_journal_in_batches(&whole.header, &whole.targets).await,
        Error::RunExists { .. }
    );
    Ok(())
}

async fn half_a_draft_is_completed(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup);
    let (client, header, targets) = (&run.client, &run.plan.header, &run.plan.targets);
    client.begin_journal_draft(header).await?;
    // As if a batch of another size had been the last to arrive.
    client.append_draft_targets(&run.run_id, 0, &targets[..MAX_DRAFT_BATCH]).await?;
    client.append_draft_targets(&run.run_id, 96, &targets[96..101]).await?;

    let created = client.create_journal_in_batches(header, targets).await?;
    assert_eq!((created.total_targets, created.total_operations), (TARGETS, 5 * TARGETS + 5));
    assert_eq!(client.list_journal_drafts().await?, []);
    let stored = client.all_targets(&run.run_id).await?;
    assert!(stored.iter().map(|status| &status.target).eq(targets));
    Ok(())
}

async fn half_a_draft_of_other_targets_is_left_alone(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup);
    let mut first = run.plan.targets[..3].to_vec();
    first[1].role = None;
    run.client.begin_journal_draft(&run.plan.header).await?;
    run.client.append_draft_targets(&run.run_id, 0, &first).await?;
    let before = Records::of(&setup).await?;
    // As many, more, and fewer than have arrived.
    for mine in [&run.plan.targets[..3], &run.plan.targets, &first[..2]] {
        assert_refused!(
            run.client.create_journal_in_batches(&run.plan.header, mine).await,
            Error::RunExists { run_id } if run_id == run.run_id
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn a_draft_that_is_discarded_is_not_filled(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = driver(&setup);
    let (header, targets) = (&run.plan.header, &run.plan.targets);
    run.client.begin_journal_draft(header).await?;
    run.client.append_draft_targets(&run.run_id, 0, &targets[..3]).await?;
    run.client.discard_journal_draft(&run.run_id).await?;
    assert_refused!(
        run.client.create_journal_in_batches(header, targets).await,
        Error::DraftClosed { phase: DraftPhase::Discarding { .. } }
    );
    run.client.discard_journal_draft(&run.run_id).await?;
    run.client.create_journal_in_batches(header, targets).await?;
    Ok(())
}
