//! Lists in pages, and what else is read of a journal.

use super::paging::{bounds, check_limit, check_start, fitting, page};
use crate::{
    storage::{PlanRecord, RunNumber, Storage, StoredJournal},
    types::Answer,
};
use backup_journal::{
    FleetName, RunId, Sequence, Timestamp,
    api::{AuditEvent, FleetDetails, JournalDetails, Page, PlanPage, StartOwed, TargetStatus},
    fleet::{DiscoveryReport, Fleet},
    fleet_status::FleetStatus,
    journal::{
        Header, JournalCheck, JournalView, Operation, ReceiptRecord, ResumeSummary, WaveStatus,
        check_counts, check_header, check_records, current_wave, records,
    },
    plan::BackupTarget,
    preflight::PreflightRequests,
    registry::RegistryEntry,
    schedule::ScheduleStatus,
};
use candid::Principal;

/// A journal without its rows.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`].
pub fn journal_details(storage: &Storage, run_id: &RunId) -> Answer<JournalDetails> {
    let PlanRecord { header, digest, created_by } = storage.plan(storage.run(run_id)?);
    let summary = storage.summary(run_id)?;
    Ok(JournalDetails { summary, plan: header, plan_digest: digest, created_by })
}

/// The runs in the order of creation. `start` is a run number; numbers of discarded drafts are skipped.
///
/// # Errors
/// When the page is out of range.
pub fn journals(storage: &Storage, start: u64, limit: u32) -> Answer<Page<ResumeSummary>> {
    check_limit(limit)?;
    let numbers = storage.totals.get().0.next_run;
    check_start(start, u64::from(numbers))?;
    let first = u32::try_from(start).expect("BUG: a run number above the next one");
    let runs: Vec<RunNumber> =
        storage.headers.keys_range(RunNumber(first)..).take(limit as usize + 1).collect();
    let items = fitting(runs.iter().take(limit as usize).map(|run| {
        let journal = StoredJournal::new(storage, *run);
        ResumeSummary::of(&journal, journal.header())
    }));
    let next = runs.get(items.len()).map(|run| u64::from(run.0));
    Ok(Page { items, next, total: storage.headers.len() })
}

/// The operations of a run.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn operations(
    storage: &Storage,
    run: &RunId,
    start: u64,
    limit: u32,
) -> Answer<Page<Operation>> {
    let (journal, header) = storage.journal(run)?;
    page(start, limit, u64::from(header.operations), |start, end| {
        journal.operations(&header, start, end)
    })
}

/// The operations of a run that were claimed and are not over, from the one at `start` on.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn open_operations(
    storage: &Storage,
    run_id: &RunId,
    start: u64,
    limit: u32,
) -> Answer<Page<Operation>> {
    let run = storage.run(run_id)?;
    let (journal, header) = storage.journal(run_id)?;
    let (first, _) = bounds(start, limit, u64::from(header.operations))?;
    let sequences = storage.open_operations(run, &header, Sequence(first), limit as usize + 1);
    let listed = sequences.iter().take(limit as usize);
    let items = fitting(listed.filter_map(|sequence| journal.operation(&header, *sequence)));
    let next = sequences.get(items.len()).map(|sequence| u64::from(sequence.0));
    Ok(Page { items, next, total: storage.count_open_operations(run, &header) })
}

/// How far the wave of the next operation has come.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`].
pub fn wave(storage: &Storage, run_id: &RunId) -> Answer<Option<WaveStatus>> {
    let (journal, header) = storage.journal(run_id)?;
    Ok(current_wave(&journal, &header))
}

/// The receipts of a run in the order of recording.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn receipts(
    storage: &Storage,
    run: &RunId,
    start: u64,
    limit: u32,
) -> Answer<Page<ReceiptRecord>> {
    let (journal, header) = storage.journal(run)?;
    page(start, limit, u64::from(header.receipts), |start, end| journal.receipts(start, end))
}

/// The plan of a run with some of its targets.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn plan(storage: &Storage, run_id: &RunId, start: u64, limit: u32) -> Answer<PlanPage> {
    let run = storage.run(run_id)?;
    let targets = target_page(storage, run, start, limit)?;
    Ok(PlanPage { header: storage.plan(run).header, targets })
}

/// The targets of a run with what the run has of them.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn targets(
    storage: &Storage,
    run_id: &RunId,
    start: u64,
    limit: u32,
) -> Answer<Page<TargetStatus>> {
    let run = storage.run(run_id)?;
    let journal = StoredJournal::new(storage, run);
    let status = |target: BackupTarget| TargetStatus {
        artifact: journal.artifact(&target.canister_id),
        owed_start: journal.owed_start(&target.canister_id),
        target,
    };
    let Header { targets, authorities, .. } = *journal.header();
    page(start, limit, u64::from(targets), |start, end| {
        storage.targets(run, authorities, start, end).into_iter().map(status).collect()
    })
}

