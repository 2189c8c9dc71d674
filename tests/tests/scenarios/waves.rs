//! Operations of a wave are claimed, performed and reported side by side, and a run is aborted in the midst of one.

use backup_coordinator_client::journal::{
    RunId, Sequence,
    api::{CoordinatorError as Error, Duplicate},
    journal::{
        JournalError as Journal, Operation, OperationState, ReceiptOutcome, RunOutcome, RunState,
        Stage,
    },
    limits::MAX_WAVE_BATCH,
};
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, callers, fleet,
    records::{self, Records},
    scenarios,
};

scenarios![
    a_fleet_is_backed_up_in_waves,
    a_batch_is_answered_receipt_by_receipt,
    a_wave_survives_an_upgrade,
    an_aborted_run_starts_what_it_has_stopped,
    a_run_that_is_aborted_late_is_still_a_backup,
    batches_are_limited,
];

/// Claims the rest of the wave.
async fn claim(run: &Driver) -> Result<Vec<Operation>, Box<dyn std::error::Error>> {
    let limit = u32::try_from(MAX_WAVE_BATCH)?;
    Ok(run.client.claim_operations(&run.run_id, limit).await?)
}

/// Performs operations and reports all of them in one call, the last one first.
async fn perform(run: &Driver, operations: &[Operation]) -> Outcome {
    let mut receipts = Vec::new();
    for operation in operations.iter().rev() {
        receipts.push(run.perform(operation)?);
    }
    for answer in run.client.record_operation_receipts(&run.run_id, &receipts).await? {
        answer?;
    }
    Ok(())
}

/// Claims and performs wave by wave until the run is over; answers with the size of each batch.
async fn finish(run: &Driver) -> Result<Vec<usize>, Box<dyn std::error::Error>> {
    let mut sizes = Vec::new();
    while run.client.next_ready_operation(&run.run_id).await?.is_some() {
        let claimed = claim(run).await?;
        assert!(!claimed.is_empty(), "what is claimed was reported");
        perform(run, &claimed).await?;
        sizes.push(claimed.len());
    }
    Ok(sizes)
}

