//! The endpoints: who may call, then the call.

#![expect(
    clippy::needless_pass_by_value,
    reason = "arguments and replies are handed over by value"
)]

use backup_coordinator_core::{
    Call,
    access::{accepts_ingress, require, require_read},
    certification, drafts,
    http::{self, watch},
    icrc3, lifecycle, preflight, queries,
    reply::{Reply, encode},
    storage::{self, Storage},
    updates,
};
use backup_journal::{
    PreflightId, RunId, Sequence,
    api::{
        Archive, AuditEvent, BlockType, CoordinatorArgs, CoordinatorError, DiscardProgress,
        DraftStatus, GetArchivesArgs, GetBlocksRequest, GetBlocksResult, JournalDetails, Page,
        PlanPage, PreflightProgress, Resources, Role, RoleAssignment, SealProgress, Settings,
        StartOwed, SupportedStandard, TargetStatus, TipCertificate,
    },
    journal::{JournalCheck, Operation, OperationReceipt, ReceiptRecord, ResumeSummary},
    plan::{BackupPlan, BackupPlanInput, BackupTarget, PlanHeader, ValidationPurpose},
    preflight::{PreflightReceipts, PreflightRequests},
    registry::RegistryEntry,
};
use candid::Principal;
use ic_cdk_macros::{init, inspect_message, post_upgrade, query, update};
use ic_http_types::{HttpRequest, HttpResponse};
use std::marker::PhantomData;

/// What an endpoint answers; by the time it returns, the reply is written.
type Answer<T> = PhantomData<Result<T, CoordinatorError>>;

/// The interface, for whoever asks the network for this canister's metadata.
#[cfg(target_arch = "wasm32")]
#[unsafe(link_section = "icp:public candid:service")]
#[used]
static CANDID: [u8; include_bytes!(concat!(env!("OUT_DIR"), "/interface.did")).len()] =
    *include_bytes!(concat!(env!("OUT_DIR"), "/interface.did"));

/// Reading Candid is mostly allocating: with the allocator of the standard library a transition costs a third
/// more instructions.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {}

#[init]
fn init(args: Option<CoordinatorArgs>) {
    lifecycle::init(args, &Call::current());
}

#[post_upgrade]
fn post_upgrade(args: Option<CoordinatorArgs>) {
    let call = Call::current();
    lifecycle::post_upgrade(args, &call);
    http::logs::upgraded(call.caller);
}

#[inspect_message]
fn inspect_message() {
    if accepts_ingress(&ic_cdk::api::msg_method_name(), ic_cdk::api::msg_caller()) {
        ic_cdk::api::accept_message();
    }
}

/// Answers an update of somebody who may move journals.
fn operate<T>(change: impl FnOnce(&Call) -> Result<T, CoordinatorError>) -> Answer<T>
where
    Result<T, CoordinatorError>: Reply,
{
    update_as(Role::Operator, change)
}

/// Answers an update of somebody who may grant and revoke roles.
fn administer<T>(change: impl FnOnce(&Call) -> Result<T, CoordinatorError>) -> Answer<T>
where
    Result<T, CoordinatorError>: Reply,
{
    update_as(Role::Administrator, change)
}

fn update_as<T>(role: Role, change: impl FnOnce(&Call) -> Result<T, CoordinatorError>) -> Answer<T>
where
    Result<T, CoordinatorError>: Reply,
{
    let call = Call::current();
    let answer = require(call.caller, role).and_then(|()| change(&call));
    let refusal = answer.as_ref().err().map(watch::refusal);
    let written = reply(answer);
    watch::answered(refusal, ic_cdk::api::performance_counter(0));
    written
}

/// Answers a query of somebody who may read.
fn look<T>(answer: impl FnOnce(&Storage) -> Result<T, CoordinatorError>) -> Answer<T>
where
    Result<T, CoordinatorError>: Reply,
{
    reply(require_read(ic_cdk::api::msg_caller()).and_then(|()| storage::read(answer)))
}

/// Writes a reply.
fn reply<T: Reply>(answer: T) -> PhantomData<T> {
    ic_cdk::api::msg_reply(encode(&answer));
    PhantomData
}

#[update(manual_reply = true)]
fn create_journal(plan: BackupPlan) -> Answer<ResumeSummary> {
    operate(|call| updates::create_journal(plan, ic_cdk::api::canister_self(), call))
}

