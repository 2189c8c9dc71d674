//! The certified answers: those at the address of the style sheet. For all other addresses it is certified that the
//! answers are not.
//!
//! A gateway accepts only certified answers at an address with a certified answer, so the refusal of a method is
//! certified there too. A node can answer with another one of these answers, as it can give no answer at all.
//!
//! None of it changes within a release, so the build script computes it (`build/http.rs`), with the library
//! made for it, and nothing of that is in the module.

use crate::{gate::certification::log_tree, storage::Storage};
use backup_journal::block::Hash;
use ic_certification::{HashTree, fork, labeled, leaf, pruned};

/// How an answer is certified.
pub struct Expression {
    /// What a gateway is to verify.
    pub text: &'static str,
    /// The hash of that.
    hash: Hash,
    /// Where the subtree says so, as the header wants it.
    pub path: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/http.rs"));

/// The subtree `http_expr` of the certified data: which answers are certified, and how. It is the same for
/// every call of a release, and so small that answers carry it unpruned.
pub fn tree() -> HashTree {
    let none = || leaf(Vec::new());
    let [first, second, third] = STYLE_HASHES.map(|hash| labeled(hash, none()));
    let answers = labeled("", fork(first, fork(second, third)));
    let style = labeled("style.css", labeled("<$>", labeled(STYLE.hash, answers)));
    labeled("http_expr", fork(labeled("<*>", labeled(SKIP.hash, none())), style))
}

/// The whole certified tree, of which the part for HTTP gateways is shown and the rest is only a digest.
pub fn witness(storage: &Storage) -> HashTree {
    fork(tree(), pruned(log_tree(storage).digest()))
}

#[cfg(test)]
mod tests {
    use super::tree;
    use crate::gate::certification::CONTENT;
    use ic_certification::{HashTree, labeled, pruned};

    #[test]
    fn the_tree_is_the_one_that_the_build_script_made() {
        let pruned: HashTree = labeled("http_expr", pruned(CONTENT));
        assert_eq!(tree().digest(), pruned.digest());
    }
}
