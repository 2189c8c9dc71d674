//! Reads one file: the paths that its code uses, and the names that it imports and hands on.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Attribute, Item, ItemImpl, ItemMacro, ItemMod, ItemUse, Macro, Path, Type, UseTree, Visibility,
    visit::{self, Visit},
};

/// A path of modules below the root of the crate: `["vm", "module"]`. The root itself is empty.
pub type ModulePath = Vec<String>;

/// The path of an item in a module.
pub fn child(module: &[String], name: &str) -> ModulePath {
    [module, &[name.to_owned()]].concat()
}

/// What one file says.
#[derive(Default)]
pub struct Source {
    /// Paths that the code uses, from the root of the crate.
    pub used: Vec<ModulePath>,
    /// Names that it imports, and from where.
    pub imports: BTreeMap<String, ModulePath>,
    /// Names that it hands on to others, and from where.
    pub exports: BTreeMap<String, ModulePath>,
    /// Types that have an `impl` block without a trait here.
    pub implemented: BTreeSet<String>,
    /// Child modules that exist in tests only.
    pub test_modules: BTreeSet<String>,
}

impl Source {
    /// Reads the file of a module.
    pub fn read(file: &syn::File, module: &[String]) -> Self {
        let children = file.items.iter().filter_map(|item| match item {
            Item::Mod(item) => Some(item.ident.to_string()),
            _ => None,
        });
        let children = children.collect();
        let mut reader = Reader {
            source: Self::default(),
            module: module.to_vec(),
            children,
            in_macro_rules: false,
        };
        reader.visit_file(file);
        reader.source
    }
}

/// Walks through one file.
struct Reader {
    source: Source,
    /// The module that the walk is in; an inline module is below that of the file.
    module: ModulePath,
    /// The child modules of the file.
    children: BTreeSet<String>,
    /// Whether the walk is in a `macro_rules!`, where `self` and `super` are those of whoever uses the macro.
    in_macro_rules: bool,
}

impl Reader {
    /// A path from the root of the crate; `None` if it leads out of the crate or is a name of this module.
    fn absolute(&self, segments: &[String]) -> Option<ModulePath> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" | "super" if self.in_macro_rules => None,
            "self" => Some([self.module.as_slice(), rest].concat()),
            "super" => {
                let above = self.module.len().checked_sub(1)?;
                let supers = rest.iter().take_while(|segment| *segment == "super").count();
                let parent = &self.module[..above.checked_sub(supers)?];
                Some([parent, &rest[supers..]].concat())
            }
            // One name alone is a variable far more often than a module.
            name if !rest.is_empty() && self.children.contains(name) => {
                Some([self.module.as_slice(), segments].concat())
            }
            _ => None,
        }
    }

    fn use_path(&mut self, segments: &[String]) {
        self.source.used.extend(self.absolute(segments));
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &[String], exported: bool) {
        let (name, segments) = match tree {
            UseTree::Path(path) => {
                let prefix = child(prefix, &path.ident.to_string());
                return self.use_tree(&path.tree, &prefix, exported);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.use_tree(item, prefix, exported));
            }
            UseTree::Glob(_) => return self.use_path(prefix),
            UseTree::Name(name) if name.ident == "self" => {
                (prefix.last().cloned(), prefix.to_vec())
            }
            UseTree::Name(name) => {
                (Some(name.ident.to_string()), child(prefix, &name.ident.to_string()))
            }
            UseTree::Rename(renamed) => {
                (Some(renamed.rename.to_string()), child(prefix, &renamed.ident.to_string()))
            }
        };
        if let (Some(name), Some(path)) = (name, self.absolute(&segments)) {
            let names = if exported { &mut self.source.exports } else { &mut self.source.imports };
            names.insert(name, path.clone());
            self.source.used.push(path);
        }
    }

    /// Paths in the tokens of a macro, which are no syntax tree.
    fn use_tokens(&mut self, tokens: TokenStream) {
        let (mut segments, mut continues) = (Vec::new(), false);
        for token in tokens {
            let is_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
            if !is_colon && !continues {
                self.use_path(&std::mem::take(&mut segments));
            }
            continues = is_colon;
            match token {
                TokenTree::Ident(ident) => segments.push(ident.to_string()),
                TokenTree::Group(group) => self.use_tokens(group.stream()),
                _ => {}
            }
        }
        self.use_path(&segments);
    }
}

fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|argument| argument == "test")
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.to_string();
        if is_test_only(&item.attrs) {
            self.source.test_modules.insert(name);
        } else if item.content.is_some() {
            self.module.push(name);
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test_only(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test_only(&item.attrs) {
            let exported = !matches!(item.vis, Visibility::Inherited);
            self.use_tree(&item.tree, &[], exported);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if is_test_only(&item.attrs) {
            return;
        }
        if let (None, Type::Path(of)) = (&item.trait_, item.self_ty.as_ref())
            && let Some(name) = of.path.get_ident()
        {
            self.source.implemented.insert(name.to_string());
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string());
        self.use_path(&segments.collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.use_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        let outer =
            std::mem::replace(&mut self.in_macro_rules, item.mac.path.is_ident("macro_rules"));
        visit::visit_item_macro(self, item);
        self.in_macro_rules = outer;
    }

    /// The path of `pub(in …)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
