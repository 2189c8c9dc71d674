//! How an attempt at an operation ended.

use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How an attempt ended.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum ReceiptOutcome {
    /// It was done.
    #[n(0)]
    Completed,
    /// It failed.
    #[n(1)]
    Failed,
    /// It was left out.
    #[n(2)]
    Skipped,
}
