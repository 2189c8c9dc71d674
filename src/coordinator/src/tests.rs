//! The interface as it is written down and as it is implemented must be one.

// Every type that a method or the installation names, for the export.
use crate::encoding::Answer;
use backup_journal::{
    PreflightId, RunId, Sequence,
    api::{
        Archive, AuditEvent, BlockType, CoordinatorArgs, DiscardProgress, DraftStatus,
        GetArchivesArgs, GetBlocksRequest, GetBlocksResult, JournalDetails, Page, PlanPage,
        PreflightProgress, Resources, Role, RoleAssignment, SealProgress, Settings, SettingsUpdate,
        StartOwed, SupportedStandard, TargetStatus, TipCertificate,
    },
    journal::{JournalCheck, Operation, OperationReceipt, ReceiptRecord, ResumeSummary},
    plan::{BackupPlan, BackupPlanInput, BackupTarget, PlanHeader, ValidationPurpose},
    preflight::{PreflightReceipts, PreflightRequests},
    registry::RegistryEntry,
};
use candid::Principal;
use candid_parser::utils::{CandidSource, service_equal};
use ic_http_types::{HttpRequest, HttpResponse};
use std::path::Path;

const WRITTEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../candid/backup_coordinator.did");

ic_cdk_macros::export_candid!();

#[test]
fn the_did_file_is_the_interface_of_the_code() {
    let implemented = __export_service();
    service_equal(CandidSource::Text(&implemented), CandidSource::File(Path::new(WRITTEN)))
        .unwrap_or_else(|difference| panic!("{difference}\n\nthe code exports:\n{implemented}"));
}

#[test]
#[ignore = "writes candid/backup_coordinator.did from the code; run by scripts/candid.sh"]
fn write_the_did_file() {
    std::fs::write(WRITTEN, readable(&__export_service())).expect("the file can be written");
}

/// The interface without what only a reader of Rust can use: examples in remarks of libraries.
fn readable(interface: &str) -> String {
    let mut example = false;
    let mut readable = String::new();
    for line in interface.lines() {
        example = line.starts_with("//") && (example || line == "// # Examples");
        if !example {
            readable.push_str(line.trim_end());
            readable.push('\n');
        }
    }
    readable.replace("//\ntype ", "type ")
}
