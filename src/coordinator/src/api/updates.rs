//! The updates.

use super::methods::methods;
use crate::{
    actions::{
        drafts, fleets, journals, preflight, roles, schedules, settings,
        transition::{perform, perform_on_operation},
        waves,
    },
    call::Call,
    executor,
    types::Answer,
};
use backup_journal::{
    FleetName, PreflightId, RunId, Sequence,
    api::{
        AuditEventKind as Event, DiscardProgress, DraftStatus, PreflightProgress, RemoveProgress,
        Role, RoleAssignment, SealProgress, Settings, SettingsUpdate,
    },
    execution::{BackupRequest, ExecutionStatus, RestoreRequest},
    fleet::{Fleet, FleetRegistration, FleetUpdate},
    journal::{DrillReport, Operation, OperationReceipt, ReceiptRecord, ResumeSummary},
    plan::{BackupPlan, BackupTarget, PlanHeader},
    preflight::PreflightReceipts,
    registry::RegistryEntry,
    schedule::{Schedule, ScheduleStatus},
};
use candid::Principal;
use ic_cdk::api::canister_self;

methods! {
    #[update(guard = Operator(plan))]
    fn create_journal(plan: BackupPlan) -> Answer<ResumeSummary> {
        journals::create_journal(plan, canister_self(), &Call::current())
    }

    #[update(guard = Operator(header))]
    fn begin_journal_draft(header: PlanHeader) -> Answer<DraftStatus> {
        drafts::begin(header, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn append_draft_targets(
        run_id: RunId,
        start: u32,
        targets: Vec<BackupTarget>,
    ) -> Answer<DraftStatus> {
        drafts::append(&run_id, start, targets, canister_self(), &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn seal_journal_draft(run_id: RunId) -> Answer<SealProgress> {
        drafts::seal(&run_id, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn discard_journal_draft(run_id: RunId) -> Answer<DiscardProgress> {
        drafts::discard(&run_id, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn accept_preflight_bundle(run_id: RunId, preflight_id: PreflightId) -> Answer<ResumeSummary> {
        preflight::accept_bundle(&run_id, preflight_id, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn accept_preflight_receipts(
        run_id: RunId,
        receipts: PreflightReceipts,
    ) -> Answer<ResumeSummary> {
        preflight::accept_receipts(&run_id, &receipts, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn append_preflight_receipts(
        run_id: RunId,
        start: u32,
        receipts: PreflightReceipts,
    ) -> Answer<PreflightProgress> {
        preflight::append(&run_id, start, receipts, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn mark_operation_pending(run_id: RunId, sequence: Sequence) -> Answer<Operation> {
        journals::mark_operation_pending(&run_id, sequence, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn mark_next_operation_pending(run_id: RunId) -> Answer<Operation> {
        journals::mark_next_operation_pending(&run_id, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn record_operation_receipt(run_id: RunId, receipt: OperationReceipt) -> Answer<ReceiptRecord> {
        journals::record_operation_receipt(&run_id, receipt, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn claim_operations(run_id: RunId, limit: u32) -> Answer<Vec<Operation>> {
        waves::claim_operations(&run_id, limit, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn record_operation_receipts(
        run_id: RunId,
        receipts: Vec<OperationReceipt>,
    ) -> Answer<Vec<Answer<ReceiptRecord>>> {
        waves::record_operation_receipts(&run_id, receipts, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn abort_run(run_id: RunId, reason: String) -> Answer<ResumeSummary> {
        let summary = perform(&run_id, Event::RunAborted { reason }, &Call::current());
        executor::arm();
        summary
    }

    #[update(guard = Operator(run_id))]
    fn roll_back_run(run_id: RunId, reason: String) -> Answer<ResumeSummary> {
        executor::check_no_calls(&run_id)?;
        let summary = perform(&run_id, Event::RunRolledBack { reason }, &Call::current());
        executor::arm();
        summary
    }

    #[update(guard = Operator(run_id))]
    fn record_drill(run_id: RunId, report: DrillReport) -> Answer<ResumeSummary> {
        let DrillReport { proven_targets, note } = report;
        perform(&run_id, Event::DrillRecorded { proven_targets, note }, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn retry_failed_operation(run_id: RunId, sequence: Sequence) -> Answer<Operation> {
        perform_on_operation(&run_id, Event::OperationRetried { sequence }, &Call::current())
    }

    #[update(guard = Administrator(run_id))]
    fn settle_start(
        run_id: RunId,
        canister_id: Principal,
        reason: String,
    ) -> Answer<ResumeSummary> {
        perform(&run_id, Event::StartSettled { canister_id, reason }, &Call::current())
    }

    #[update(guard = Administrator)]
    fn grant_role(principal: Principal, role: Role, fleet: Option<FleetName>) -> Answer<()> {
        roles::grant(RoleAssignment { principal, role, fleet }, &Call::current())
    }

    #[update(guard = Administrator)]
    fn revoke_role(principal: Principal, role: Role, fleet: Option<FleetName>) -> Answer<()> {
        roles::revoke(RoleAssignment { principal, role, fleet }, &Call::current())
    }

    #[update(guard = Administrator)]
    fn register_fleet(registration: FleetRegistration) -> Answer<Fleet> {
        fleets::register(registration, canister_self(), &Call::current())
    }

    #[update(guard = Administrator)]
    fn append_fleet_members(
        fleet: FleetName,
        start: u32,
        members: Vec<RegistryEntry>,
    ) -> Answer<Fleet> {
        fleets::append(&fleet, start, members, canister_self(), &Call::current())
    }

    #[update(guard = Administrator)]
    fn update_fleet(fleet: FleetName, update: FleetUpdate) -> Answer<Fleet> {
        fleets::update(&fleet, update, canister_self(), &Call::current())
    }

    #[update(guard = Administrator)]
    fn remove_fleet(fleet: FleetName) -> Answer<RemoveProgress> {
        fleets::remove(&fleet, &Call::current())
    }

    #[update(guard = Administrator(fleet))]
    fn set_schedule(fleet: FleetName, schedule: Schedule) -> Answer<ScheduleStatus> {
        let status = schedules::set(&fleet, schedule, &Call::current());
        executor::arm();
        status
    }

    #[update(guard = Administrator(fleet))]
    fn remove_schedule(fleet: FleetName) -> Answer<()> {
        let removed = schedules::remove(&fleet, &Call::current());
        executor::arm();
        removed
    }

    #[update(guard = Administrator(fleet))]
    fn drop_snapshots(fleet: FleetName, force: bool) -> Answer<u32> {
        let dropped = executor::drop_snapshots(&fleet, force, &Call::current());
        executor::arm();
        dropped
    }

    #[update(guard = Operator(fleet))]
    fn pause_schedule(fleet: FleetName, paused: bool) -> Answer<ScheduleStatus> {
        let status = schedules::pause(&fleet, paused, &Call::current());
        executor::arm();
        status
    }

    #[update(guard = Operator(fleet))]
    fn start_backup(fleet: FleetName, request: BackupRequest) -> Answer<ExecutionStatus> {
        executor::start_backup(&fleet, &request, canister_self(), &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn start_restore(run_id: RunId, request: RestoreRequest) -> Answer<ExecutionStatus> {
        executor::start_restore(&run_id, &request, canister_self(), &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn start_execution(run_id: RunId) -> Answer<ExecutionStatus> {
        executor::start_execution(&run_id, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn pause_execution(run_id: RunId, reason: String) -> Answer<ExecutionStatus> {
        executor::pause(&run_id, reason, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn resume_execution(run_id: RunId) -> Answer<ExecutionStatus> {
        executor::resume(&run_id, &Call::current())
    }

    #[update(guard = Operator(run_id))]
    fn set_restart_deadline(run_id: RunId, seconds: u64) -> Answer<()> {
        executor::set_restart_deadline(&run_id, seconds, &Call::current())
    }

    #[update(guard = Administrator)]
    fn update_settings(settings: SettingsUpdate) -> Answer<Settings> {
        settings::update(settings, &Call::current())
    }
}
