//! Reads the sources of a crate and finds out which file uses which other one.

use crate::reader::{ModulePath, Source, child};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// A crate: its modules that have a file of their own, and what they use.
pub struct Modules {
    files: BTreeMap<ModulePath, Source>,
}

impl Modules {
    /// Reads the sources below this folder.
    pub fn load(folder: &Path) -> Self {
        let mut texts = BTreeMap::new();
        read_folder(folder, &[], &mut texts);
        Self::parse(&texts)
    }

    /// Parses the text of each module.
    pub fn parse(texts: &BTreeMap<ModulePath, String>) -> Self {
        let parse = |(module, text): (&ModulePath, &String)| {
            let file = syn::parse_file(text)
                .unwrap_or_else(|error| panic!("the module {module:?} is not Rust: {error}"));
            (module.clone(), Source::read(&file, module))
        };
        let mut files: BTreeMap<ModulePath, Source> = texts.iter().map(parse).collect();
        let tests_of = |(path, source): (&ModulePath, &Source)| {
            source.test_modules.iter().map(|name| child(path, name)).collect::<Vec<_>>()
        };
        let test_only: Vec<ModulePath> = files.iter().flat_map(tests_of).collect();
        files.retain(|path, _| !test_only.iter().any(|test| path.starts_with(test)));
        Self { files }
    }

    /// All modules.
    pub fn paths(&self) -> impl Iterator<Item = &ModulePath> {
        self.files.keys()
    }

    /// Which module uses which other one.
    pub fn arrows(&self) -> impl Iterator<Item = (&ModulePath, ModulePath)> {
        self.files.iter().flat_map(move |(path, source)| {
            let targets: BTreeSet<ModulePath> =
                source.used.iter().map(|used| self.resolve(used)).collect();
            targets.into_iter().filter(move |target| target != path).map(move |t| (path, t))
        })
    }

    /// Every `impl` block without a trait whose type comes from another module: where it is, the type, and where that
    /// is defined.
    pub fn foreign_impls(&self) -> impl Iterator<Item = (&ModulePath, &str, ModulePath)> {
        self.files.iter().flat_map(move |(path, source)| {
            source.implemented.iter().filter_map(move |name| {
                let import = source.imports.get(name)?;
                Some((path, name.as_str(), self.resolve(import)))
            })
        })
    }

    /// The module that defines what a path names. A name that a module only hands on belongs to where it comes from.
    fn resolve(&self, path: &[String]) -> ModulePath {
        let known = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]));
        let module = &path[..known.unwrap_or_default()];
        let handed_on = path
            .get(module.len())
            .and_then(|name| self.files.get(module).and_then(|source| source.exports.get(name)));
        match handed_on {
            Some(origin) => {
                let rest = &path[module.len() + 1..];
                self.resolve(&[origin.as_slice(), rest].concat())
            }
            None => module.to_vec(),
        }
    }
}

fn read_folder(folder: &Path, module: &[String], texts: &mut BTreeMap<ModulePath, String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        if path.is_dir() {
            read_folder(&path, &child(module, &stem), texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = match stem.as_str() {
                // A program beside a library: it is on top, and the library is the crate.
                "main" if folder.join("lib.rs").exists() => child(module, &stem),
                "mod" | "lib" | "main" => module.to_vec(),
                name => child(module, name),
            };
            let text = fs::read_to_string(&path).expect("the file can be read");
            let earlier = texts.insert(module.clone(), text);
            assert!(earlier.is_none(), "two files are the module {module:?}");
        }
    }
}

/// The path that is written as `vm::module`.
pub fn module(path: &str) -> ModulePath {
    path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[(&str, &str)]) -> Modules {
        let texts = texts.iter().map(|(path, text)| (module(path), (*text).to_owned()));
        Modules::parse(&texts.collect())
    }

    fn arrows(modules: &Modules) -> Vec<String> {
        let shown = |path: &[String]| path.join("::");
        let arrows = modules.arrows();
        arrows.map(|(from, to)| format!("{} > {}", shown(from), shown(&to))).collect()
    }

    #[test]
    fn every_way_to_name_a_module_is_an_arrow() {
        for text in [
            "use crate::b::c::Thing;",
            "use crate::b::{c::{self, Thing as Other}};",
            "use super::b::c::*;",
            "fn f() { crate::b::c::thing(); }",
            "fn f(thing: &crate::b::c::Thing) {}",
            "fn f() { println!(\"{}\", 1 + crate::b::c::thing(2)); }",
            "mod inline { use super::super::b::c::Thing; }",
            // `b` hands it on.
            "use crate::b::Thing;",
            "use crate::b; use crate::b::Renamed;",
        ] {
            let modules = parse(&[
                ("", "mod a; pub mod b;"),
                ("a", text),
                ("b", "pub mod c; pub use c::Thing; pub(crate) use self::c::Other as Renamed;"),
                ("b::c", ""),
            ]);
            let arrows = arrows(&modules);
            assert!(arrows.contains(&"a > b::c".to_owned()), "{text}: {arrows:?}");
        }
    }

    #[test]
    fn other_crates_variables_and_tests_are_no_arrows() {
        let modules = parse(&[
            ("", "mod a; mod b; #[cfg(test)] mod t;"),
            ("a", "use std::b; fn f(b: u32) -> u32 { b } #[cfg(test)] mod tests { use crate::b; }"),
            ("b", "#[cfg(test)] use crate::a; #[cfg(test)] fn f() { crate::a::f(); }"),
            ("t", "use crate::a;"),
            ("a::m", "macro_rules! call { ($name:ident) => { super::$name() }; }"),
        ]);
        assert_eq!(arrows(&modules), Vec::<String>::new());
        assert_eq!(modules.paths().count(), 4);
    }

    #[test]
    fn an_impl_is_foreign_when_its_type_is() {
        let modules = parse(&[
            ("", "mod a; mod b;"),
            ("a", "pub struct Thing; impl Thing {}"),
            ("b", "use crate::a::Thing; impl Thing {} impl Clone for Thing {}"),
        ]);
        let found: Vec<_> = modules.foreign_impls().collect();
        assert_eq!(found, [(&module("b"), "Thing", module("a"))]);
    }
}
