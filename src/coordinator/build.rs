//! Writes down the Candid type table of every reply, so that the module does not have to derive it with
//! each call: that took ten times as long as everything else a transition does.

use backup_journal::{
    api::{
        Archive, AuditEvent, BlockType, CoordinatorError, DiscardProgress, DraftStatus,
        GetBlocksResult, JournalDetails, Page, PlanPage, PreflightProgress, Resources,
        RoleAssignment, SealProgress, Settings, StartOwed, SupportedStandard, TargetStatus,
        TipCertificate,
    },
    block::Payload,
    journal::{JournalCheck, Operation, ReceiptRecord, ResumeSummary},
    plan::BackupPlan,
    preflight::PreflightRequests,
};
use candid::{CandidType, Principal, ser::TypeSerialize};
use ic_http_types::HttpResponse;
use std::{env, fmt::Write as _, fs, path::Path};

type Answer<T> = Result<T, CoordinatorError>;

include!("src/replies.rs");

#[path = "build/http.rs"]
mod http;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/replies.rs");
    let folder = env::var("OUT_DIR").expect("cargo names a folder");
    println!("cargo::rerun-if-changed=build/http.rs");
    println!("cargo::rerun-if-changed=src/http/style.rs");
    println!("cargo::rerun-if-changed=src/http/response.rs");
    println!("cargo::rerun-if-changed=templates/style.css");
    let write = |name: &str, content: String| {
        fs::write(Path::new(&folder).join(name), content).expect("the folder can be written");
    };
    write("tables.rs", tables());
    write("http.rs", http::constants());
    println!("cargo::rerun-if-changed={INTERFACE}");
    write("interface.did", interface());
}

const INTERFACE: &str = "../../candid/backup_coordinator.did";

/// The interface that the module carries: as it is written down, without the remarks.
fn interface() -> String {
    let written = fs::read_to_string(INTERFACE).expect("the interface is written down");
    let is_remark = |line: &&str| line.trim_start().starts_with("//");
    written
        .lines()
        .filter(|line| !is_remark(line))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn tables() -> String {
    let mut tables = String::new();
    macro_rules! write_tables {
        ($($reply:ty),* $(,)?) => {
            $(
                let bytes = table::<$reply>();
                writeln!(
                    tables,
                    "impl Reply for {} {{ const TABLE: &'static [u8] = &{bytes:?}; }}",
                    stringify!($reply),
                )
                .expect("a string takes all");
            )*
        };
    }
    replies!(write_tables);
    tables
}

/// What a Candid message with one value of this type begins with.
fn table<T: CandidType>() -> Vec<u8> {
    candid::types::internal::env_clear();
    let mut types = TypeSerialize::new();
    types.push_type(&T::ty()).expect("the type can be written");
    types.serialize().expect("the table can be written");
    [b"DIDL".as_slice(), types.get_result()].concat()
}
