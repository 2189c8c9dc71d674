//! What is stored of an operation: what is fixed when the run is created, and what changes.

use super::{RowState, Wave};
use crate::{Attempt, ReceiptIndex, Sequence, Timestamp, plan::BackupOperationKind};
use candid::Principal;
use minicbor::{Decode, Encode};

/// What is fixed about an operation when its journal is made.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct OperationSpec {
    /// The id that the plan gave it.
    #[n(0)]
    pub operation_id: String,
    /// What the operation does.
    #[n(1)]
    pub kind: BackupOperationKind,
    /// To which target.
    #[cbor(n(2), with = "crate::cbor::opt_principal")]
    pub target: Option<Principal>,
    /// The next row of the same class (preflight or mutating): the cursor moves along these links, since
    /// rows of the other class are either blocked or already over. A row that rolls a target back has none, and none leads
    /// to it.
    #[n(3)]
    pub next: Option<Sequence>,
    /// The operation on the same target that belongs to this one: the start of a stop and the stop of a start, the
    /// verification of a download and the download of a verification, what rolls back a load and that load.
    #[n(4)]
    pub pair: Option<Sequence>,
    /// The wave of the operation; none for a preflight row, and for the rows of a run that was over before there
    /// were waves.
    #[n(5)]
    pub wave: Option<Wave>,
}

/// What changes about an operation; absent until it is claimed.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Progress {
    /// The state of the row alone; the header can change it.
    #[n(0)]
    pub state: RowState,
    /// How often it has been claimed; at least once.
    #[n(1)]
    pub attempt: Attempt,
    /// When it last moved.
    #[n(2)]
    pub updated_at: Timestamp,
    /// Its latest receipt.
    #[n(3)]
    pub last_receipt: Option<ReceiptIndex>,
}
