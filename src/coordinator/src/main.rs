//! The endpoints: who may call, then the call.

use backup_coordinator_core::{
    Call,
    access::{accepts_ingress, require, require_read},
    certification, drafts, icrc3, lifecycle, queries, storage, updates,
};
use backup_journal::{
    PreflightId, RunId, Sequence,
    api::{
        Archive, AuditEvent, BlockType, CoordinatorArgs, CoordinatorError, DiscardProgress,
        DraftStatus, GetArchivesArgs, GetBlocksRequest, GetBlocksResult, JournalDetails, Page,
        PlanPage, Role, RoleAssignment, SealProgress, StartOwed, SupportedStandard, TargetStatus,
        TipCertificate,
    },
    journal::{JournalCheck, Operation, OperationReceipt, ReceiptRecord, ResumeSummary},
    plan::{BackupPlan, BackupPlanInput, BackupTarget, PlanHeader, ValidationPurpose},
    preflight::{PreflightReceipts, PreflightRequests},
    registry::RegistryEntry,
};
use candid::Principal;
use ic_cdk_macros::{init, inspect_message, post_upgrade, query, update};

type Answer<T> = Result<T, CoordinatorError>;

/// The interface, for whoever asks the network for this canister's metadata.
#[cfg(target_arch = "wasm32")]
#[unsafe(link_section = "icp:public candid:service")]
#[used]
static CANDID: [u8; include_bytes!("../../../candid/backup_coordinator.did").len()] =
    *include_bytes!("../../../candid/backup_coordinator.did");

fn main() {}

#[init]
fn init(args: Option<CoordinatorArgs>) {
    lifecycle::init(args, &Call::current());
}

#[post_upgrade]
fn post_upgrade(args: Option<CoordinatorArgs>) {
    lifecycle::post_upgrade(args, &Call::current());
}

#[inspect_message]
fn inspect_message() {
    if accepts_ingress(&ic_cdk::api::msg_method_name(), ic_cdk::api::msg_caller()) {
        ic_cdk::api::accept_message();
    }
}

/// The current call, if its caller may move journals.
fn operator() -> Answer<Call> {
    let call = Call::current();
    require(call.caller, Role::Operator)?;
    Ok(call)
}

/// The current call, if its caller may grant and revoke roles.
fn administrator() -> Answer<Call> {
    let call = Call::current();
    require(call.caller, Role::Administrator)?;
    Ok(call)
}

/// Answers a query, if the caller may read.
fn reading<T>(answer: impl FnOnce(&storage::Storage) -> Answer<T>) -> Answer<T> {
    require_read(ic_cdk::api::msg_caller())?;
    storage::read(answer)
}

#[update]
fn create_journal(plan: BackupPlan) -> Answer<ResumeSummary> {
    updates::create_journal(plan, ic_cdk::api::canister_self(), &operator()?)
}

#[update]
fn begin_journal_draft(header: PlanHeader) -> Answer<DraftStatus> {
    drafts::begin(header, &operator()?)
}

#[update]
fn append_draft_targets(
    run_id: RunId,
    start: u32,
    targets: Vec<BackupTarget>,
) -> Answer<DraftStatus> {
    drafts::append(&run_id, start, targets, ic_cdk::api::canister_self(), &operator()?)
}

#[update]
fn seal_journal_draft(run_id: RunId) -> Answer<SealProgress> {
    drafts::seal(&run_id, &operator()?)
}

#[update]
fn discard_journal_draft(run_id: RunId) -> Answer<DiscardProgress> {
    drafts::discard(&run_id, &operator()?)
}

#[update]
fn accept_preflight_bundle(run_id: RunId, preflight_id: PreflightId) -> Answer<ResumeSummary> {
    updates::accept_preflight_bundle(&run_id, preflight_id, &operator()?)
}

#[update]
fn accept_preflight_receipts(run_id: RunId, receipts: PreflightReceipts) -> Answer<ResumeSummary> {
    updates::accept_preflight_receipts(&run_id, &receipts, &operator()?)
}

#[update]
fn mark_operation_pending(run_id: RunId, sequence: Sequence) -> Answer<Operation> {
    updates::mark_operation_pending(&run_id, sequence, &operator()?)
}

#[update]
fn mark_next_operation_pending(run_id: RunId) -> Answer<Operation> {
    updates::mark_next_operation_pending(&run_id, &operator()?)
}

#[update]
fn record_operation_receipt(run_id: RunId, receipt: OperationReceipt) -> Answer<ReceiptRecord> {
    updates::record_operation_receipt(&run_id, receipt, &operator()?)
}

#[update]
fn retry_failed_operation(run_id: RunId, sequence: Sequence) -> Answer<Operation> {
    updates::retry_failed_operation(&run_id, sequence, &operator()?)
}

