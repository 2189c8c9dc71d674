//! An operation as a caller sees it: its stored row, and what follows from the header.

use super::{Header, OperationSpec, OperationState, Progress, RowState};
use crate::{Attempt, ReceiptIndex, Sequence, Timestamp, plan::BackupOperationKind};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

/// The reason of every row that waits for preflight.
pub const PREFLIGHT_NOT_ACCEPTED: &str = "preflight-not-accepted";

/// An operation as a caller sees it.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Operation {
    /// Position in the run.
    pub sequence: Sequence,
    /// The id that the plan gave it.
    pub operation_id: String,
    /// What the operation does.
    pub kind: BackupOperationKind,
    /// Its target; none if it concerns the whole run.
    pub target_canister_id: Option<Principal>,
    /// Its state.
    pub state: OperationState,
    /// When its state last changed; none before its first claim.
    pub state_updated_at: Option<Timestamp>,
    /// How often it has been claimed.
    pub attempt: Attempt,
    /// Why it is blocked, has failed, or was skipped by an abort; no other operation has a reason.
    pub reason: Option<String>,
    /// Its latest receipt.
    pub last_receipt: Option<ReceiptIndex>,
}

impl Operation {
    /// Puts a row in `state` together from its parts; `failure` is why it failed, if it did.
    pub(super) fn new(
        header: &Header,
        sequence: Sequence,
        spec: OperationSpec,
        state: OperationState,
        progress: Option<Progress>,
        failure: Option<String>,
    ) -> Self {
        let state_updated_at = match &header.preflight {
            Some(preflight) if spec.kind.is_preflight() => Some(preflight.accepted_at),
            _ => progress.map(|row| row.updated_at),
        };
        let by_receipt = progress.is_some_and(|row| row.state == RowState::Skipped);
        let reason = match (state, &header.abort) {
            (OperationState::Blocked, _) => Some(PREFLIGHT_NOT_ACCEPTED.to_string()),
            (OperationState::Skipped, Some(abort)) if !by_receipt => {
                Some(abort.aborted.reason.clone())
            }
            _ => failure,
        };
        Self {
            sequence,
            operation_id: spec.operation_id,
            kind: spec.kind,
            target_canister_id: spec.target,
            state,
            state_updated_at,
            attempt: progress.map(|row| row.attempt).unwrap_or_default(),
            reason,
            last_receipt: progress.and_then(|row| row.last_receipt),
        }
    }
}
