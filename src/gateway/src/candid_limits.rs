//! Reads Candid at a cost that is bounded by the length of the message.

use candid::{CandidType, DecoderConfig, Error, utils::decode_one_with_config};
use serde::Deserialize;

/// What may be spent on any message, and in addition for each of its bytes.
const QUOTA: usize = 100_000;
const QUOTA_OF_A_BYTE: usize = 300;

/// Reads the first value of a message. A few bytes can describe a large value, and such a message is an error.
pub(crate) fn decode<'a, T: CandidType + Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    let quota = QUOTA.saturating_add(bytes.len().saturating_mul(QUOTA_OF_A_BYTE));
    let mut config = DecoderConfig::new();
    config.set_decoding_quota(quota).set_skipping_quota(quota).set_full_error_message(false);
    decode_one_with_config(bytes, &config)
}