#[update(manual_reply = true)]
fn begin_journal_draft(header: PlanHeader) -> Answer<DraftStatus> {
    operate(|call| drafts::begin(header, call))
}

#[update(manual_reply = true)]
fn append_draft_targets(
    run_id: RunId,
    start: u32,
    targets: Vec<BackupTarget>,
) -> Answer<DraftStatus> {
    operate(|call| drafts::append(&run_id, start, targets, ic_cdk::api::canister_self(), call))
}

#[update(manual_reply = true)]
fn seal_journal_draft(run_id: RunId) -> Answer<SealProgress> {
    operate(|call| drafts::seal(&run_id, call))
}

#[update(manual_reply = true)]
fn discard_journal_draft(run_id: RunId) -> Answer<DiscardProgress> {
    operate(|call| drafts::discard(&run_id, call))
}

#[update(manual_reply = true)]
fn accept_preflight_bundle(run_id: RunId, preflight_id: PreflightId) -> Answer<ResumeSummary> {
    operate(|call| preflight::accept_bundle(&run_id, preflight_id, call))
}

#[update(manual_reply = true)]
fn accept_preflight_receipts(run_id: RunId, receipts: PreflightReceipts) -> Answer<ResumeSummary> {
    operate(|call| preflight::accept_receipts(&run_id, &receipts, call))
}

#[update(manual_reply = true)]
fn append_preflight_receipts(
    run_id: RunId,
    start: u32,
    receipts: PreflightReceipts,
) -> Answer<PreflightProgress> {
    operate(|call| preflight::append(&run_id, start, receipts, call))
}

#[update(manual_reply = true)]
fn mark_operation_pending(run_id: RunId, sequence: Sequence) -> Answer<Operation> {
    operate(|call| updates::mark_operation_pending(&run_id, sequence, call))
}

#[update(manual_reply = true)]
fn mark_next_operation_pending(run_id: RunId) -> Answer<Operation> {
    operate(|call| updates::mark_next_operation_pending(&run_id, call))
}

#[update(manual_reply = true)]
fn record_operation_receipt(run_id: RunId, receipt: OperationReceipt) -> Answer<ReceiptRecord> {
    operate(|call| updates::record_operation_receipt(&run_id, receipt, call))
}

#[update(manual_reply = true)]
fn retry_failed_operation(run_id: RunId, sequence: Sequence) -> Answer<Operation> {
    operate(|call| updates::retry_failed_operation(&run_id, sequence, call))
}

#[update(manual_reply = true)]
fn settle_start(run_id: RunId, canister_id: Principal, reason: String) -> Answer<ResumeSummary> {
    administer(|call| updates::settle_start(&run_id, canister_id, reason, call))
}

#[update(manual_reply = true)]
fn grant_role(principal: Principal, role: Role) -> Answer<()> {
    administer(|call| updates::grant_role(RoleAssignment { principal, role }, call))
}

#[update(manual_reply = true)]
fn revoke_role(principal: Principal, role: Role) -> Answer<()> {
    administer(|call| updates::revoke_role(RoleAssignment { principal, role }, call))
}

#[query(manual_reply = true)]
fn build_backup_plan(input: BackupPlanInput) -> Answer<BackupPlan> {
    look(|_| queries::build_backup_plan(input))
}

#[query(manual_reply = true)]
fn validate_backup_plan(plan: BackupPlan, purpose: ValidationPurpose) -> Answer<()> {
    look(|_| queries::validate_backup_plan(&plan, purpose, ic_cdk::api::canister_self()))
}

#[query(manual_reply = true)]
fn resolve_backup_selector(registry: Vec<RegistryEntry>, selector: String) -> Answer<Principal> {
    look(|_| queries::resolve_backup_selector(&registry, &selector))
}

#[query(manual_reply = true)]
fn preflight_requests(run_id: RunId, start: u64, limit: u32) -> Answer<PreflightRequests> {
    look(|storage| storage.preflight_requests(&run_id, start, limit))
}

#[query(manual_reply = true)]
fn next_ready_operation(run_id: RunId) -> Answer<Option<Operation>> {
    look(|storage| storage.next_ready_operation(&run_id))
}

