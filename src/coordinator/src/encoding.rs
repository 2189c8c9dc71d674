//! Encoding of replies, and of what blocks carry.
//!
//! A Candid message begins with a table of its types. Deriving the table of a result with every error it
//! may carry is most of the work of a small call, and its outcome never changes, so the build script
//! writes the tables down and only the value is encoded here.

#[allow(clippy::wildcard_imports, reason = "they are listed in types.rs, and only there")]
use crate::types::*;
use backup_journal::block::Payload;
use candid::{CandidType, ser::ValueSerializer};

/// A type that is written as Candid; `build/replies.rs` lists them all.
pub trait Reply: CandidType {
    /// What a Candid message with one value of this type begins with.
    const TABLE: &'static [u8];
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// Encodes a reply, or what a block carries.
///
/// # Panics
/// Never: every reply can be written.
pub fn encode<T: Reply>(reply: &T) -> Vec<u8> {
    [T::TABLE, written(reply).get_result()].concat()
}

/// Bytes of a value in a reply.
///
/// # Panics
/// Never: every part of a reply can be written.
pub fn value_bytes(value: &impl CandidType) -> usize {
    written(value).get_result().len()
}

fn written(value: &impl CandidType) -> ValueSerializer {
    let mut values = ValueSerializer::new();
    value.idl_serialize(&mut values).expect("BUG: a reply cannot be encoded");
    values
}

#[cfg(test)]
mod tests;
