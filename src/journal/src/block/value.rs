//! The generic value of ICRC-3 and its representation-independent hash.

use candid::{CandidType, Int, Nat};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use std::{cell::RefCell, collections::BTreeMap};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A value as ICRC-3 defines it.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Value {
    /// Bytes.
    Blob(ByteBuf),
    /// Text.
    Text(String),
    /// A number that is not negative.
    Nat(Nat),
    /// A number.
    Int(Int),
    /// Values in order.
    Array(Vec<Value>),
    /// Values by name.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A blob with these bytes.
    pub fn blob(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Blob(ByteBuf::from(bytes.into()))
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number.
    pub fn nat(number: impl Into<u64>) -> Self {
        Self::Nat(Nat::from(number.into()))
    }

    /// The hash that ICRC-3 defines: of the content for leaves, of the hashes of the elements for arrays,
    /// and of the sorted pairs of hashes for maps, so that neither the order of fields nor an encoding
    /// matters.
    ///
    /// # Panics
    /// Never: writing to a vector does not fail.
    pub fn hash(&self) -> Hash {
        match self {
            Self::Blob(bytes) => sha256(bytes),
            Self::Text(text) => sha256(text.as_bytes()),
            // Numbers of this log fit 64 bits, for which arithmetic on large numbers is a waste.
            Self::Nat(number) => match u64::try_from(&number.0) {
                Ok(small) => hash_of_number(small),
                Err(_) => sha256_of(|bytes| number.encode(bytes)),
            },
            Self::Int(number) => sha256_of(|bytes| number.encode(bytes)),
            Self::Array(values) => hash_of_array(values.iter().map(Self::hash)),
            Self::Map(fields) => {
                hash_of_map(fields.iter().map(|(name, value)| (name_hash(name), value.hash())))
            }
        }
    }
}

/// The hash of an array whose elements have these hashes.
pub(super) fn hash_of_array(hashes: impl Iterator<Item = Hash>) -> Hash {
    hashes.fold(Sha256::new(), Sha256::chain_update).finalize().into()
}

/// The hash of a map whose fields have these hashes of names and values.
pub(super) fn hash_of_map(fields: impl Iterator<Item = (Hash, Hash)>) -> Hash {
    let mut pairs: Vec<(Hash, Hash)> = fields.collect();
    pairs.sort_unstable();
    let hasher = pairs
        .iter()
        .fold(Sha256::new(), |hasher, (name, value)| hasher.chain_update(name).chain_update(value));
    hasher.finalize().into()
}

/// The hash of a number that fits 64 bits.
pub(super) fn hash_of_number(number: u64) -> Hash {
    sha256_of(|bytes| {
        leb128::write::unsigned(bytes, number)?;
        Ok(())
    })
}

thread_local! {
    /// Hashes of names: of fields, block types and the like, which are few and the same in every block.
    static NAMES: RefCell<BTreeMap<String, Hash>> = const { RefCell::new(BTreeMap::new()) };
}

/// How many names are remembered; this log has fewer, but a log to be checked may have any.
const MAX_NAMES: usize = 64;

pub(super) fn name_hash(name: &str) -> Hash {
    NAMES.with_borrow_mut(|names| {
        if let Some(hash) = names.get(name) {
            return *hash;
        }
        let hash = sha256(name.as_bytes());
        if names.len() < MAX_NAMES {
            names.insert(name.to_string(), hash);
        }
        hash
    })
}

pub(super) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

fn sha256_of(write: impl FnOnce(&mut Vec<u8>) -> candid::Result<()>) -> Hash {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("BUG: writing to a vector cannot fail");
    sha256(&bytes)
}
