//! The interface file is generated from the methods and their guards.

use crate::api::{Guard, all_methods};
#[allow(clippy::wildcard_imports, reason = "they are listed in types.rs, and only there")]
use crate::types::*;

const WRITTEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../candid/backup_coordinator.did");

ic_cdk_macros::export_candid!();

/// Explains the comments with roles, in front of the service.
const ROLES: &str = "\
// The comment above each method names the lowest role that its caller needs. `of the fleet`: a role for the fleet of the
// run, the plan or the fleet that the first argument names is enough; the other methods need the role for all fleets. With
// `visibility = Public` anyone may call the methods that need the role Auditor.
";

#[test]
fn the_did_file_is_generated_from_the_code() {
    let written = std::fs::read_to_string(WRITTEN).expect("the file can be read");
    let generated = interface_file();
    for (number, (written, generated)) in written.lines().zip(generated.lines()).enumerate() {
        assert_eq!(written, generated, "line {}: run scripts/candid.sh", number + 1);
    }
    assert_eq!(written.len(), generated.len(), "run scripts/candid.sh");
}

#[test]
#[ignore = "writes candid/backup_coordinator.did from the code; run by scripts/candid.sh"]
fn write_the_did_file() {
    std::fs::write(WRITTEN, interface_file()).expect("the file can be written");
}

/// The interface with its comments, and with the role of each method.
fn interface_file() -> String {
    let mut file = String::new();
    for line in without_rust(&__export_service()).lines() {
        if line.starts_with("service ") {
            file.push_str(ROLES);
        }
        if let Some(role) = role_of_method(line) {
            file.extend(["  // Role: ", &role, "\n"]);
        }
        file.extend([line, "\n"]);
    }
    file
}

/// The role of the method that this line declares.
fn role_of_method(line: &str) -> Option<String> {
    let (name, _) = line.strip_prefix("  ")?.split_once(" : (")?;
    let method = all_methods().find(|method| method.name == name)?;
    let role = match method.guard {
        Guard::Anyone => "none",
        Guard::Reader => "Auditor",
        Guard::Operator => "Operator",
        Guard::Administrator => "Administrator",
    };
    let of_the_fleet = if method.subject.is_some() { " of the fleet" } else { "" };
    Some(format!("{role}{of_the_fleet}"))
}

/// The exported interface without what only Rust can read: the examples in the comments of libraries, and links.
fn without_rust(interface: &str) -> String {
    let mut example = false;
    let mut text = String::new();
    for line in interface.lines() {
        example = line.starts_with("//") && (example || line == "// # Examples");
        if !example {
            text.extend([line.trim_end(), "\n"]);
        }
    }
    text.replace("//\ntype ", "type ").replace("[`", "`").replace("`]", "`")
}
