//! A coordinator with a log, and an auditor.

use backup_coordinator_client::{
    audit::{AuditError, Evidence, Verified, verify_log},
    journal::api::Role,
};
use integration_tests::{Outcome, Setup, callers};

/// Fetches, verifies and compares.
pub async fn audit(setup: &Setup) -> Result<Verified, AuditError> {
    setup.as_auditor().audit(&setup.trust()).await
}

/// What the coordinator shows now.
pub async fn evidence(setup: &Setup) -> Result<Evidence, AuditError> {
    setup.as_auditor().fetch_log().await
}

/// The first thing that does not hold of `evidence`.
pub fn problem(setup: &Setup, evidence: &Evidence) -> AuditError {
    match verify_log(evidence, &setup.trust()) {
        Err(problem) => problem,
        Ok(_) => panic!("everything holds"),
    }
}

/// A run with a failure and a retry, a draft, and a role, by three callers.
pub async fn busy(setup: &Setup) -> Outcome {
    let run = setup.driver("nightly");
    run.begin().await?;
    setup.as_administrator().grant_role(callers::stranger(), Role::Auditor).await?;
    let claimed = run.claim().await?;
    run.report(&run.failed(&claimed, "the subnet is busy")).await?;
    run.client.retry_failed_operation(&run.run_id, claimed.sequence).await?;
    run.step().await?;
    let drafted = setup.driver("weekly");
    drafted.client.begin_journal_draft(&drafted.plan.header).await?;
    let targets = &drafted.plan.targets;
    drafted.client.append_draft_targets(&drafted.run_id, 0, targets).await?;
    setup.upgrade(None)?;
    Ok(())
}
