//! Trees of state, and the parts of them that a client asks for.

use ic_certification::{HashTree, fork, hash_tree::empty, labeled, leaf, pruned};
use std::collections::BTreeMap;

/// A name on a path.
pub(crate) type Label = Vec<u8>;

/// A part of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    Leaf(Vec<u8>),
    Branch(BTreeMap<Label, Tree>),
}

impl Tree {
    pub(crate) fn leaf(value: impl Into<Vec<u8>>) -> Self {
        Self::Leaf(value.into())
    }

    pub(crate) fn branch<L: Into<Label>>(parts: impl IntoIterator<Item = (L, Self)>) -> Self {
        Self::Branch(parts.into_iter().map(|(label, part)| (label.into(), part)).collect())
    }

    /// The tree with everything below these paths; of the rest, names and hashes. What a path leads to and is not there
    /// is seen to be absent.
    pub(crate) fn only(self, paths: &[&[Label]]) -> HashTree {
        if paths.is_empty() {
            return pruned(self.whole().digest());
        }
        match self {
            Self::Branch(parts) if paths.iter().all(|path| !path.is_empty()) => {
                let parts = parts.into_iter().map(|(label, part)| {
                    let below: Vec<&[Label]> = paths
                        .iter()
                        .filter_map(|path| path.split_first())
                        .filter_map(|(first, rest)| (*first == label).then_some(rest))
                        .collect();
                    labeled(label, part.only(&below))
                });
                join(parts.collect())
            }
            whole => whole.whole(),
        }
    }

    fn whole(self) -> HashTree {
        match self {
            Self::Leaf(value) => leaf(value),
            Self::Branch(parts) => {
                let parts = parts.into_iter().map(|(label, part)| labeled(label, part.whole()));
                join(parts.collect())
            }
        }
    }
}

/// One tree of several, in their order.
fn join(mut trees: Vec<HashTree>) -> HashTree {
    if trees.len() > 1 {
        let right = trees.split_off(trees.len() / 2);
        return fork(join(trees), join(right));
    }
    trees.pop().unwrap_or_else(empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ic_certification::LookupResult;

    fn example() -> Tree {
        let canister = Tree::branch([
            ("controllers", Tree::leaf("a")),
            ("module_hash", Tree::leaf("b")),
            ("metadata", Tree::branch([("name", Tree::leaf("c"))])),
        ]);
        Tree::branch([("canister", Tree::branch([("id", canister)])), ("time", Tree::leaf("d"))])
    }

    fn path(names: &[&str]) -> Vec<Label> {
        names.iter().map(|name| name.as_bytes().to_vec()).collect()
    }

    #[test]
    fn what_is_asked_for_is_found_and_the_hash_is_that_of_the_whole() {
        let hash = example().whole().digest();
        let asked = path(&["canister", "id", "module_hash"]);
        let tree = example().only(&[&asked, &path(&["time"])]);
        assert_eq!(tree.digest(), hash);
        assert_eq!(tree.lookup_path(&asked), LookupResult::Found(b"b"));
        assert_eq!(tree.lookup_path(path(&["time"])), LookupResult::Found(b"d"));
        let other = path(&["canister", "id", "controllers"]);
        assert_eq!(tree.lookup_path(other), LookupResult::Unknown);
        let whole = example().only(&[&path(&["canister"])]);
        assert_eq!(whole.digest(), hash);
        let below = path(&["canister", "id", "metadata", "name"]);
        assert_eq!(whole.lookup_path(below), LookupResult::Found(b"c"));
    }

    #[test]
    fn what_is_not_there_is_absent() {
        for asked in [
            path(&["canister", "id", "zzz"]),
            path(&["canister", "id", "aaa"]),
            path(&["canister", "jd", "module_hash"]),
            path(&["subnet"]),
        ] {
            let tree = example().only(&[&asked]);
            assert_eq!(tree.lookup_path(&asked), LookupResult::Absent, "{asked:?}");
            assert_eq!(tree.digest(), example().whole().digest());
        }
    }
}
