//! Plans that are too large for one message: begun with a header, filled in batches, sealed in steps.
//!
//! Each call does a bounded amount of work. The rules are those of a plan that is sent whole, checked as
//! soon as they can be: those of the header when the draft is begun, those of a target when it arrives,
//! and those of the plan as a whole before anything is derived from it.

use super::plans::check_not_target;
use crate::{
    call::Call,
    gate::{DraftWork, Write, continue_draft, record},
    storage::{self, DraftRecord, RECORDS_PER_PAGE, RunKey, Storage, StoredJournal},
};
use backup_journal::{
    Rules, RunId, Sequence,
    api::{
        AuditEventKind, CoordinatorError, DiscardProgress, DraftPhase, DraftStatus, Duplicate,
        SealProgress,
    },
    block::Payload,
    journal::{Header, JournalView, derived_shape},
    limits::{CheckLimits, MAX_DRAFT_BATCH, MAX_OPEN_DRAFTS, MAX_RUN_TARGETS, check_count},
    plan::{BackupTarget, PlanDigest, PlanError, PlanHeader},
};
use candid::Principal;
use std::collections::BTreeSet;

/// Operations that one call to seal derives.
const SEAL_STEP: u32 = 1_536;

/// Targets whose index records one call to seal removes, once every operation is derived: nothing reads them then.
const SWEEP_STEP: usize = 128;

/// Targets, or pages of operations, that one call to discard removes.
const DISCARD_STEP: u32 = 128;

/// Begins a draft.
///
/// # Errors
/// Limits, rules of the header, [`CoordinatorError::Duplicate`], [`CoordinatorError::RunExists`], or
/// [`CoordinatorError::DraftClosed`] while the one that is there is being discarded.
pub fn begin(header: PlanHeader, call: &Call) -> Result<DraftStatus, CoordinatorError> {
    header.check_limits()?;
    header.check(Rules::CURRENT)?;
    storage::write(|storage| {
        check_new_draft(storage, &header)?;
        let run_id = header.run_id.clone();
        let write = Write::DraftBegun { header, caller: call.caller, now: call.now };
        record(storage, call, write)?;
        Ok(storage.draft(&run_id)?.status())
    })
}

/// Appends a batch of targets behind the first `start` ones. A batch that arrived before is left alone.
///
/// # Errors
/// [`CoordinatorError::DraftNotFound`], [`CoordinatorError::DraftClosed`],
/// [`CoordinatorError::DraftGap`], [`CoordinatorError::DraftConflict`], limits, rules of a target, or
/// [`CoordinatorError::CoordinatorIsTarget`].
pub fn append(
    run_id: &RunId,
    start: u32,
    targets: Vec<BackupTarget>,
    coordinator: Principal,
    call: &Call,
) -> Result<DraftStatus, CoordinatorError> {
    check_count("targets", targets.len(), MAX_DRAFT_BATCH)?;
    targets.iter().try_for_each(BackupTarget::check_limits)?;
    storage::write(|storage| {
        let draft = storage.draft(run_id)?;
        if draft.phase != DraftPhase::Collecting {
            return Err(CoordinatorError::DraftClosed { phase: draft.phase });
        }
        if targets.is_empty() || has_batch(storage, &draft, start, &targets)? {
            return Ok(draft.status());
        }
        check_count("targets", draft.targets as usize + targets.len(), MAX_RUN_TARGETS)?;
        check_batch(storage, &draft, &targets, coordinator)?;
        let after = grown(draft.clone(), &targets);
        let status = after.status();
        let kind =
            AuditEventKind::DraftTargetsAppended { start, count: after.targets - draft.targets };
        let payload = Some(Payload::Targets(targets));
        record(storage, call, Write::Drafted { before: draft, after, kind, payload })?;
        Ok(status)
    })
}

fn grown(draft: DraftRecord, targets: &[BackupTarget]) -> DraftRecord {
    let count = u32::try_from(targets.len()).expect("BUG: the size of a batch is limited");
    let digest = PlanDigest::from_bytes(*draft.digest).targets(targets);
    DraftRecord { targets: draft.targets + count, digest: (*digest.as_bytes()).into(), ..draft }
}

/// Derives some of the operations, or opens the journal when all of them are there.
///
/// # Errors
/// [`CoordinatorError::DraftNotFound`], [`CoordinatorError::DraftClosed`], rules of the plan as a whole,
/// [`CoordinatorError::OutOfMemory`], or [`CoordinatorError::Duplicate`] when the journal is open already.
pub fn seal(run_id: &RunId, call: &Call) -> Result<SealProgress, CoordinatorError> {
    storage::write(|storage| {
        check_not_sealed(storage, run_id)?;
        let mut draft = storage.draft(run_id)?;
        let mut written = match draft.phase {
            DraftPhase::Collecting => {
                check_whole(storage, &draft)?;
                0
            }
            DraftPhase::Sealing { operations_written } => operations_written,
            phase @ DraftPhase::Discarding { .. } => {
                return Err(CoordinatorError::DraftClosed { phase });
            }
        };
        storage.room.keep_back()?;
        let (layout, step_end) = (draft.layout(), written + SEAL_STEP);
        while written < step_end.min(layout.operations()) {
            let end = layout.stage_end(Sequence(written)).0.min(step_end);
            let rows = storage.derive_rows(&draft, written, end);
            draft.phase = DraftPhase::Sealing { operations_written: end };
            continue_draft(storage, draft.clone(), DraftWork::Rows { start: written, rows });
            written = end;
        }
        if written < layout.operations() || !storage.sweep_draft(draft.run, SWEEP_STEP) {
            return Ok(SealProgress::Sealing(draft.status()));
        }
        let header =
            Header::new(&draft.header, draft.rules, draft.targets, derived_shape(layout), call.now);
        record(storage, call, Write::Sealed { draft, header })?;
        Ok(SealProgress::Sealed(storage.summary(run_id)?))
    })
}

