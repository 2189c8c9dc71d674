//! Decoding of arguments: with a limit for what it may cost, and so that nothing which was sent is ignored.
//!
//! Candid reads a message of another type as far as it fits: a field that it does not know is left out, and an
//! optional value of another type becomes null. That lets interfaces grow, and here it would let a mistyped
//! `opt 1800` count as nothing said. So the types that a message begins with are compared with the expected ones
//! first. A message that begins with exactly the bytes which a client with our types writes needs no comparison;
//! the build script writes them down.

mod compare;
mod table;
mod words;

#[allow(clippy::wildcard_imports, reason = "they are listed in types.rs, and only there")]
use crate::types::*;
use backup_journal::api::ArgumentError;
use candid::{
    CandidType, DecoderConfig,
    types::Type,
    utils::{ArgumentDecoder, decode_args_with_config},
};
use table::TypeTable;
use thiserror::Error;
pub use words::type_in_words;

/// The arguments of a method; `build/arguments.rs` has them all.
pub trait Arguments: for<'a> ArgumentDecoder<'a> {
    /// What a Candid message with these arguments begins with.
    const TABLE: &'static [u8];

    /// The types of the arguments.
    fn types() -> Vec<Type>;
}

include!(concat!(env!("OUT_DIR"), "/arguments.rs"));

/// Why arguments cannot be taken.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// A part of them would be ignored.
    #[error("{0}")]
    Ignored(ArgumentError),
    /// They are not what Candid can read as the expected types, or reading them costs too much.
    #[error("{0:#}")]
    Malformed(candid::Error),
}

/// What decoding may cost, beside what the bytes of the message allow.
const QUOTA: usize = 10_000;

/// What decoding may cost for each byte. Most costly are the names of fields, which a message carries only once:
/// an absent optional value is one byte, and costs as much as the name of its field is long.
const QUOTA_OF_A_BYTE: usize = 100;

/// What may be spent on values that are not needed.
const QUOTA_OF_UNNEEDED: usize = 10_000;

/// Decodes arguments, all of them: `names` are those of the arguments, for the error.
///
/// # Errors
/// When they are not of the expected types, or a part of them would be ignored.
pub fn decode<A: Arguments>(bytes: &[u8], names: &[&str]) -> Result<A, Unreadable> {
    let bytes = or_none(bytes);
    if !bytes.starts_with(A::TABLE) {
        check_types(bytes, &A::types(), names).map_err(Unreadable::Ignored)?;
    }
    decode_known(bytes)
}

fn check_types(bytes: &[u8], expected: &[Type], names: &[&str]) -> Result<(), ArgumentError> {
    // What is no table is for Candid to refuse.
    TypeTable::read(bytes).map_or(Ok(()), |sent| compare::check(&sent, expected, names))
}

/// Decodes the arguments of a method of a standard, where a caller may know more fields than we do.
///
/// # Errors
/// When they are not of the expected types.
pub fn decode_known<A: Arguments>(bytes: &[u8]) -> Result<A, Unreadable> {
    let bytes = or_none(bytes);
    decode_args_with_config(bytes, &limits(bytes.len())).map_err(Unreadable::Malformed)
}

fn limits(bytes: usize) -> DecoderConfig {
    let mut config = DecoderConfig::new();
    config.set_decoding_quota(QUOTA.saturating_add(bytes.saturating_mul(QUOTA_OF_A_BYTE)));
    config.set_skipping_quota(QUOTA_OF_UNNEEDED);
    config.set_full_error_message(false);
    config
}

/// A message without a byte is one without arguments, as everywhere on the network.
fn or_none(bytes: &[u8]) -> &[u8] {
    if bytes.is_empty() { b"DIDL\x00\x00" } else { bytes }
}

#[cfg(test)]
mod tests;
