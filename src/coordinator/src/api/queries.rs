//! The queries.

use super::{lists, methods::methods};
use crate::{
    actions::{plans, restores, schedules},
    call::Call,
    executor,
    gate::cycles,
    storage,
    types::Answer,
};
use backup_journal::{
    FleetName, RunId, Timestamp,
    api::{
        AuditEvent, DraftStatus, FleetDetails, JournalDetails, Page, PlanPage, Resources,
        RoleAssignment, Settings, StartOwed, TargetStatus,
    },
    execution::{DeadlineStatus, ExecutionStatus},
    fleet::{DiscoveryReport, Fleet},
    fleet_status::FleetStatus,
    journal::{JournalCheck, Operation, ReceiptRecord, ResumeSummary, WaveStatus},
    plan::{BackupPlan, BackupPlanInput, RestoreSelection, ValidationPurpose},
    preflight::PreflightRequests,
    registry::RegistryEntry,
    retention::RetentionPreview,
    schedule::ScheduleStatus,
};
use candid::Principal;
use ic_cdk::api::canister_self;

methods! {
    #[query(guard = Reader(input))]
    fn build_backup_plan(input: BackupPlanInput) -> Answer<BackupPlan> {
        plans::build_backup_plan(input)
    }

    #[query(guard = Reader(run_id))]
    fn build_restore_plan(run_id: RunId, selection: RestoreSelection) -> Answer<BackupPlan> {
        restores::build_restore_plan(&run_id, selection)
    }

    #[query(guard = Reader(plan))]
    fn validate_backup_plan(plan: BackupPlan, purpose: ValidationPurpose) -> Answer<()> {
        plans::validate_backup_plan(&plan, purpose, canister_self())
    }

    #[query(guard = Reader)]
    fn resolve_backup_selector(
        registry: Vec<RegistryEntry>,
        selector: String,
    ) -> Answer<Principal> {
        plans::resolve_backup_selector(&registry, &selector)
    }

    #[query(guard = Reader(run_id))]
    fn preflight_requests(run_id: RunId, start: u64, limit: u32) -> Answer<PreflightRequests> {
        storage::read(|storage| lists::preflight_requests(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn next_ready_operation(run_id: RunId) -> Answer<Option<Operation>> {
        storage::read(|storage| storage.next_ready_operation(&run_id))
    }

    #[query(guard = Reader(run_id))]
    fn resume_summary(run_id: RunId) -> Answer<ResumeSummary> {
        storage::read(|storage| storage.summary(&run_id))
    }

    #[query(guard = Reader(run_id))]
    fn validate_journal(run_id: RunId, start: u64, limit: u32) -> Answer<JournalCheck> {
        storage::read(|storage| lists::check_journal(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn get_plan(run_id: RunId, start: u64, limit: u32) -> Answer<PlanPage> {
        storage::read(|storage| lists::plan(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn get_journal(run_id: RunId) -> Answer<JournalDetails> {
        storage::read(|storage| lists::journal_details(storage, &run_id))
    }

    #[query(guard = Reader)]
    fn list_journals(start: u64, limit: u32) -> Answer<Page<ResumeSummary>> {
        storage::read(|storage| lists::journals(storage, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn list_operations(run_id: RunId, start: u64, limit: u32) -> Answer<Page<Operation>> {
        storage::read(|storage| lists::operations(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn execution_status(run_id: RunId) -> Answer<ExecutionStatus> {
        executor::status(&run_id)
    }

    #[query(guard = Reader(run_id))]
    fn restart_deadline(run_id: RunId) -> Answer<Option<DeadlineStatus>> {
        executor::deadline(&run_id)
    }

    #[query(guard = Reader(run_id))]
    fn list_open_operations(run_id: RunId, start: u64, limit: u32) -> Answer<Page<Operation>> {
        storage::read(|storage| lists::open_operations(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn current_wave(run_id: RunId) -> Answer<Option<WaveStatus>> {
        storage::read(|storage| lists::wave(storage, &run_id))
    }

    #[query(guard = Reader(run_id))]
    fn list_operation_receipts(
        run_id: RunId,
        start: u64,
        limit: u32,
    ) -> Answer<Page<ReceiptRecord>> {
        storage::read(|storage| lists::receipts(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn list_targets(run_id: RunId, start: u64, limit: u32) -> Answer<Page<TargetStatus>> {
        storage::read(|storage| lists::targets(storage, &run_id, start, limit))
    }

    #[query(guard = Reader(run_id))]
    fn list_starts_owed(
        run_id: RunId,
        after: Option<Principal>,
        limit: u32,
    ) -> Answer<Vec<StartOwed>> {
        storage::read(|storage| lists::starts_owed(storage, &run_id, after, limit))
    }

    #[query(guard = Reader(run_id))]
    fn get_journal_draft(run_id: RunId) -> Answer<DraftStatus> {
        storage::read(|storage| Ok(storage.draft(&run_id)?.status()))
    }

    #[query(guard = Reader)]
    fn list_journal_drafts() -> Answer<Vec<DraftStatus>> {
        storage::read(|storage| Ok(storage.drafts()))
    }

    #[query(guard = Reader(fleet))]
    fn get_fleet(fleet: FleetName) -> Answer<FleetDetails> {
        storage::read(|storage| lists::fleet_details(storage, &fleet))
    }

    #[query(guard = Reader)]
    fn list_fleets(start: u64, limit: u32) -> Answer<Page<Fleet>> {
        storage::read(|storage| lists::fleets(storage, start, limit))
    }

    #[query(guard = Reader(fleet))]
    fn list_fleet_members(
        fleet: FleetName,
        after: Option<Principal>,
        limit: u32,
    ) -> Answer<Vec<RegistryEntry>> {
        storage::read(|storage| lists::fleet_members(storage, &fleet, after, limit))
    }

    #[query(guard = Reader(fleet))]
    fn fleet_status(fleet: FleetName) -> Answer<FleetStatus> {
        storage::read(|storage| storage.fleet_status(&fleet, Call::current().now))
    }

    #[query(guard = Reader)]
    fn list_fleet_statuses(start: u64, limit: u32) -> Answer<Page<FleetStatus>> {
        storage::read(|storage| lists::fleet_statuses(storage, start, limit, Call::current().now))
    }

    #[query(guard = Reader)]
    fn list_schedules(start: u64, limit: u32) -> Answer<Page<ScheduleStatus>> {
        storage::read(|storage| lists::schedules(storage, start, limit))
    }

    #[query(guard = Reader(fleet))]
    fn next_runs(fleet: FleetName, count: u32) -> Answer<Vec<Timestamp>> {
        schedules::next_runs(&fleet, count, Call::current().now)
    }

    #[query(guard = Reader(fleet))]
    fn preview_retention(fleet: FleetName) -> Answer<RetentionPreview> {
        executor::preview_retention(&fleet)
    }

    #[query(guard = Reader(fleet))]
    fn last_discovery(fleet: FleetName) -> Answer<Option<DiscoveryReport>> {
        storage::read(|storage| lists::last_discovery(storage, &fleet))
    }

    #[query(guard = Reader)]
    fn list_roles() -> Answer<Vec<RoleAssignment>> {
        storage::read(|storage| Ok(storage.role_assignments()))
    }

    #[query(guard = Reader)]
    fn get_settings() -> Answer<Settings> {
        storage::read(|storage| Ok(storage.settings()))
    }

    #[query(guard = Reader)]
    fn get_resources() -> Answer<Resources> {
        storage::read(|storage| Ok(cycles::resources(storage, Call::current().now)))
    }

    #[query(guard = Reader)]
    fn list_audit_events(start: u64, limit: u32) -> Answer<Page<AuditEvent>> {
        storage::read(|storage| lists::audit_events(storage, start, limit))
    }
}
