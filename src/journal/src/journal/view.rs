//! What a transition reads and what it wants written.

use super::{Artifact, Header, Operation, OperationSpec, OperationState, Progress, ReceiptRecord};
use crate::{
    ReceiptIndex, Sequence, Timestamp, journal::PREFLIGHT_NOT_ACCEPTED, preflight::ProvenAuthority,
};
use candid::Principal;

/// One journal, to be read. Every method is a look-up of one record.
pub trait JournalView {
    /// The header.
    fn header(&self) -> Header;
    /// What is fixed about a row; none past the end.
    fn spec(&self, sequence: Sequence) -> Option<OperationSpec>;
    /// What has moved about a row; none while it is untouched.
    fn progress(&self, sequence: Sequence) -> Option<Progress>;
    /// A receipt; none past the end.
    fn receipt(&self, index: ReceiptIndex) -> Option<ReceiptRecord>;
    /// What the run has of a target.
    fn artifact(&self, target: &Principal) -> Option<Artifact>;
    /// Since when a target is stopped and owes a start; none when it does not.
    fn stopped_since(&self, target: &Principal) -> Option<Timestamp>;

    /// A row as a caller sees it, given the header of this journal; none past the end.
    fn operation(&self, header: &Header, sequence: Sequence) -> Option<Operation> {
        let spec = self.spec(sequence)?;
        Some(self.operation_from(header, sequence, spec, self.progress(sequence)))
    }

    /// A row as a caller sees it, put together from its parts.
    ///
    /// # Panics
    /// When a failed row has no receipt, which no transition writes.
    fn operation_from(
        &self,
        header: &Header,
        sequence: Sequence,
        spec: OperationSpec,
        progress: Option<Progress>,
    ) -> Operation {
        let state = header.effective_state(spec.kind, progress.map(|row| row.state));
        let last_receipt = progress.and_then(|row| row.last_receipt);
        let reason = match state {
            OperationState::Blocked => Some(PREFLIGHT_NOT_ACCEPTED.to_string()),
            OperationState::Failed => {
                last_receipt
                    .and_then(|index| self.receipt(index))
                    .expect("BUG: a failed operation has no receipt")
                    .receipt
                    .failure_reason
            }
            _ => None,
        };
        let state_updated_at = match &header.preflight {
            Some(preflight) if spec.kind.is_preflight() => Some(preflight.accepted_at),
            _ => progress.map(|row| row.updated_at),
        };
        Operation {
            sequence,
            operation_id: spec.operation_id,
            kind: spec.kind,
            target_canister_id: spec.target,
            state,
            state_updated_at,
            attempt: progress.map(|row| row.attempt).unwrap_or_default(),
            reason,
            last_receipt,
        }
    }

    /// The next operation: the lowest sequence in Ready, Pending or Failed.
    fn next_ready_operation(&self, header: &Header) -> Option<Operation> {
        self.operation(header, header.cursor?)
    }
}

/// The records that an accepted transition wants written, all of them or none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The header as it is from now on.
    pub header: Header,
    /// The row that moved.
    pub progress: Option<(Sequence, Progress)>,
    /// The receipt to keep.
    pub receipt: Option<ReceiptRecord>,
    /// What the run now has of a target.
    pub artifact: Option<(Principal, Artifact)>,
    /// A target that now owes a start, or no longer does.
    pub restart: Option<Restart>,
    /// Authorities that replace those of the plan.
    pub proven: Vec<ProvenAuthority>,
}

impl Change {
    pub(super) const fn of(header: Header) -> Self {
        Self {
            header,
            progress: None,
            receipt: None,
            artifact: None,
            restart: None,
            proven: Vec::new(),
        }
    }
}

/// Whether a target owes a start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Restart {
    /// It is stopped and owes a start.
    Owed {
        /// The target.
        target: Principal,
        /// When its stop was recorded.
        since: Timestamp,
    },
    /// It was started, or its start was skipped.
    Settled {
        /// The target.
        target: Principal,
    },
}
