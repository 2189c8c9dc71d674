//! What is certified of the pages: the style sheet; of everything else, that it is not.
//!
//! None of it changes within a release, so the build script computes it (`build/http.rs`), with the library
//! made for it, and nothing of that is in the module.

use backup_journal::block::Hash;
use ic_certification::{HashTree, fork, labeled, leaf};

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
    let response = labeled("", labeled(STYLE_HASH, none()));
    let style = labeled("style.css", labeled("<$>", labeled(STYLE.hash, response)));
    labeled("http_expr", fork(labeled("<*>", labeled(SKIP.hash, none())), style))
}

#[cfg(test)]
mod tests {
    use super::{CONTENT, tree};
    use ic_certification::{HashTree, labeled, pruned};

    #[test]
    fn the_tree_is_the_one_that_the_build_script_made() {
        let pruned: HashTree = labeled("http_expr", pruned(CONTENT));
        assert_eq!(tree().digest(), pruned.digest());
    }
}
