//! What the network certifies: the tip of the audit trail, beside what HTTP gateways verify.
//!
//! The certified data is the digest of a hash tree with the labels that ICRC-3 prescribes. It is set with
//! every change and after every upgrade, so that a certificate covers the whole log.

use crate::storage::Storage;
use backup_journal::{api::TipCertificate, block::Hash};
use ic_certification::{HashTree, empty, fork, labeled, leaf, pruned};
use serde::Serialize;

include!(concat!(env!("OUT_DIR"), "/certified.rs"));

/// Certifies the present tip.
pub fn certify(storage: &Storage) {
    let tree = fork(pruned(LABEL), log_tree(storage));
    ic_cdk::api::certified_data_set(tree.digest());
}

/// The certificate of the tip with the tree that leads to it; only a query that is not replicated has one.
///
/// # Panics
/// Never: a tree can always be written.
pub fn tip_certificate(storage: &Storage) -> Option<TipCertificate> {
    let certificate = ic_cdk::api::data_certificate()?;
    let tree = fork(http_digest(), log_tree(storage));
    Some(TipCertificate { certificate: certificate.into(), hash_tree: cbor(&tree).into() })
}

/// The part for HTTP gateways, as a label with a digest: a bare digest could hide anything.
fn http_digest() -> HashTree {
    labeled("http_expr", pruned(CONTENT))
}

/// The part for readers of the block log.
pub(crate) fn log_tree(storage: &Storage) -> HashTree {
    match (storage.audit_length().checked_sub(1), storage.tip()) {
        (Some(index), Some(hash)) => tip_tree(index, &hash),
        _ => empty(),
    }
}

/// The labels of ICRC-3, in the order that a hash tree needs.
fn tip_tree(index: u64, hash: &Hash) -> HashTree {
    let mut number = Vec::new();
    leb128::write::unsigned(&mut number, index).expect("BUG: writing to a vector cannot fail");
    fork(labeled("last_block_hash", leaf(hash.to_vec())), labeled("last_block_index", leaf(number)))
}

/// A hash tree as CBOR.
pub(crate) fn cbor(tree: &HashTree) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_cbor::Serializer::new(&mut bytes);
    serializer.self_describe().expect("BUG: writing to a vector cannot fail");
    tree.serialize(&mut serializer).expect("BUG: a hash tree cannot be written");
    bytes
}
