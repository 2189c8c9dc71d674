//! How records are written: a version, then CBOR with numbered fields.
//!
//! A later release may add fields with new numbers (as `Option`, or with a default); it reads what this one
//! wrote. A change that numbered fields cannot express gets a new version here.

use ic_stable_structures::{Storable, storable::Bound};
use minicbor::{Decode, Decoder, Encode};
use std::borrow::Cow;

const VERSION: u8 = 1;

/// A record in stable memory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored<T>(pub T);

impl<T> Storable for Stored<T>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![VERSION];
        encode_into(&self.0, &mut bytes);
        Cow::Owned(bytes)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(decode_record(&bytes))
    }

    const BOUND: Bound = Bound::Unbounded;
}

/// Reads a record that was written as [`Stored`].
pub fn decode_record<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> T {
    match bytes.split_first() {
        Some((&VERSION, body)) => decode(body),
        _ => panic!("BUG: a record of an unknown version"),
    }
}

/// Consecutive records under one key: few large entries keep the tree shallow, and one record is read
/// without decoding the others.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bundle(Vec<u8>);

impl Bundle {
    /// Packs `records`.
    pub fn pack<'a, T: Encode<()> + 'a>(records: impl IntoIterator<Item = &'a T>) -> Self {
        let mut bundle = Self(vec![VERSION]);
        for record in records {
            bundle.push(record);
        }
        bundle
    }

    /// Adds a record at the end.
    pub fn push<T: Encode<()>>(&mut self, record: &T) {
        let mut body = Vec::new();
        encode_into(record, &mut body);
        encode_into(<&minicbor::bytes::ByteSlice>::from(body.as_slice()), &mut self.0);
    }

    /// The record at `position`; none past the end.
    pub fn get<T: for<'b> Decode<'b, ()>>(&self, position: u32) -> Option<T> {
        self.bodies().nth(position as usize).map(decode)
    }

    /// The records from `start` on, up to `end`; the ones before are stepped over, not decoded.
    pub fn slice<T: for<'b> Decode<'b, ()>>(&self, start: usize, end: usize) -> Vec<T> {
        self.bodies().take(end).skip(start).map(decode).collect()
    }

    fn bodies(&self) -> impl Iterator<Item = &[u8]> {
        let mut decoder = match self.0.split_first() {
            Some((&VERSION, bodies)) => Decoder::new(bodies),
            _ => panic!("BUG: a page of an unknown version"),
        };
        std::iter::from_fn(move || {
            if decoder.position() == decoder.input().len() {
                return None;
            }
            Some(decoder.bytes().expect("BUG: a page is not a list of byte strings"))
        })
    }
}

impl Storable for Bundle {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self(bytes.into_owned())
    }

    const BOUND: Bound = Bound::Unbounded;
}

fn encode_into<T: Encode<()> + ?Sized>(value: &T, bytes: &mut Vec<u8>) {
    minicbor::encode(value, bytes).expect("BUG: writing to a vector cannot fail");
}

fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> T {
    minicbor::decode(bytes).unwrap_or_else(|error| panic!("BUG: a record cannot be read: {error}"))
}
