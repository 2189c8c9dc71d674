//! Whatever was under way goes on after the upgrade, to its end.

use crate::{figures, image::Image, read::after_upgrade};
use backup_coordinator_client::{
    ClientError,
    audit::entries,
    journal::{
        RunId,
        api::{
            AuditEventKind, CoordinatorError, DiscardProgress, DraftPhase, DraftStatus,
            SealProgress,
        },
        block::{Entry, Payload},
        journal::{JournalError, Operation, OperationState, ReceiptRecord, RunState},
        limits::MAX_PAGE,
        plan::{BackupPlan, BackupTarget, PlanError, PlanHeader},
    },
};
use integration_tests::{Driver, Outcome, Setup, assert_refused, fleet, setup::Client};

/// Larger runs than this are begun, and not driven to their end: that would take minutes.
const LARGE: u32 = 100;

/// The operator at work on a run as it is stored.
async fn driver(
    image: &Image,
    setup: &Setup,
    run_id: &RunId,
) -> Result<Driver, Box<dyn std::error::Error>> {
    let operator = image.person("operator");
    let client = setup.client(operator);
    let header = client.get_plan(run_id, 0, 1).await?.header;
    let targets = client.all_targets(run_id).await?.into_iter().map(|status| status.target);
    let plan = BackupPlan { header, targets: targets.collect(), phases: Vec::new() };
    Ok(Driver::new(setup, operator, plan))
}

/// Reports a claimed operation as completed, under whichever preflight was accepted.
async fn complete(run: &Driver, claimed: &Operation) -> Result<ReceiptRecord, ClientError> {
    let mut receipt = run.completed(claimed);
    let preflight = run.client.resume_summary(&run.run_id).await?.preflight;
    receipt.preflight_id = preflight.map(|accepted| accepted.preflight_id);
    run.report(&receipt).await
}

/// Does the next thing that a run needs; whether there was one.
async fn advance(run: &Driver) -> Result<bool, Box<dyn std::error::Error>> {
    let summary = run.client.resume_summary(&run.run_id).await?;
    let Some(next) = summary.next_operation else { return Ok(false) };
    if summary.state == RunState::AwaitingPreflight {
        run.accept_preflight().await?;
        return Ok(true);
    }
    match next.state {
        OperationState::Pending => complete(run, &next).await.map(drop)?,
        OperationState::Failed => {
            run.client.retry_failed_operation(&run.run_id, next.sequence).await.map(drop)?;
        }
        _ => match run.claim().await {
            Ok(claimed) => assert_eq!(claimed.attempt.0, next.attempt.0 + 1),
            Err(ClientError::Refused(CoordinatorError::Journal(
                JournalError::PreflightExpired { .. },
            ))) => {
                let receipts = run.preflight("preflight-2");
                run.client.accept_preflight_in_batches(&run.run_id, &receipts).await.map(drop)?;
            }
            Err(other) => return Err(other.into()),
        },
    }
    Ok(true)
}

async fn finish(run: &Driver) -> Outcome {
    let (client, run_id) = (&run.client, &run.run_id);
    let operations = client.resume_summary(run_id).await?.total_operations;
    let mut steps = if operations > LARGE { 10 } else { 4 * operations };
    while steps > 0 && advance(run).await? {
        steps -= 1;
    }
    let summary = client.resume_summary(run_id).await?;
    assert_eq!(summary.state == RunState::Completed, operations <= LARGE, "{summary:?}");
    for start in (0..u64::from(operations)).step_by(MAX_PAGE as usize) {
        assert_eq!(client.validate_journal(run_id, start, MAX_PAGE).await?.violations, []);
    }
    Ok(())
}

/// The header of a draft and the targets that it has, as the log tells.
fn begun(log: &[Entry], run_id: &RunId) -> Option<(PlanHeader, Vec<BackupTarget>)> {
    let mut begun = None;
    let entries = log.iter().filter(|entry| entry.event.run_id.as_ref() == Some(run_id));
    for entry in entries {
        match (&entry.event.kind, &entry.payload, &mut begun) {
            (AuditEventKind::DraftBegun { .. }, Some(Payload::Header(header)), _) => {
                begun = Some((header.clone(), Vec::new()));
            }
            (_, Some(Payload::Targets(batch)), Some((_, targets))) => targets.extend(batch.clone()),
            _ => {}
        }
    }
    begun
}

/// Completes a draft by one more target, or discards it, as it was begun; whether there is a run of it now.
async fn finish_draft(
    client: &Client,
    log: &[Entry],
    draft: &DraftStatus,
) -> Result<bool, Box<dyn std::error::Error>> {
    let run_id = &draft.run_id;
    let (header, targets) = begun(log, run_id).ok_or("a draft without a beginning")?;
    if let DraftPhase::Discarding { .. } = draft.phase {
        while client.discard_journal_draft(run_id).await? != DiscardProgress::Discarded {}
        client.begin_journal_draft(&header).await?;
        return Ok(false);
    }
    if draft.phase == DraftPhase::Collecting {
        assert_eq!(client.append_draft_targets(run_id, 0, &targets).await?, *draft);
        assert_refused!(
            client.append_draft_targets(run_id, draft.targets, &targets[..1]).await,
            CoordinatorError::InvalidPlan(PlanError::DuplicateTarget { .. })
        );
        let canister_id = fleet::paper_canister(9_000_000);
        let another = BackupTarget { canister_id, ..targets[0].clone() };
        client.append_draft_targets(run_id, draft.targets, &[another]).await?;
    }
    while let SealProgress::Sealing(_) = client.seal_journal_draft(run_id).await? {}
    Ok(true)
}

#[test]
fn every_run_and_every_draft_can_be_finished() {
    after_upgrade(async |image, setup| {
        let client = image.client(setup, "operator");
        let log = entries(&client.fetch_log().await?.blocks)?;
        let mut sealed = 0;
        for draft in client.list_journal_drafts().await? {
            sealed += u32::from(finish_draft(&client, &log, &draft).await?);
        }
        assert!(sealed > 0, "no draft was open");
        let runs = client.all_journals().await?;
        assert!(runs.iter().any(|run| run.state != RunState::Completed), "no run was under way");
        for summary in &runs {
            finish(&driver(image, setup, &summary.run_id).await?).await?;
        }
        holds(&client, setup).await?;
        setup.upgrade(None)?;
        holds(&client, setup).await
    });
}

/// The log, the queries and the figures agree.
async fn holds(client: &Client, setup: &Setup) -> Outcome {
    client.audit(&setup.trust()).await?;
    let queries = figures::of_the_queries(client).await?;
    assert_eq!(figures::differences(&queries, &figures::now(setup)), Vec::<String>::new());
    Ok(())
}