/// Gives a draft up and removes some of its records.
///
/// # Errors
/// [`CoordinatorError::DraftNotFound`].
pub fn discard(run_id: &RunId, call: &Call) -> Result<DiscardProgress, CoordinatorError> {
    storage::write(|storage| {
        let before = storage.draft(run_id)?;
        let operations_written = match before.phase {
            DraftPhase::Collecting => 0,
            DraftPhase::Sealing { operations_written }
            | DraftPhase::Discarding { operations_written } => operations_written,
        };
        let phase = DraftPhase::Discarding { operations_written };
        let draft = DraftRecord { phase, ..before.clone() };
        if !matches!(before.phase, DraftPhase::Discarding { .. }) {
            let kind = AuditEventKind::DraftDiscarded { plan_id: draft.header.plan_id.clone() };
            let after = draft.clone();
            record(storage, call, Write::Drafted { before, after, kind, payload: None })?;
        }
        let work = next_removal(&draft, operations_written);
        let done = matches!(work, DraftWork::Forget);
        continue_draft(storage, draft, work);
        if done {
            return Ok(DiscardProgress::Discarded);
        }
        Ok(DiscardProgress::Discarding(storage.draft(run_id)?.status()))
    })
}

fn next_removal(draft: &DraftRecord, operations_written: u32) -> DraftWork {
    let page_start =
        |end: u32, step: u32| end.saturating_sub(step) / RECORDS_PER_PAGE * RECORDS_PER_PAGE;
    if operations_written > 0 {
        let from = page_start(operations_written, DISCARD_STEP * RECORDS_PER_PAGE);
        DraftWork::RemoveRows { from, end: operations_written }
    } else if draft.targets > 0 {
        DraftWork::RemoveTargets { from: page_start(draft.targets, DISCARD_STEP) }
    } else {
        DraftWork::Forget
    }
}

fn check_new_draft(storage: &Storage, header: &PlanHeader) -> Result<(), CoordinatorError> {
    let run_id = header.run_id.clone();
    if let Ok(draft) = storage.draft(&run_id) {
        // A draft that is being discarded takes no targets, even with the same header: its run id becomes free.
        if matches!(draft.phase, DraftPhase::Discarding { .. }) {
            return Err(CoordinatorError::DraftClosed { phase: draft.phase });
        }
        if draft.header != *header {
            return Err(CoordinatorError::RunExists { run_id });
        }
        let (created_at, targets) = (draft.created_at, draft.targets);
        let first = Duplicate::Draft { run_id, created_at, targets };
        return Err(CoordinatorError::Duplicate(first));
    }
    if let Some(run) = storage.run_numbers.get(&RunKey::from(&run_id)) {
        if storage.plan(run).header != *header {
            return Err(CoordinatorError::RunExists { run_id });
        }
        let created_at = StoredJournal::new(storage, run).header().created_at;
        return Err(CoordinatorError::Duplicate(Duplicate::Journal { run_id, created_at }));
    }
    let open = usize::try_from(storage.drafts.len()).unwrap_or(usize::MAX);
    Ok(check_count("drafts", open + 1, MAX_OPEN_DRAFTS)?)
}

fn check_not_sealed(storage: &Storage, run_id: &RunId) -> Result<(), CoordinatorError> {
    match storage.summary(run_id) {
        Ok(summary) => Err(CoordinatorError::Duplicate(Duplicate::Journal {
            run_id: run_id.clone(),
            created_at: summary.created_at,
        })),
        Err(_) => Ok(()),
    }
}

/// Whether the draft has this batch already; refuses one that does not continue it.
fn has_batch(
    storage: &Storage,
    draft: &DraftRecord,
    start: u32,
    batch: &[BackupTarget],
) -> Result<bool, CoordinatorError> {
    let gap = CoordinatorError::DraftGap { start, targets: draft.targets };
    if start >= draft.targets {
        return if start == draft.targets { Ok(false) } else { Err(gap) };
    }
    let end = start + u32::try_from(batch.len()).expect("BUG: the size of a batch is limited");
    let known = storage.listed_targets(draft.run, start, end.min(draft.targets));
    for (position, (known, sent)) in (start..).zip(known.iter().zip(batch)) {
        if known != sent {
            return Err(CoordinatorError::DraftConflict { position });
        }
    }
    if end <= draft.targets { Ok(true) } else { Err(gap) }
}

/// The rules of each target, in the order in which a whole plan is checked.
fn check_batch(
    storage: &Storage,
    draft: &DraftRecord,
    batch: &[BackupTarget],
    coordinator: Principal,
) -> Result<(), CoordinatorError> {
    let mut seen = BTreeSet::new();
    for target in batch {
        let canister_id = target.canister_id;
        target.check(draft.rules)?;
        if !seen.insert(canister_id) || storage.draft_has(draft, canister_id) {
            return Err(PlanError::DuplicateTarget { canister_id }.into());
        }
        target.check_scope(&draft.header)?;
        check_not_target([canister_id], coordinator)?;
    }
    Ok(())
}

/// The rules that only the whole plan can break.
fn check_whole(storage: &Storage, draft: &DraftRecord) -> Result<(), CoordinatorError> {
    if draft.targets == 0 {
        return Err(PlanError::EmptyTargets.into());
    }
    draft.header.check_selection(|selected| storage.draft_has(draft, *selected))?;
    Ok(())
}
