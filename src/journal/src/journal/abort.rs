//! A run that was aborted: nothing but starts is done any more.

use super::{JournalError, Progress, RunOutcome};
use crate::{ReceiptIndex, Timestamp};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What is known of the abort of a run.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Abort {
    /// Why, and when.
    #[n(0)]
    pub aborted: RunAbort,
    /// How many receipts there were. An operation whose last receipt is one of them failed before the abort.
    #[n(1)]
    pub receipts: u32,
    /// What the run had saved when it was over for the first time. Receipts that come later do not change it.
    #[n(2)]
    pub outcome: Option<RunOutcome>,
}

/// Why a run was aborted, and when.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct RunAbort {
    /// Why, as the caller said.
    #[n(0)]
    pub reason: String,
    /// When.
    #[n(1)]
    pub aborted_at: Timestamp,
    /// Whether the run is a restore that was rolled back.
    #[cbor(n(2), default)]
    pub rolled_back: bool,
}

impl Abort {
    /// The refusal of a call that the abort forbids.
    pub fn refusal(&self) -> JournalError {
        let RunAbort { reason, aborted_at, .. } = self.aborted.clone();
        JournalError::RunAborted { reason, aborted_at }
    }

    /// Whether the last receipt of an operation was recorded after the abort.
    pub(super) fn precedes_receipt_of(&self, progress: Progress) -> bool {
        progress.last_receipt.is_some_and(|index| index >= ReceiptIndex(self.receipts))
    }
}