#[update]
fn grant_role(principal: Principal, role: Role) -> Answer<()> {
    updates::grant_role(RoleAssignment { principal, role }, &administrator()?)
}

#[update]
fn revoke_role(principal: Principal, role: Role) -> Answer<()> {
    updates::revoke_role(RoleAssignment { principal, role }, &administrator()?)
}

#[query]
fn build_backup_plan(input: BackupPlanInput) -> Answer<BackupPlan> {
    reading(|_| queries::build_backup_plan(input))
}

#[query]
fn validate_backup_plan(plan: BackupPlan, purpose: ValidationPurpose) -> Answer<()> {
    reading(|_| queries::validate_backup_plan(&plan, purpose, ic_cdk::api::canister_self()))
}

#[query]
fn resolve_backup_selector(registry: Vec<RegistryEntry>, selector: String) -> Answer<Principal> {
    reading(|_| queries::resolve_backup_selector(&registry, &selector))
}

#[query]
fn preflight_requests(run_id: RunId, start: u64, limit: u32) -> Answer<PreflightRequests> {
    reading(|storage| storage.preflight_requests(&run_id, start, limit))
}

#[query]
fn next_ready_operation(run_id: RunId) -> Answer<Option<Operation>> {
    reading(|storage| storage.next_ready_operation(&run_id))
}

#[query]
fn resume_summary(run_id: RunId) -> Answer<ResumeSummary> {
    reading(|storage| storage.summary(&run_id))
}

#[query]
fn validate_journal(run_id: RunId, start: u64, limit: u32) -> Answer<JournalCheck> {
    reading(|storage| storage.validate_journal(&run_id, start, limit))
}

#[query]
fn get_plan(run_id: RunId, start: u64, limit: u32) -> Answer<PlanPage> {
    reading(|storage| storage.plan_page(&run_id, start, limit))
}

#[query]
fn get_journal(run_id: RunId) -> Answer<JournalDetails> {
    reading(|storage| storage.journal_details(&run_id))
}

#[query]
fn list_journals(start: u64, limit: u32) -> Answer<Page<ResumeSummary>> {
    reading(|storage| storage.list_journals(start, limit))
}

#[query]
fn list_operations(run_id: RunId, start: u64, limit: u32) -> Answer<Page<Operation>> {
    reading(|storage| storage.list_operations(&run_id, start, limit))
}

#[query]
fn list_operation_receipts(run_id: RunId, start: u64, limit: u32) -> Answer<Page<ReceiptRecord>> {
    reading(|storage| storage.list_receipts(&run_id, start, limit))
}

#[query]
fn list_targets(run_id: RunId, start: u64, limit: u32) -> Answer<Page<TargetStatus>> {
    reading(|storage| storage.list_targets(&run_id, start, limit))
}

#[query]
fn list_starts_owed(run_id: RunId, after: Option<Principal>, limit: u32) -> Answer<Vec<StartOwed>> {
    reading(|storage| storage.list_starts_owed(&run_id, after, limit))
}

#[query]
fn get_journal_draft(run_id: RunId) -> Answer<DraftStatus> {
    reading(|storage| Ok(storage.draft(&run_id)?.status()))
}

#[query]
fn list_journal_drafts() -> Answer<Vec<DraftStatus>> {
    reading(|storage| Ok(storage.drafts()))
}

#[query]
fn list_roles() -> Answer<Vec<RoleAssignment>> {
    reading(|storage| Ok(storage.list_roles()))
}

#[query]
fn list_audit_events(start: u64, limit: u32) -> Answer<Page<AuditEvent>> {
    reading(|storage| storage.list_audit_events(start, limit))
}

#[query]
fn icrc3_get_blocks(requests: Vec<GetBlocksRequest>) -> GetBlocksResult {
    reading(|storage| Ok(storage.blocks(&requests))).unwrap_or_else(|error| {
        // The standard leaves no room for an error in the answer.
        ic_cdk::api::trap(error.to_string())
    })
}

#[query]
fn icrc3_get_archives(_: GetArchivesArgs) -> Vec<Archive> {
    Vec::new()
}

#[query]
fn icrc3_get_tip_certificate() -> Option<TipCertificate> {
    storage::read(certification::tip_certificate)
}

#[query]
fn icrc3_supported_block_types() -> Vec<BlockType> {
    icrc3::supported_block_types()
}

#[query]
fn icrc10_supported_standards() -> Vec<SupportedStandard> {
    icrc3::supported_standards()
}

#[cfg(test)]
mod tests;

// The release module carries the interface as metadata; the means to print it would be a tenth of its size.
#[cfg(test)]
ic_cdk_macros::export_candid!();
