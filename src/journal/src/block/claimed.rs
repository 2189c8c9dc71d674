//! One of several operations that were claimed together.

use crate::{Attempt, Sequence};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// An operation that was claimed together with others.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct ClaimedOperation {
    /// The operation.
    #[n(0)]
    pub sequence: Sequence,
    /// The attempt that began.
    #[n(1)]
    pub attempt: Attempt,
}
