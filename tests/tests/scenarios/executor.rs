//! What an executor may do wrong, or may have done to it, while it performs operations.

use backup_coordinator_client::journal::{
    Attempt, Sequence,
    api::{CoordinatorError as Error, Duplicate},
    journal::{JournalError as Journal, OperationReceipt, OperationState, RunState},
};
use integration_tests::{Network, Outcome, Setup, assert_refused, records::Records, scenarios};

scenarios![
    failure_and_retry,
    a_failed_operation_can_be_claimed_without_a_retry,
    wrong_order,
    a_receipt_needs_a_claim,
    stale_attempt,
    duplicate_receipt,
];

/// The first operation after preflight.
const FIRST: Sequence = Sequence(4);

async fn failure_and_retry(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let claimed = run.claim().await?;
    run.report(&run.failed(&claimed, "the subnet is busy")).await?;

    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!(summary.state, RunState::Failed);
    let failed = summary.next_operation.ok_or("the failed one is next")?;
    assert_eq!(failed.state, OperationState::Failed);
    assert_eq!(failed.reason.as_deref(), Some("the subnet is busy"));

    let ready = run.client.retry_failed_operation(&run.run_id, FIRST).await?;
    assert_eq!((ready.state, ready.reason), (OperationState::Ready, None));
    assert_eq!(ready.attempt, Attempt(1));
    let second = run.step().await?;
    assert_eq!(second.receipt.attempt, Some(Attempt(2)));
    assert_eq!(run.finish().await?.state, RunState::Completed);
    assert_eq!(run.client.all_operation_receipts(&run.run_id).await?.len(), 7);
    Records::of(&setup).await?.check();
    Ok(())
}

async fn a_failed_operation_can_be_claimed_without_a_retry(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let claimed = run.claim().await?;
    run.report(&run.failed(&claimed, "the subnet is busy")).await?;

    let again = run.claim().await?;
    assert_eq!((again.sequence, again.attempt), (FIRST, Attempt(2)));
    assert_refused!(
        run.client.retry_failed_operation(&run.run_id, FIRST).await,
        Error::Journal(Journal::OperationNotFailed { state: OperationState::Pending, .. })
    );
    Ok(())
}

async fn wrong_order(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let before = Records::of(&setup).await?;
    let mark = |sequence| run.client.mark_operation_pending(&run.run_id, sequence);

    for wrong in [Sequence(0), FIRST.next(), Sequence(14), Sequence(u32::MAX)] {
        assert_refused!(
            mark(wrong).await,
            Error::Journal(Journal::OutOfOrderOperationTransition { requested, next: FIRST })
                if requested == wrong
        );
    }
    assert_eq!(Records::of(&setup).await?, before);

    mark(FIRST).await?;
    assert_refused!(
        mark(FIRST).await,
        Error::Journal(Journal::InvalidOperationTransition { from: OperationState::Pending, .. })
    );
    Ok(())
}

async fn a_receipt_needs_a_claim(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let before = Records::of(&setup).await?;
    let operations = run.client.all_operations(&run.run_id).await?;
    for operation in &operations[4..] {
        let early = OperationReceipt { attempt: None, ..run.completed(operation) };
        assert_refused!(
            run.report(&early).await,
            Error::Journal(Journal::ReceiptWithoutPendingOperation { .. })
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn stale_attempt(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let first = run.claim().await?;
    run.report(&run.failed(&first, "timeout")).await?;
    let second = run.claim().await?;
    let before = Records::of(&setup).await?;

    // The executor of the first attempt wakes up late and believes that it succeeded.
    assert_refused!(
        run.report(&run.completed(&first)).await,
        Error::Journal(Journal::StaleAttempt {
            sequence: FIRST,
            attempt: Attempt(1),
            current: Attempt(2)
        })
    );
    let ahead = OperationReceipt { attempt: Some(Attempt(3)), ..run.completed(&second) };
    assert_refused!(
        run.report(&ahead).await,
        Error::Journal(Journal::UnknownAttempt { attempt: Attempt(3), .. })
    );
    assert_eq!(Records::of(&setup).await?, before);

    run.report(&run.completed(&second)).await?;
    Ok(())
}

async fn duplicate_receipt(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let claimed = run.claim().await?;
    let receipt = run.perform(&claimed)?;
    let recorded = run.report(&receipt).await?;
    run.step().await?;
    let before = Records::of(&setup).await?;

    assert_refused!(
        run.report(&receipt).await,
        Error::Duplicate(Duplicate::Receipt { receipt_index, recorded_at })
            if receipt_index == recorded.index && recorded_at == recorded.recorded_at
    );
    let contradiction = run.failed(&claimed, "on second thought");
    assert_refused!(
        run.report(&contradiction).await,
        Error::Journal(Journal::ReceiptWithoutPendingOperation { .. })
    );
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}
