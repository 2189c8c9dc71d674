//! The page on blocks names the block types and fields that there are.

use super::{fields, samples};
use crate::block::{BLOCK_TYPES, Value, block, block_type};
use std::{collections::BTreeMap, fs};

/// The rows of the table of block types: the cells of each, without the marks of code.
fn documented() -> BTreeMap<String, Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/blocks.md");
    let page = fs::read_to_string(path).expect("docs/blocks.md can be read");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `backup_"));
    rows.map(|row| {
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        (format!("backup_{}", cells[0]), cells)
    })
    .collect()
}

#[test]
fn the_table_has_every_block_type_with_what_happened() {
    let documented = documented();
    let names: Vec<&str> = documented.keys().map(String::as_str).collect();
    let mut known = BLOCK_TYPES.map(|(name, _)| name);
    known.sort_unstable();
    assert_eq!(names, known);
    for (name, meaning) in BLOCK_TYPES {
        assert_eq!(documented[name][1], meaning, "{name}");
    }
}

#[test]
fn the_table_names_every_field() {
    let documented = documented();
    for entry in samples() {
        let name = block_type(&entry.event.kind);
        let mut value = block(&entry, None);
        let Some((_, Value::Map(tx))) = fields(&mut value).pop() else {
            panic!("tx is not the last field");
        };
        for (field, _) in tx {
            let everywhere = ["caller", "run_id", "payload"].contains(&field.as_str());
            let words = || documented[name][2].split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(everywhere || words().any(|word| word == field), "{name} lacks {field}");
        }
        let payload = documented[name][3].as_str();
        let carried = entry.payload.map(|payload| format!("{payload:?}"));
        let carried = carried.as_ref().and_then(|text| text.split('(').next()).unwrap_or("none");
        assert!(payload.starts_with(carried), "{name} carries {carried}, not {payload}");
    }
}
