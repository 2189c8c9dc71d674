//! The layers within each crate: arrows between its folders and files point one way.

use crate::{
    WORKSPACE,
    modules::{Modules, module},
    reachable,
    reader::ModulePath,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A crate, and the folders and files at the top of its sources from the bottom up: each uses only those before it.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "src/journal",
        &[
            "ids",
            "rules",
            "receipt_outcome",
            "waits",
            "span",
            "text",
            "cbor",
            "wire",
            "registry",
            "topology",
            "schedule",
            "fleet",
            "plan",
            "preflight",
            "access",
            "block",
            "journal",
            "retention",
            "execution",
            "fleet_status",
            "limits",
            "api",
            "replay",
        ],
    ),
    ("src/fleet", &["snapshot_id", "error", "notes", "settle", "management", "observe", "perform"]),
    (
        "src/client",
        &[
            "error",
            "client",
            "blocks",
            "pages",
            "queries",
            "updates",
            "fleets",
            "executions",
            "audit",
        ],
    ),
    (
        "src/cli",
        &[
            "usage", "words", "output", "clock", "task", "exit", "root_key", "tables", "names",
            "network", "disk", "backup", "tool", "confirm", "config", "agent", "registry", "plan",
            "driver", "audit", "verify", "import", "rehearse", "serve", "runs", "fleets", "run",
            "fetch", "drill", "args",
        ],
    ),
    (
        "src/coordinator",
        &["call", "types", "encoding", "storage", "gate", "actions", "executor", "http", "api"],
    ),
    (
        "src/sandbox",
        &[
            "model",
            "vm",
            "canister",
            "world",
            "management",
            "scheduler",
            "sandbox",
            "call_faults",
            "runtime",
        ],
    ),
    (
        "src/gateway",
        &[
            "refusal",
            "cbor",
            "candid_limits",
            "address",
            "site",
            "signature",
            "envelope",
            "messages",
            "rejects",
            "subnet",
            "effective",
            "network",
            "state_tree",
            "state",
            "status",
            "query",
            "call",
            "read_state",
            "api",
            "pages",
            "server",
        ],
    ),
];

/// Types that grow by what each layer adds to them: a client by the calls of each subject.
const GROWING: &[(&str, &str)] = &[("src/client", "CoordinatorClient")];

/// The most lines that a file of a listed crate has.
const MAX_LINES: usize = 330;

fn sources(package: &str) -> PathBuf {
    Path::new(WORKSPACE).join(package).join("src")
}

/// What a module is called within a folder, and the folder's own file is called `mod`.
fn name_in<'a>(folder: &[String], module: &'a [String]) -> &'a str {
    module.get(folder.len()).map_or("mod", String::as_str)
}

/// Everything that an arrow between the folders and files of one folder says.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The arrows between the folders and files of each folder. An arrow of a file counts for all folders that it is in.
fn graphs(modules: &Modules) -> BTreeMap<ModulePath, Graph> {
    let mut graphs = BTreeMap::<ModulePath, Graph>::new();
    for (from, to) in modules.arrows() {
        let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
        let folder = &from[..common];
        let (from, to) = (name_in(folder, from), name_in(folder, &to));
        let graph = graphs.entry(folder.to_vec()).or_default();
        graph.entry(to.to_owned()).or_default();
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    graphs
}

/// The folders and files that are part of a circle, by folder.
fn circles(modules: &Modules) -> BTreeMap<ModulePath, BTreeSet<String>> {
    let in_circle = |graph: &Graph| {
        let names = graph.keys().filter(|name| reachable(graph, name).contains(*name));
        names.cloned().collect::<BTreeSet<_>>()
    };
    let circles = graphs(modules).into_iter().map(|(folder, graph)| (folder, in_circle(&graph)));
    circles.filter(|(_, names)| !names.is_empty()).collect()
}

/// What is wrong with the layers of a crate.
fn violations(modules: &Modules, layers: &[&str], grows: impl Fn(&str) -> bool) -> Vec<String> {
    let layer = |name: &str| layers.iter().position(|layer| *layer == name);
    let mut found = Vec::new();
    for (from, to) in modules.arrows().filter(|(from, _)| !from.is_empty()) {
        let (lower, upper) = (to.first().and_then(|name| layer(name)), layer(&from[0]));
        if upper.is_none() || lower.is_none() || lower > upper {
            found.push(format!("{} uses {}", from.join("::"), to.join("::")));
        }
    }
    for (at, name, home) in modules
        .foreign_impls()
        .filter(|(at, name, home)| at.first() != home.first() && !grows(name))
    {
        found.push(format!("{} implements {name} of {}", at.join("::"), home.join("::")));
    }
    found
}

#[test]
fn no_folder_and_no_file_is_part_of_a_circle() {
    for (package, _) in LAYERS {
        let circles = circles(&Modules::load(&sources(package)));
        assert!(circles.is_empty(), "{package}: {circles:?}");
    }
}

#[test]
fn each_layer_uses_only_those_below_it() {
    for (package, layers) in LAYERS {
        let modules = Modules::load(&sources(package));
        let tops: BTreeSet<&str> =
            modules.paths().filter_map(|path| path.first()).map(String::as_str).collect();
        assert_eq!(tops, layers.iter().copied().collect(), "{package}: a layer is missing or gone");
        let grows = |name: &str| GROWING.contains(&(package, name));
        let violations = violations(&modules, layers, grows);
        assert!(violations.is_empty(), "{package}: {violations:#?}");
    }
}

#[test]
fn circles_and_arrows_upwards_are_found() {
    let texts = [
        ("low", "use crate::high::one;"),
        ("high", "mod one; mod two; use one::f;"),
        ("high::one", "use super::two::g; use crate::low::Thing; impl Thing {}"),
        ("high::two", "fn g() { crate::high::one::f(); }"),
    ];
    let texts = texts.map(|(path, text)| (module(path), text.to_owned()));
    let modules = Modules::parse(&BTreeMap::from(texts));
    let circles = circles(&modules);
    let names =
        |folder: &str| circles[&module(folder)].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(names(""), ["high", "low"]);
    assert_eq!(names("high"), ["one", "two"]);
    let found = violations(&modules, &["low", "high"], |_| false);
    assert_eq!(found, ["low uses high::one", "high::one implements Thing of low"]);
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut open: Vec<PathBuf> = LAYERS.iter().map(|(package, _)| sources(package)).collect();
    let mut files = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("the folder can be read");
            open.extend(entries.map(|entry| entry.expect("the folder can be read").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files += 1;
            let lines = fs::read_to_string(&path).expect("the file can be read").lines().count();
            assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
        }
    }
    assert!(files > 30, "only {files} files were found");
}
