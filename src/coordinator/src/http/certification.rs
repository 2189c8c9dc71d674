//! What HTTP gateways verify: the style sheet is certified, everything else changes with every call and
//! says openly that it is not.
//!
//! The proof of what the pages show is the certified block log, not the pages. What is certified of them
//! never changes, so the build script computes it (`build/http.rs`), with the library made for it, and
//! nothing of that is in the module.

use super::response::{Content, Reply};
use crate::{
    certification::{cbor, http_witness},
    storage::Storage,
};
use ic_certification::{HashTree, fork, labeled, leaf};
use ic_http_types::HttpResponse;

/// SHA-256.
type Hash = [u8; 32];

/// How an answer is certified.
struct Expression {
    /// What a gateway is to verify.
    text: &'static str,
    /// The hash of that.
    hash: Hash,
    /// Where the subtree says so, as the header wants it.
    path: &'static str,
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

/// The digest of what is below the label `http_expr`.
pub const fn content_digest() -> Hash {
    CONTENT
}

/// The digest of that label with what is below it.
pub const fn label_digest() -> Hash {
    LABEL
}

/// Adds what a gateway verifies. There is no certificate to show in an update call.
pub fn certify(storage: &Storage, reply: Reply) -> HttpResponse {
    let expression = if reply.content == Content::Style { STYLE } else { SKIP };
    let mut headers = vec![("IC-CertificateExpression".to_string(), expression.text.to_string())];
    if let Some(certificate) = ic_cdk::api::data_certificate() {
        let witness = cbor(&http_witness(storage, tree()));
        let value = format!(
            "certificate=:{}:, tree=:{}:, expr_path=:{}:, version=2",
            base64(&certificate),
            base64(&witness),
            expression.path
        );
        headers.push(("IC-Certificate".to_string(), value));
    }
    reply.finish(headers)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut padded = [0; 4];
        padded[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(padded);
        for digit in 0..4 {
            let position = bits >> (18 - 6 * digit) & 63;
            let past_end = digit > group.len();
            text.push(if past_end { '=' } else { char::from(DIGITS[position as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{base64, content_digest, tree};
    use ic_certification::{HashTree, labeled, pruned};

    #[test]
    fn the_tree_is_the_one_that_the_build_script_made() {
        let pruned: HashTree = labeled("http_expr", pruned(content_digest()));
        assert_eq!(tree().digest(), pruned.digest());
    }

    #[test]
    fn base64_as_in_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