#[query(manual_reply = true)]
fn resume_summary(run_id: RunId) -> Answer<ResumeSummary> {
    look(|storage| storage.summary(&run_id))
}

#[query(manual_reply = true)]
fn validate_journal(run_id: RunId, start: u64, limit: u32) -> Answer<JournalCheck> {
    look(|storage| storage.validate_journal(&run_id, start, limit))
}

#[query(manual_reply = true)]
fn get_plan(run_id: RunId, start: u64, limit: u32) -> Answer<PlanPage> {
    look(|storage| storage.plan_page(&run_id, start, limit))
}

#[query(manual_reply = true)]
fn get_journal(run_id: RunId) -> Answer<JournalDetails> {
    look(|storage| storage.journal_details(&run_id))
}

#[query(manual_reply = true)]
fn list_journals(start: u64, limit: u32) -> Answer<Page<ResumeSummary>> {
    look(|storage| storage.list_journals(start, limit))
}

#[query(manual_reply = true)]
fn list_operations(run_id: RunId, start: u64, limit: u32) -> Answer<Page<Operation>> {
    look(|storage| storage.list_operations(&run_id, start, limit))
}

#[query(manual_reply = true)]
fn list_operation_receipts(run_id: RunId, start: u64, limit: u32) -> Answer<Page<ReceiptRecord>> {
    look(|storage| storage.list_receipts(&run_id, start, limit))
}

#[query(manual_reply = true)]
fn list_targets(run_id: RunId, start: u64, limit: u32) -> Answer<Page<TargetStatus>> {
    look(|storage| storage.list_targets(&run_id, start, limit))
}

#[query(manual_reply = true)]
fn list_starts_owed(run_id: RunId, after: Option<Principal>, limit: u32) -> Answer<Vec<StartOwed>> {
    look(|storage| storage.list_starts_owed(&run_id, after, limit))
}

#[query(manual_reply = true)]
fn get_journal_draft(run_id: RunId) -> Answer<DraftStatus> {
    look(|storage| Ok(storage.draft(&run_id)?.status()))
}

#[query(manual_reply = true)]
fn list_journal_drafts() -> Answer<Vec<DraftStatus>> {
    look(|storage| Ok(storage.drafts()))
}

#[query(manual_reply = true)]
fn list_roles() -> Answer<Vec<RoleAssignment>> {
    look(|storage| Ok(storage.role_assignments()))
}

#[query(manual_reply = true)]
fn get_settings() -> Answer<Settings> {
    look(|storage| Ok(storage.settings()))
}

#[query(manual_reply = true)]
fn get_resources() -> Answer<Resources> {
    look(|storage| Ok(storage.resources(Call::current().now)))
}

#[query(manual_reply = true)]
fn list_audit_events(start: u64, limit: u32) -> Answer<Page<AuditEvent>> {
    look(|storage| storage.list_audit_events(start, limit))
}

#[query(manual_reply = true)]
fn icrc3_get_blocks(requests: Vec<GetBlocksRequest>) -> PhantomData<GetBlocksResult> {
    if let Err(refusal) = require_read(ic_cdk::api::msg_caller()) {
        // The standard leaves no room for an error in the answer.
        ic_cdk::api::trap(refusal.to_string());
    }
    reply(storage::read(|storage| storage.blocks(&requests)))
}

#[query(manual_reply = true)]
fn icrc3_get_archives(_: GetArchivesArgs) -> PhantomData<Vec<Archive>> {
    reply(Vec::new())
}

#[query(manual_reply = true)]
fn icrc3_get_tip_certificate() -> PhantomData<Option<TipCertificate>> {
    reply(storage::read(certification::tip_certificate))
}

#[query(manual_reply = true)]
fn icrc3_supported_block_types() -> PhantomData<Vec<BlockType>> {
    reply(icrc3::supported_block_types())
}

#[query(manual_reply = true)]
fn icrc10_supported_standards() -> PhantomData<Vec<SupportedStandard>> {
    reply(icrc3::supported_standards())
}

#[query(manual_reply = true)]
fn http_request(request: HttpRequest) -> PhantomData<HttpResponse> {
    reply(http::respond(&request, Call::current().now))
}

#[cfg(test)]
mod tests;

// The release module carries the interface as metadata; the means to print it would be a tenth of its size.
#[cfg(test)]
ic_cdk_macros::export_candid!();
