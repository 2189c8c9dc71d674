//! Accepting preflights: by their id, with all receipts, or with receipts in batches.

use super::transition::{perform, transition};
use crate::{
    call::Call,
    gate::{Write, record},
    storage::{self, RunNumber, Storage, StoredJournal},
};
use backup_journal::{
    PreflightId, RunId,
    api::{AuditEventKind, CoordinatorError, PreflightProgress},
    block::Payload,
    journal::{self, JournalView, PreflightStanding, ResumeSummary},
    limits::{CheckLimits, MAX_PLAN_TARGETS, check_count, check_name, check_preflight_batch},
    plan::BackupTarget,
    preflight::PreflightReceipts,
};

/// Accepts a preflight by its id.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], or as the state machine says.
pub fn accept_bundle(
    run_id: &RunId,
    preflight_id: PreflightId,
    call: &Call,
) -> Result<ResumeSummary, CoordinatorError> {
    check_name("preflight_id", preflight_id.as_str())?;
    perform(run_id, AuditEventKind::PreflightAccepted { preflight_id }, call)
}

/// Accepts a preflight with its receipts.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], a limit, or as the state machine says.
pub fn accept_receipts(
    run_id: &RunId,
    receipts: &PreflightReceipts,
    call: &Call,
) -> Result<ResumeSummary, CoordinatorError> {
    receipts.check_limits()?;
    let (plan, targets) = storage::read(|storage| {
        let run = storage.run(run_id)?;
        let plan = storage.plan(run);
        let targets = plan_targets(storage, run)?;
        Ok::<_, CoordinatorError>((plan.header, targets))
    })?;
    transition(
        run_id,
        call,
        |journal| {
            let change =
                journal::accept_preflight_receipts(journal, &plan, &targets, receipts, call.now)?;
            let kind = AuditEventKind::PreflightReceiptsAccepted {
                preflight_id: receipts.preflight_id.clone(),
                window: receipts.window(),
            };
            Ok((change, kind, Some(Payload::Receipts(receipts.clone()))))
        },
        |_| (),
    )?;
    storage::read(|storage| storage.summary(run_id))
}

/// Takes the receipts of the targets from `start` on; those of the last one accept the preflight. A batch that
/// arrived before is left alone.
///
/// # Errors
/// [`CoordinatorError::RunNotFound`], a limit, or as the state machine says.
pub fn append(
    run_id: &RunId,
    start: u32,
    receipts: PreflightReceipts,
    call: &Call,
) -> Result<PreflightProgress, CoordinatorError> {
    check_preflight_batch(&receipts)?;
    let (preflight_id, window) = (receipts.preflight_id.clone(), receipts.window());
    let count = u32::try_from(receipts.topology.targets.len());
    let count = count.expect("BUG: the size of a batch is limited");
    storage::write(|storage| {
        let run = storage.run(run_id)?;
        let plan = storage.plan(run).header;
        let targets = storage.listed_targets(run, start, start.saturating_add(count));
        let journal = StoredJournal::new(storage, run);
        let change = journal::append_preflight_receipts(
            &journal, &plan, &targets, start, &receipts, call.now,
        )?;
        let before = Box::new(journal.into_header());
        if let Some(change) = change {
            let preflight_id = preflight_id.clone();
            let kind =
                AuditEventKind::PreflightReceiptsAppended { preflight_id, window, start, count };
            let (change, payload) = (Box::new(change), Some(Payload::Receipts(receipts)));
            record(storage, call, Write::Moved { run, before, change, kind, payload })?;
        }
        let header = StoredJournal::new(storage, run).into_header();
        match header.standing(&preflight_id, window) {
            PreflightStanding::Accepted => {
                Ok(PreflightProgress::Accepted(storage.summary(run_id)?))
            }
            PreflightStanding::Arriving { covered } => {
                Ok(PreflightProgress::Arriving { preflight_id, covered, targets: header.targets })
            }
        }
    })
}

fn plan_targets(storage: &Storage, run: RunNumber) -> Result<Vec<BackupTarget>, CoordinatorError> {
    let count = StoredJournal::new(storage, run).header().targets;
    check_count("targets", count as usize, MAX_PLAN_TARGETS)?;
    Ok(storage.listed_targets(run, 0, count))
}
