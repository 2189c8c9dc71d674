//! The interface as it is written down and as it is implemented must be one.

use candid_parser::utils::{CandidSource, service_equal};
use std::path::Path;

const WRITTEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../candid/backup_coordinator.did");

#[test]
fn the_did_file_is_the_interface_of_the_code() {
    let implemented = super::__export_service();
    service_equal(CandidSource::Text(&implemented), CandidSource::File(Path::new(WRITTEN)))
        .unwrap_or_else(|difference| panic!("{difference}\n\nthe code exports:\n{implemented}"));
}

#[test]
#[ignore = "writes candid/backup_coordinator.did from the code; run by scripts/candid.sh"]
fn write_the_did_file() {
    std::fs::write(WRITTEN, readable(&super::__export_service())).expect("the file can be written");
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
