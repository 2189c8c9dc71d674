//! Tables and paths of the pages.

use crate::{ROOT, read};
use integration_tests::interface::Interface;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const PAGES: [&str; 12] = [
    "README.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/backups.md",
    "docs/blocks.md",
    "docs/costs.md",
    "docs/http.md",
    "docs/interface.md",
    "docs/reference.md",
    "docs/release.md",
    "docs/walkthrough.md",
    "tests/README.md",
];

/// Folders and files of the repository that a page may name in passing.
const NAMES: [&str; 8] =
    [".ci/", "candid/", "docs/", "scripts/", "src/", "tests/", "dfx.json", "icp.yaml"];

#[test]
fn the_limits_are_those_of_the_code() {
    assert_eq!(limits_of_the_page(), limits_of_the_code());
}

fn limits_of_the_code() -> BTreeSet<(String, String)> {
    read("src/journal/src/limits.rs")
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("pub const ")?.split_once(':')?;
            let (_, value) = rest.strip_suffix(';')?.split_once("= ")?;
            Some((name.to_owned(), value.replace('_', "")))
        })
        .collect()
}

fn limits_of_the_page() -> BTreeSet<(String, String)> {
    read("docs/interface.md")
        .lines()
        .filter(|line| line.starts_with("| `MAX_"))
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let name = cells.next()?.trim_matches('`').to_owned();
            Some((name, cells.next()?.replace(',', "")))
        })
        .collect()
}

/// The rows of the table of methods: the methods of each, whether they are queries, and the role.
fn methods_of_the_page() -> BTreeSet<(String, bool, String)> {
    let page = read("docs/interface.md");
    let rows = page.lines().filter(|line| line.starts_with("| `") && !line.starts_with("| `MAX_"));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [names, kind @ ("query" | "update"), role, _] = cells[..] else { return None };
        let names = names.split(", ").map(|name| name.trim_matches('`').to_owned());
        Some(names.map(move |name| (name, kind == "query", role.to_owned())).collect::<Vec<_>>())
    })
    .flatten()
    .collect()
}

#[test]
fn the_table_of_methods_is_that_of_the_interface() {
    let methods = Interface::load().methods.into_iter().map(|method| {
        let of_the_fleet = if method.of_the_fleet { " of the fleet" } else { "" };
        let role = method.role.map_or("none".to_owned(), |role| format!("{role:?}{of_the_fleet}"));
        (method.name, method.is_query, role)
    });
    let (page, code) = (methods_of_the_page(), methods.collect::<BTreeSet<_>>());
    let differing: Vec<_> = page.symmetric_difference(&code).collect();
    assert!(differing.is_empty(), "page and interface differ: {differing:#?}");
}

#[test]
fn the_memory_table_is_that_of_the_code() {
    let of_the_code: Vec<String> = read("src/coordinator/src/storage/memory.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .filter(|line| line.starts_with('|'))
        .map(str::to_owned)
        .collect();
    assert!(!of_the_code.is_empty());
    let page = read("docs/architecture.md");
    assert!(
        page.contains(&of_the_code.join("\n")),
        "docs/architecture.md must have the table of src/coordinator/src/storage/memory.rs:\n{}",
        of_the_code.join("\n")
    );
}

#[test]
fn what_the_pages_name_exists() {
    for page in PAGES {
        let text = read(page);
        let folder = Path::new(page).parent().expect("a page is in a folder");
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let linked = if path.is_empty() { Path::new(page) } else { &folder.join(path) };
            assert!(exists(linked), "{page} links to {path}");
            let has =
                |heading| read(linked).lines().filter_map(anchor).any(|found| found == heading);
            assert!(heading.is_empty() || has(heading), "{page} links to {link}");
        }
        for path in names(&text) {
            assert!(exists(Path::new(path)), "{page} names {path}");
        }
    }
}

fn exists(path: &Path) -> bool {
    Path::new(ROOT).join(path).exists()
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// Paths that are named in running text, in code or in a command.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let boundary = |sign: char| sign.is_whitespace() || "`'\"()[]{},;:|*#".contains(sign);
    text.split(boundary)
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| NAMES.iter().any(|name| word.starts_with(name)))
}

/// How a heading is linked to.
fn anchor(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = title.chars().filter(|sign| sign.is_alphanumeric() || [' ', '-'].contains(sign));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

/// The reason of a test that is ignored stands in the table, beside the command that runs the test.
#[test]
fn every_ignored_test_has_a_command() {
    let page = read("tests/README.md");
    let mut found = 0;
    for path in
        ["src", "tests"].into_iter().flat_map(|folder| sources(&Path::new(ROOT).join(folder)))
    {
        let text = read(&path);
        let ignored = text.lines().filter_map(|line| line.trim().strip_prefix("#[ignore = \""));
        for reason in ignored.filter_map(|rest| rest.strip_suffix("\"]")) {
            found += 1;
            let has_a_row = page.lines().filter(|line| line.starts_with('|')).any(|row| {
                let mut cells = row.split('|').map(str::trim).skip(2);
                cells.next().is_some_and(|cell| !cell.is_empty() && reason.starts_with(cell))
                    && cells.next().is_some_and(|cell| !cell.is_empty())
            });
            assert!(has_a_row, "{}: tests/README.md has no row for: {reason}", path.display());
        }
    }
    assert!(found > 0, "no ignored test was found");
}

/// The files with code in a folder and the folders below it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
