//! What the README and the other pages say holds: calls, answers, limits, tables and paths.

mod arguments;
mod calls;
mod covers;
mod pages;
mod walk;

use calls::{Command, commands};
use integration_tests::interface::Interface;
use std::{fs, path::Path};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The pages with commands that a reader may type, in the order in which they are tried.
const PAGES_OF_COMMANDS: [&str; 3] = ["README.md", "docs/walkthrough.md", "docs/release.md"];

/// A file of the repository.
fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_call_fits_the_interface() {
    let interface = Interface::load();
    let mut shown = Vec::new();
    for command in PAGES_OF_COMMANDS.into_iter().flat_map(|page| commands(&read(page))) {
        match command {
            Command::Call(call) => {
                arguments::arguments(&interface, &call.method, &call.args);
                shown.push(call.method);
            }
            Command::Deploy { args } => {
                arguments::installation(&interface, &args);
            }
        }
    }
    for method in interface.methods.iter().filter(|method| !method.is_query) {
        assert!(shown.contains(&method.name), "no page shows a call of {}", method.name);
    }
}

#[test]
fn the_readme_deploys_with_both_tools() {
    let readme = read("README.md");
    for tool in ["dfx deploy backup_coordinator", "icp deploy backup_coordinator"] {
        assert!(readme.contains(tool), "{tool}");
    }
    let deployments =
        commands(&readme).into_iter().filter(|command| matches!(command, Command::Deploy { .. }));
    assert!(deployments.count() >= 2);
}

/// `dfx` leaves the module alone only if it is asked for nothing but to build it.
#[test]
fn both_tools_build_with_the_script() {
    let dfx: serde_json::Value = serde_json::from_str(&read("dfx.json")).expect("dfx.json is JSON");
    assert_eq!(
        dfx["canisters"]["backup_coordinator"],
        serde_json::json!({
            "type": "custom",
            "candid": "candid/backup_coordinator.did",
            "wasm": "target/wasm/backup_coordinator.wasm.gz",
            "build": "scripts/build.sh",
        })
    );
    let icp = read("icp.yaml");
    for line in [
        "- name: backup_coordinator",
        "- scripts/build.sh",
        "- cp target/wasm/backup_coordinator.wasm.gz \"$ICP_WASM_OUTPUT_PATH\"",
    ] {
        assert!(icp.lines().any(|found| found.trim() == line), "{line}");
    }
}
