//! The fields of a block: most are only hashed, and for that nothing has to be copied.

use super::{
    Hash, Value,
    value::{hash_of_array, hash_of_number, name_hash, sha256},
};

/// Bytes of a field apart from its name and its value: which variant it is, and two lengths.
const FIELD_BYTES: usize = 16;

/// What a field holds.
pub(super) enum Leaf<'a> {
    Blob(&'a [u8]),
    Text(&'a str),
    /// One of few texts, whose hashes are remembered.
    Name(&'static str),
    Nat(u64),
    /// Several numbers, in order.
    Nats(Vec<u64>),
}

impl Leaf<'_> {
    /// Bytes of the value in Candid, or a few more, without its length.
    const fn served_bytes(&self) -> usize {
        match self {
            Self::Blob(bytes) => bytes.len(),
            Self::Text(text) | Self::Name(text) => text.len(),
            Self::Nat(_) => 10,
            Self::Nats(numbers) => (10 + FIELD_BYTES) * numbers.len(),
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Blob(bytes) => Value::blob(*bytes),
            Self::Text(text) | Self::Name(text) => Value::text(*text),
            Self::Nat(number) => Value::nat(*number),
            Self::Nats(numbers) => Value::Array(numbers.iter().copied().map(Value::nat).collect()),
        }
    }

    fn hash(&self) -> Hash {
        match self {
            Self::Blob(bytes) => sha256(bytes),
            Self::Text(text) => sha256(text.as_bytes()),
            Self::Name(text) => name_hash(text),
            Self::Nat(number) => hash_of_number(*number),
            Self::Nats(numbers) => hash_of_array(numbers.iter().copied().map(hash_of_number)),
        }
    }
}

/// The fields of a map.
#[derive(Default)]
pub(super) struct Fields<'a>(Vec<(&'static str, Leaf<'a>)>);

impl<'a> Fields<'a> {
    pub(super) fn values(&self) -> Vec<(String, Value)> {
        self.0.iter().map(|(name, leaf)| ((*name).to_string(), leaf.value())).collect()
    }

    /// The texts among them, with their names.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.0.iter().filter_map(|(name, leaf)| match leaf {
            Leaf::Text(text) => Some((*name, *text)),
            Leaf::Blob(_) | Leaf::Name(_) | Leaf::Nat(_) | Leaf::Nats(_) => None,
        })
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = (Hash, Hash)> {
        self.0.iter().map(|(name, leaf)| (name_hash(name), leaf.hash()))
    }

    pub(super) fn served_bytes(&self) -> usize {
        self.0.iter().map(|(name, leaf)| FIELD_BYTES + name.len() + leaf.served_bytes()).sum()
    }

    pub(super) fn text(&mut self, name: &'static str, text: &'a str) {
        self.0.push((name, Leaf::Text(text)));
    }

    pub(super) fn optional_text(&mut self, name: &'static str, text: Option<&'a str>) {
        self.0.extend(text.map(|text| (name, Leaf::Text(text))));
    }

    pub(super) fn name(&mut self, name: &'static str, text: &'static str) {
        self.0.push((name, Leaf::Name(text)));
    }

    pub(super) fn nat(&mut self, name: &'static str, number: impl Into<u64>) {
        self.0.push((name, Leaf::Nat(number.into())));
    }

    pub(super) fn nats(&mut self, name: &'static str, numbers: impl Iterator<Item = u64>) {
        self.0.push((name, Leaf::Nats(numbers.collect())));
    }

    pub(super) fn blob(&mut self, name: &'static str, bytes: &'a [u8]) {
        self.0.push((name, Leaf::Blob(bytes)));
    }

    pub(super) fn optional_blob(&mut self, name: &'static str, bytes: Option<&'a [u8]>) {
        self.0.extend(bytes.map(|bytes| (name, Leaf::Blob(bytes))));
    }
}
