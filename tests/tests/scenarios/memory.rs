//! When a subnet has no more memory to give, nothing new is begun, and what is under way comes to its end.

use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, Role},
    journal::RunState,
    limits::{MAX_PREFLIGHT_BATCH, MAX_TEXT_BYTES},
    preflight::PreflightReceipts,
};
use integration_tests::{
    Driver, Outcome, Setup, assert_refused, fleet, on_sandbox, records::Records,
};

#[test]
fn a_run_with_a_stopped_canister_ends_without_memory() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let plan = |name: &str| fleet::plan(name, &fleet::paper_fleet_of(name, 3));
        let running = setup.driver_of(plan("running"));
        running.begin().await?;
        running.pretend().await?;
        let ready = setup.driver_of(fleet::plan("ready", &fleet::paper_fleet_of("ready", 1)));
        ready.begin().await?;
        take_what_is_left(&setup).await?;

        let before = Records::of(&setup).await?;
        nothing_is_begun(&setup, &ready).await?;
        assert_eq!(Records::of(&setup).await?, before);

        while running.client.next_ready_operation(&running.run_id).await?.is_some() {
            let claimed = running.claim().await?;
            running.report(&running.failed(&claimed, "the network is full")).await?;
            running.client.retry_failed_operation(&running.run_id, claimed.sequence).await?;
            running.pretend().await?;
            if running.client.resume_summary(&running.run_id).await?.starts_owed == 0 {
                break;
            }
        }
        let summary = running.client.resume_summary(&running.run_id).await?;
        assert_eq!((summary.starts_owed, summary.state), (0, RunState::InProgress));
        assert_refused!(running.claim().await, Error::OutOfMemory { .. });
        Records::of(&setup).await?.check();

        more_memory(&setup);
        setup.driver_of(plan("new")).begin().await?;
        while running.client.next_ready_operation(&running.run_id).await?.is_some() {
            running.pretend().await?;
        }
        Records::of(&setup).await?.check();
        Ok(())
    });
}

/// Appends receipts, each time those of another preflight, until there is no memory for them.
async fn take_what_is_left(setup: &Setup) -> Outcome {
    let members = u32::try_from(MAX_PREFLIGHT_BATCH)? + 1;
    let run = setup.driver_of(fleet::plan("large", &fleet::paper_fleet(members)));
    run.create().await?;
    let pages = setup.network.lock().stable_memory(setup.coordinator).len().div_ceil(65_536);
    limit(setup, u64::try_from(pages)?);
    for number in 0..200 {
        let batch = long_batch(&run, number);
        let before = Records::of(setup).await?;
        match run.client.append_preflight_receipts(&run.run_id, 0, &batch).await {
            Ok(_) => {}
            refused => {
                assert_refused!(
                    refused,
                    Error::OutOfMemory { used_bytes, limit_bytes } if used_bytes < limit_bytes
                );
                assert_eq!(Records::of(setup).await?, before);
                return Ok(());
            }
        }
    }
    Err("there is memory without end".into())
}

fn long_batch(run: &Driver, number: u32) -> PreflightReceipts {
    let receipts = run.preflight(&format!("preflight-{number}"));
    let (_, mut batch) = receipts.batches(MAX_PREFLIGHT_BATCH).swap_remove(0);
    let message = Some("x".repeat(MAX_TEXT_BYTES));
    for receipt in &mut batch.control_authority {
        receipt.message.clone_from(&message);
    }
    for receipt in &mut batch.snapshot_read_authority {
        receipt.message.clone_from(&message);
    }
    batch
}

async fn nothing_is_begun(setup: &Setup, ready: &Driver) -> Outcome {
    let new = setup.driver_of(fleet::plan("new", &fleet::paper_fleet(1)));
    assert_refused!(new.create().await, Error::OutOfMemory { .. });
    let draft = new.client.begin_journal_draft(&new.plan.header).await;
    assert_refused!(draft, Error::OutOfMemory { .. });
    assert_refused!(ready.claim().await, Error::OutOfMemory { .. });
    let granted =
        setup.as_administrator().grant_role(fleet::paper_canister(9), Role::Auditor).await;
    assert_refused!(granted, Error::OutOfMemory { .. });
    Ok(())
}

fn limit(setup: &Setup, pages: u64) {
    let mut network = setup.network.lock();
    let sandbox = network.as_sandbox().expect("this is a sandbox");
    sandbox.limit_stable_memory(setup.coordinator, pages);
}

fn more_memory(setup: &Setup) {
    limit(setup, 1_000_000);
}
