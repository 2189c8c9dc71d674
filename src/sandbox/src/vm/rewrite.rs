//! Rewrites a module so that its inner state can be reached: it exports the function table, the mutable globals (one
//! of them is the stack pointer) and the memory, and its start function becomes an export that is called later.

use std::collections::BTreeSet;
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{Parser, Payload, TypeRef};

/// The exported name of the function table.
pub(crate) const TABLE: &str = "__sandbox_table";
/// The exported name of the memory.
pub(crate) const MEMORY: &str = "__sandbox_memory";
/// The exported name of the former start function.
pub(crate) const START: &str = "__sandbox_start";
const EXPORT_SECTION: u8 = 7;
const START_SECTION: u8 = 8;
/// Sections that come after the export section, in any order.
const AFTER_EXPORTS: [u8; 4] = [8, 9, 10, 12];

/// The parts of a module that matter here.
#[derive(Default)]
struct Contents<'a> {
    exports: Vec<(&'a str, ExportKind, u32)>,
    imported_globals: u32,
    globals: u32,
    mutable_globals: Vec<u32>,
    has_table: bool,
    has_memory: bool,
    start: Option<u32>,
}

/// A module whose inner state is exported.
pub(crate) struct Exposed {
    /// The rewritten module.
    pub(crate) wasm: Vec<u8>,
    /// The exported names of the mutable globals, in the order of their index.
    pub(crate) globals: Vec<String>,
}

/// Exports the inner state of a module.
pub(crate) fn expose(wasm: &[u8]) -> Result<Exposed, String> {
    let contents = scan(wasm).map_err(|error| error.to_string())?;
    let globals: Vec<String> = contents.mutable_globals.iter().copied().map(global_name).collect();
    let exports = exports_of(&contents);
    let wasm = rebuild(wasm, &exports).map_err(|error| error.to_string())?;
    Ok(Exposed { wasm, globals })
}

fn global_name(index: u32) -> String {
    format!("__sandbox_global_{index}")
}

fn scan(wasm: &[u8]) -> wasmparser::Result<Contents<'_>> {
    let mut contents = Contents::default();
    for payload in Parser::new(0).parse_all(wasm) {
        note(&mut contents, payload?)?;
    }
    Ok(contents)
}

fn note<'a>(contents: &mut Contents<'a>, payload: Payload<'a>) -> wasmparser::Result<()> {
    match payload {
        Payload::ImportSection(imports) => {
            for import in imports.into_imports() {
                contents.imported_globals += u32::from(matches!(import?.ty, TypeRef::Global(_)));
            }
        }
        Payload::TableSection(tables) => contents.has_table |= tables.count() > 0,
        Payload::MemorySection(memories) => contents.has_memory |= memories.count() > 0,
        Payload::GlobalSection(globals) => {
            for global in globals {
                let index = contents.imported_globals + contents.globals;
                contents.globals += 1;
                if global?.ty.mutable {
                    contents.mutable_globals.push(index);
                }
            }
        }
        Payload::ExportSection(exports) => {
            for export in exports {
                let export = export?;
                contents.exports.push((export.name, export.kind.into(), export.index));
            }
        }
        Payload::StartSection { func, .. } => contents.start = Some(func),
        _ => {}
    }
    Ok(())
}

fn exports_of(contents: &Contents) -> ExportSection {
    let mut section = ExportSection::new();
    let mut taken = BTreeSet::new();
    let mut add = |name: &str, kind, index| {
        if taken.insert(name.to_owned()) {
            section.export(name, kind, index);
        }
    };
    if contents.has_table {
        add(TABLE, ExportKind::Table, 0);
    }
    if contents.has_memory {
        add(MEMORY, ExportKind::Memory, 0);
    }
    if let Some(start) = contents.start {
        add(START, ExportKind::Func, start);
    }
    for index in &contents.mutable_globals {
        add(&global_name(*index), ExportKind::Global, *index);
    }
    for (name, kind, index) in &contents.exports {
        add(name, *kind, *index);
    }
    section
}

/// Copies all sections, with these exports instead of the module's own, and without its start section.
fn rebuild(wasm: &[u8], exports: &ExportSection) -> wasmparser::Result<Vec<u8>> {
    let mut module = Module::new();
    let mut exported = false;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        if !exported && (id == EXPORT_SECTION || AFTER_EXPORTS.contains(&id)) {
            module.section(exports);
            exported = true;
        }
        if id != EXPORT_SECTION && id != START_SECTION {
            let data = &wasm[position(range.start)..position(range.end)];
            module.section(&RawSection { id, data });
        }
    }
    if !exported {
        module.section(exports);
    }
    Ok(module.finish())
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("BUG: a section lies outside of its module")
}
