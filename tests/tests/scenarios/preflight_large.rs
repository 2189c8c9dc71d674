//! The preflight of a fleet whose receipts do not fit into one message.

use backup_coordinator_client::journal::{
    api::{AuditEventKind, CoordinatorError as Error},
    journal::JournalError as Journal,
    limits::{MAX_PLAN_TARGETS, MAX_PREFLIGHT_BATCH},
    preflight::PreflightError,
};
use integration_tests::{Network, Outcome, Setup, assert_refused, fleet, scenarios};

scenarios![a_fleet_of_more_than_a_thousand];

async fn a_fleet_of_more_than_a_thousand(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let members = u32::try_from(MAX_PLAN_TARGETS + 2)?;
    let run = setup.driver_of(fleet::plan("large", &fleet::paper_fleet(members)));
    let (client, run_id) = (&run.client, &run.run_id);
    client.create_journal_in_batches(&run.plan.header, &run.plan.targets).await?;
    let receipts = run.preflight("preflight-1");
    assert_refused!(run.accept(&receipts).await, Error::LimitExceeded(_));
    let mut short = receipts.clone();
    short.topology.targets.pop();
    assert_refused!(
        client.accept_preflight_in_batches(run_id, &short).await,
        Error::Journal(Journal::Preflight(PreflightError::TopologyTargetsMismatch))
    );

    // The driver dies after some batches, and the next one sends all of them.
    for (start, batch) in receipts.batches(MAX_PREFLIGHT_BATCH).iter().take(4) {
        client.append_preflight_receipts(run_id, *start, batch).await?;
        setup.upgrade(None)?;
    }
    let summary = client.accept_preflight_in_batches(run_id, &receipts).await?;
    assert_eq!(summary.preflight.ok_or("accepted")?.window, Some(receipts.window()));
    let targets = client.all_targets(run_id).await?;
    assert_eq!(targets.len(), members as usize);
    assert!(targets.iter().all(|status| {
        let target = &status.target;
        target.control_authority.is_proven() && target.snapshot_read_authority.is_proven()
    }));
    let batches = receipts.batches(MAX_PREFLIGHT_BATCH).len();
    let appended = client
        .all_audit_events()
        .await?
        .into_iter()
        .filter(|event| matches!(event.kind, AuditEventKind::PreflightReceiptsAppended { .. }));
    assert_eq!(appended.count(), batches, "what has arrived is not told again");
    for _ in 0..3 {
        run.pretend().await?;
    }
    Ok(())
}