/// The preflight requests of a run for some of its targets.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn preflight_requests(
    storage: &Storage,
    run_id: &RunId,
    start: u64,
    limit: u32,
) -> Answer<PreflightRequests> {
    let PlanPage { header, targets } = plan(storage, run_id, start, limit)?;
    Ok(PreflightRequests::new(&header, &targets.items))
}

/// Checks some records of a stored journal, in this order: its rows, its receipts, what it has of its targets. The
/// header is checked with every page, the number of stored records and the indexes over all runs with the first.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is out of range.
pub fn check_journal(
    storage: &Storage,
    run_id: &RunId,
    start: u64,
    limit: u32,
) -> Answer<JournalCheck> {
    let run = storage.run(run_id)?;
    let (journal, header) = storage.journal(run_id)?;
    check_limit(limit)?;
    check_start(start, records(&header))?;
    let mut check = check_records(&journal, &header, start, limit);
    let mut of_the_run = check_header(&journal, &header);
    if start == 0 {
        of_the_run.extend(check_counts(&header, storage.stored_counts(run)));
        of_the_run.extend(storage.check_indexes(run));
    }
    check.violations.splice(..0, of_the_run);
    Ok(check)
}

/// The audit trail.
///
/// # Errors
/// When the page is out of range.
pub fn audit_events(storage: &Storage, start: u64, limit: u32) -> Answer<Page<AuditEvent>> {
    check_limit(limit)?;
    let total = storage.audit_length();
    check_start(start, total)?;
    let end = start.saturating_add(u64::from(limit)).min(total);
    let items = fitting((start..end).map(|index| storage.audit_event(index)));
    let next = start + items.len() as u64;
    Ok(Page { items, next: (next < total).then_some(next), total })
}

fn target_page(
    storage: &Storage,
    run: RunNumber,
    start: u64,
    limit: u32,
) -> Answer<Page<BackupTarget>> {
    let Header { targets, authorities, .. } = StoredJournal::new(storage, run).into_header();
    page(start, limit, u64::from(targets), |start, end| {
        storage.targets(run, authorities, start, end)
    })
}

/// The canisters of a run that are owed a start, sorted by principal, after `after`.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::RunNotFound`], or when the page is too large.
pub fn starts_owed(
    storage: &Storage,
    run_id: &RunId,
    after: Option<Principal>,
    limit: u32,
) -> Answer<Vec<StartOwed>> {
    check_limit(limit)?;
    Ok(storage.starts_owed(storage.run(run_id)?, after, limit))
}

/// A fleet with the hash of its topology.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`].
pub fn fleet_details(storage: &Storage, name: &FleetName) -> Answer<FleetDetails> {
    let record = storage.fleet(name)?;
    let topology_hash = storage.fleet_hash(&record);
    Ok(FleetDetails { fleet: record.fleet, topology_hash })
}

/// The registered fleets, sorted by name.
///
/// # Errors
/// When the page is out of range.
pub fn fleets(storage: &Storage, start: u64, limit: u32) -> Answer<Page<Fleet>> {
    page(start, limit, storage.registered_fleets(), |start, end| storage.fleet_range(start, end))
}

/// The statuses of all fleets, registered or not, sorted by name.
///
/// # Errors
/// When the page is out of range.
pub fn fleet_statuses(
    storage: &Storage,
    start: u64,
    limit: u32,
    now: Timestamp,
) -> Answer<Page<FleetStatus>> {
    page(start, limit, storage.known_fleets(), |start, end| storage.fleet_statuses(start, end, now))
}

/// The schedules of fleets, sorted by fleet.
///
/// # Errors
/// When the page is out of range.
pub fn schedules(storage: &Storage, start: u64, limit: u32) -> Answer<Page<ScheduleStatus>> {
    page(start, limit, storage.schedule_count(), |start, end| storage.schedule_range(start, end))
}

/// What the discovery of a fleet has told last.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`].
pub fn last_discovery(storage: &Storage, name: &FleetName) -> Answer<Option<DiscoveryReport>> {
    storage.fleet(name)?;
    Ok(storage.discovery(name))
}

/// The members of a fleet behind one of them, or from the first on, sorted by canister.
///
/// # Errors
/// [`backup_journal::api::CoordinatorError::FleetNotFound`], or when the page is out of range.
pub fn fleet_members(
    storage: &Storage,
    name: &FleetName,
    after: Option<Principal>,
    limit: u32,
) -> Answer<Vec<RegistryEntry>> {
    check_limit(limit)?;
    let members = storage.members_after(storage.fleet(name)?.number, after);
    Ok(fitting(members.take(limit as usize)))
}
