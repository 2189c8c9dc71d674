//! What is stored of an operation: what is fixed when the run is created, and what changes.

use super::RowState;
use crate::{
    Attempt, ReceiptIndex, Sequence, Timestamp,
    plan::{BackupOperation, BackupOperationKind},
};
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
    /// rows of the other class are either blocked or already over.
    #[n(3)]
    pub next: Option<Sequence>,
}

impl OperationSpec {
    /// The rows of a journal over `phases`, which are in order.
    pub fn rows(phases: &[BackupOperation]) -> Vec<Self> {
        let (mut next_preflight, mut next_mutating) = (None, None);
        let mut rows: Vec<Self> = phases
            .iter()
            .rev()
            .map(|operation| {
                let link = if operation.kind.is_preflight() {
                    &mut next_preflight
                } else {
                    &mut next_mutating
                };
                Self {
                    operation_id: operation.operation_id.clone(),
                    kind: operation.kind,
                    target: operation.target_canister_id,
                    next: link.replace(Sequence(operation.order)),
                }
            })
            .collect();
        rows.reverse();
        rows
    }
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