async fn a_fleet_is_backed_up_in_waves(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(4).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let sizes = finish(&run).await?;
    // Stops and starts by depth, all snapshots, all downloads, all verifications, the manifest.
    let total: usize = sizes.iter().sum();
    assert_eq!(total, 5 * 4 + 1);
    assert!(sizes.len() < 10, "{sizes:?}");

    let record = records::run(&setup, "nightly").await?;
    assert_eq!(record.summary.state, RunState::Completed);
    assert_eq!(record.summary.outcome, Some(RunOutcome::Complete));
    for member in &setup.members {
        let member = setup.network.manage(callers::operator(), *member);
        assert_eq!(member.status()?, CanisterStatusType::Running);
        assert_eq!(member.snapshots()?.len(), 1);
    }
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_batch_is_answered_receipt_by_receipt(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let claimed = claim(&run).await?;
    let (first, rest) = claimed.split_first().ok_or("there is a stop")?;
    let unknown = Operation { sequence: Sequence(99), ..first.clone() };
    let mut receipts = vec![run.completed(first), run.completed(first), run.completed(&unknown)];
    receipts.extend(rest.iter().map(|operation| run.failed(operation, "busy")));

    let answers = run.client.record_operation_receipts(&run.run_id, &receipts).await?;
    assert_eq!(answers.len(), receipts.len());
    assert!(answers[0].is_ok());
    assert!(
        matches!(answers[1], Err(Error::Duplicate(Duplicate::Receipt { .. }))),
        "{:?}",
        answers[1]
    );
    assert!(
        matches!(answers[2], Err(Error::Journal(Journal::ReceiptOperationNotFound { .. }))),
        "{:?}",
        answers[2]
    );
    assert!(answers[3..].iter().all(Result::is_ok));

    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!(summary.total_receipts as usize, claimed.len());
    let open = run.client.all_open_operations(&run.run_id).await?;
    assert!(open.iter().all(|operation| operation.state == OperationState::Failed));
    assert_eq!(open.len(), rest.len());
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_wave_survives_an_upgrade(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(4).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    while run.client.current_wave(&run.run_id).await?.map(|wave| wave.stage) == Some(Stage::Stop) {
        let claimed = claim(&run).await?;
        perform(&run, &claimed).await?;
    }
    let claimed = claim(&run).await?;
    perform(&run, &claimed[..2]).await?;
    let before = Records::of(&setup).await?;
    setup.upgrade(None)?;
    assert_eq!(Records::of(&setup).await?.runs, before.runs);

    let open = run.client.all_open_operations(&run.run_id).await?;
    assert_eq!(open, claimed[2..]);
    let wave = run.client.current_wave(&run.run_id).await?.ok_or("a wave is under way")?;
    assert_eq!((wave.stage, wave.operations, wave.over, wave.pending), (Stage::Snapshot, 4, 2, 2));
    perform(&run, &open).await?;
    finish(&run).await?;
    assert_eq!(run.client.resume_summary(&run.run_id).await?.state, RunState::Completed);
    Ok(())
}

async fn an_aborted_run_starts_what_it_has_stopped(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(4).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    // Some stops are reported, and one that was done is not.
    let claimed = claim(&run).await?;
    let (unreported, reported) = claimed.split_first().ok_or("there is a stop")?;
    let late = run.perform(unreported)?;
    perform(&run, reported).await?;
    let summary = run.client.abort_run(&run.run_id, "the driver died").await?;
    assert_eq!(summary.state, RunState::Aborting);
    assert_eq!(summary.operations.ready as usize, claimed.len());
    assert_refused!(
        run.client.mark_operation_pending(&run.run_id, Sequence(8)).await,
        Error::Journal(Journal::RunAborted { reason, .. }) if reason == "the driver died"
    );

    run.report(&late).await?;
    let starts: usize = finish(&run).await?.iter().sum();
    assert_eq!(starts, claimed.len());
    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!((summary.state, summary.starts_owed), (RunState::Aborted, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::Nothing));
    for member in &setup.members {
        let status = setup.network.manage(callers::operator(), *member).status()?;
        assert_eq!(status, CanisterStatusType::Running);
    }
    Records::of(&setup).await?.check();

    // The canisters are free for the next run.
    let next = setup.driver("nightly again");
    next.begin().await?;
    finish(&next).await?;
    assert_eq!(next.client.resume_summary(&next.run_id).await?.state, RunState::Completed);
    Ok(())
}

async fn a_run_that_is_aborted_late_is_still_a_backup(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    while run.client.current_wave(&run.run_id).await?.map(|wave| wave.stage)
        != Some(Stage::Transfer)
    {
        let claimed = claim(&run).await?;
        perform(&run, &claimed).await?;
    }
    let claimed = claim(&run).await?;
    let summary = run.client.abort_run(&run.run_id, "the disk is full").await?;
    assert_eq!(summary.state, RunState::Aborted);
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    let skipped = run.receipt(&claimed[0], ReceiptOutcome::Skipped);
    run.report(&skipped).await?;
    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    assert_refused!(
        run.client.abort_run(&run.run_id, "again").await,
        Error::Journal(Journal::RunAborted { .. })
    );
    Records::of(&setup).await?.check();
    Ok(())
}

async fn batches_are_limited(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let before = Records::of(&setup).await?;
    let too_many = MAX_WAVE_BATCH + 1;
    let limit = u32::try_from(too_many)?;
    assert_refused!(run.client.claim_operations(&run.run_id, limit).await, Error::LimitExceeded(_));
    let operation = run.client.next_ready_operation(&run.run_id).await?.ok_or("one is next")?;
    let receipts = vec![run.completed(&operation); too_many];
    assert_refused!(
        run.client.record_operation_receipts(&run.run_id, &receipts).await,
        Error::LimitExceeded(_)
    );
    let unknown: RunId = fleet::run("none");
    assert_refused!(
        run.client.record_operation_receipts(&unknown, &[]).await,
        Error::RunNotFound { .. }
    );
    // Nothing to claim is nothing to record.
    assert_eq!(run.client.claim_operations(&run.run_id, 0).await?, []);
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}
