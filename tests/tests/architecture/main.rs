//! The arrows of the house: who may depend on whom, and which memory holds what.

mod layers;
mod modules;
mod reader;

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What each crate depends on when it is built for use, by the names of packages.
struct Dependencies {
    direct: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
}

impl Dependencies {
    /// Asks cargo.
    fn load() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(WORKSPACE)
            .output()
            .expect("cargo can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
        let names: BTreeMap<&str, &str> = array(&metadata["packages"])
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let members = array(&metadata["workspace_members"]).map(|id| names[text(id)].to_string());
        let members = members.collect();
        let mut direct = BTreeMap::<String, BTreeSet<String>>::new();
        for node in array(&metadata["resolve"]["nodes"]) {
            // Two versions of a package count as one.
            let name = names[text(&node["id"])].to_string();
            let used = array(&node["deps"]).filter(|dependency| is_used(dependency));
            let used = used.map(|dependency| names[text(&dependency["pkg"])].to_string());
            direct.entry(name).or_default().extend(used);
        }
        Self { direct, members }
    }

    fn direct(&self, package: &str) -> &BTreeSet<String> {
        self.direct.get(package).unwrap_or_else(|| panic!("there is no package {package}"))
    }

    /// Everything that is built into a package.
    fn reachable(&self, package: &str) -> BTreeSet<String> {
        self.direct(package);
        reachable(&self.direct, package)
    }

    /// Which packages of the workspace a package depends on directly.
    fn arrows(&self, package: &str) -> Vec<&str> {
        let direct = self.direct(package).iter();
        direct.filter(|used| self.members.contains(*used)).map(String::as_str).collect()
    }
}

/// Everything that the arrows of a graph lead to from here.
fn reachable(arrows: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        for next in arrows.get(name).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

/// A dependency of the code itself, not of its tests or its build script.
fn is_used(dependency: &Value) -> bool {
    array(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null())
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("cargo writes a list here").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo writes a text here")
}

/// Every package of the workspace, and those of them that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("backup-journal", &[]),
    ("backup-fleet", &["backup-journal"]),
    ("backup-coordinator", &["backup-fleet", "backup-journal"]),
    ("backup-coordinator-client", &["backup-journal"]),
    ("canister-sandbox", &[]),
    ("sandbox-gateway", &["canister-sandbox"]),
    (
        "backupctl",
        &[
            "backup-coordinator-client",
            "backup-fleet",
            "backup-journal",
            "canister-sandbox",
            "sandbox-gateway",
        ],
    ),
    ("fleet-member", &[]),
    ("fleet-root", &["backup-coordinator-client", "backup-fleet"]),
    ("floor", &["backup-journal"]),
    (
        "integration-tests",
        &["backup-coordinator-client", "backup-journal", "canister-sandbox", "fleet-root"],
    ),
];

#[test]
fn the_domain_knows_no_canister_no_clock_and_no_chance() {
    let reachable = Dependencies::load().reachable("backup-journal");
    assert!(reachable.contains("candid"), "this list is not that of backup-journal");
    for forbidden in
        ["ic-cdk", "ic-cdk-timers", "ic-canister-runtime", "tokio", "rand", "getrandom", "chrono"]
    {
        assert!(!reachable.contains(forbidden), "backup-journal depends on {forbidden}");
    }
}

/// It is built into canisters as well as into programs.
#[test]
fn what_performs_operations_needs_no_host() {
    let reachable = Dependencies::load().reachable("backup-fleet");
    assert!(reachable.contains("ic-canister-runtime"), "this list is not that of backup-fleet");
    for forbidden in ["tokio", "ic-agent", "rand", "getrandom", "chrono", "tempfile"] {
        assert!(!reachable.contains(forbidden), "backup-fleet depends on {forbidden}");
    }
}

#[test]
fn arrows_point_one_way() {
    let dependencies = Dependencies::load();
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_string()).collect();
    assert_eq!(
        listed, dependencies.members,
        "a package of the workspace without a row, or a row without one"
    );
    for (package, allowed) in ARROWS {
        for dependency in dependencies.arrows(package) {
            assert!(allowed.contains(&dependency), "{package} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_oracle_is_a_dependency_of_these_tests_alone() {
    let dependencies = Dependencies::load();
    for (package, _) in ARROWS {
        assert!(!dependencies.reachable(package).contains("canic-backup"), "{package}");
    }
}

/// The memory ids of the table at the top of the file: `| 13, 14 | audit trail | …`.
fn documented_ids(source: &str) -> Vec<u8> {
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! | "));
    let ids = rows.filter_map(|row| row.split('|').next());
    ids.flat_map(|ids| ids.split(',')).filter_map(|id| id.trim().parse().ok()).collect()
}

/// The memory ids of the code: `audit_index = 13;`.
fn declared_ids(source: &str) -> Vec<u8> {
    let (_, list) = source.split_once("memories! {\n").expect("the list of memories");
    let (list, _) = list.split_once("\n}").expect("the end of that list");
    let ids = list.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(" = "));
    ids.map(|(name, id)| id.parse().unwrap_or_else(|_| panic!("{name} = {id}"))).collect()
}

/// Ids that held something in an earlier release: `Retired ids: 4, 7.`
fn retired_ids(source: &str) -> Vec<u8> {
    let (_, retired) = source.split_once("//! Retired ids: ").expect("the retired ids");
    let (retired, _) = retired.split_once('.').expect("the end of that list");
    retired.split(',').filter_map(|id| id.trim().parse().ok()).collect()
}

#[test]
fn each_memory_has_an_id_of_its_own_and_a_row_in_the_table() {
    let path = format!("{WORKSPACE}/src/coordinator/src/storage/memory.rs");
    let source = std::fs::read_to_string(&path).expect("the file can be read");
    let declared = declared_ids(&source);
    let unique: BTreeSet<u8> = declared.iter().copied().collect();
    assert_eq!(unique.len(), declared.len(), "an id is used twice: {declared:?}");
    assert!(declared.len() >= 15, "only {declared:?} were found");
    assert_eq!(documented_ids(&source), declared, "table and code differ");
    for retired in retired_ids(&source) {
        assert!(!unique.contains(&retired), "id {retired} is retired");
    }
}
