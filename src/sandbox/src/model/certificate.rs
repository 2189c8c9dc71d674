//! Signs trees of the network's state, so that a client verifies a certificate as it does on the network.
//!
//! The key is the same in every process and public: a certificate of a sandbox proves nothing.

use candid::Principal;
use ic_certification::{Certificate, HashTree, fork, labeled, leaf};
use ic_verify_bls_signature::PrivateKey;
use serde::Serialize;
use std::sync::LazyLock;

const STATE_ROOT_SEPARATOR: &[u8; 14] = b"\x0Dic-state-root";
/// The bytes in front of a BLS12-381 public key in DER.
const DER_PREFIX: &[u8; 37] = b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00";
/// Below the order of the group, so it is a valid secret.
const SECRET: [u8; 32] = [0x2a; 32];

static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::deserialize(&SECRET).expect("BUG: the secret is not a valid key"));

static ROOT_KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut key = DER_PREFIX.to_vec();
    key.extend_from_slice(&KEY.public_key().serialize());
    key
});

/// The public key of the simulated network, in DER.
pub(crate) fn root_key() -> &'static [u8] {
    &ROOT_KEY
}

/// A certificate over a canister's certified data at this time (nanoseconds), in CBOR.
pub(crate) fn certify(canister: Principal, data: &[u8], time: u64) -> Vec<u8> {
    sign(state_tree(canister, data, time))
}

/// A certificate over this tree, in CBOR.
pub(crate) fn sign(tree: HashTree) -> Vec<u8> {
    let mut message = STATE_ROOT_SEPARATOR.to_vec();
    message.extend_from_slice(&tree.digest());
    let certificate =
        Certificate { tree, signature: KEY.sign(&message).serialize().to_vec(), delegation: None };
    encode(&certificate)
}

fn state_tree(canister: Principal, data: &[u8], time: u64) -> HashTree {
    let data = labeled("certified_data", leaf(data));
    let canisters = labeled("canister", labeled(canister.as_slice(), data));
    fork(canisters, labeled("time", leaf(encode_time(time))))
}

fn encode_time(nanos: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    leb128::write::unsigned(&mut bytes, nanos).expect("BUG: writing to memory fails");
    bytes
}

fn encode(certificate: &Certificate) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_cbor::Serializer::new(&mut bytes);
    serializer
        .self_describe()
        .and_then(|()| certificate.serialize(&mut serializer))
        .expect("BUG: a certificate cannot be written to memory");
    bytes
}
