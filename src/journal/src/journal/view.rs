//! What a transition reads and what it wants written.

use super::{
    Artifact, AuthoritySet, Header, Operation, OperationSpec, OperationState, OwedStart, Progress,
    ReceiptRecord, Restart,
};
use crate::{ReceiptIndex, Sequence, preflight::ProvenAuthority};
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
    /// The target at this position of the plan; none past the end.
    fn target(&self, position: u32) -> Option<Principal>;
    /// What the run has of a target.
    fn artifact(&self, target: &Principal) -> Option<Artifact>;
    /// The start that is owed to a target; none when none is.
    fn owed_start(&self, target: &Principal) -> Option<OwedStart>;
    /// What a preflight has proven about a target, if its receipts have arrived.
    fn proven(&self, set: AuthoritySet, target: &Principal) -> Option<ProvenAuthority>;

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
        let failure = (state == OperationState::Failed).then(|| {
            let last = progress.and_then(|row| row.last_receipt);
            let receipt = last.and_then(|index| self.receipt(index));
            receipt.expect("BUG: a failed operation has no receipt").receipt.failure_reason
        });
        Operation::new(header, sequence, spec, progress, failure.flatten())
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
    pub moved: Option<Moved>,
    /// The receipt to keep.
    pub receipt: Option<ReceiptRecord>,
    /// What the run now has of a target.
    pub artifact: Option<(Principal, Artifact)>,
    /// What changes about the start that is owed to a target.
    pub restart: Option<Restart>,
    /// Authorities to be kept in the set that has not counted so far; `header` says whether it now does.
    pub proven: Vec<ProvenAuthority>,
}

impl Change {
    pub(super) const fn of(header: Header) -> Self {
        Self {
            header,
            moved: None,
            receipt: None,
            artifact: None,
            restart: None,
            proven: Vec::new(),
        }
    }
}

/// A row that moved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moved {
    /// Which.
    pub sequence: Sequence,
    /// What is fixed about it.
    pub spec: OperationSpec,
    /// What has moved about it.
    pub progress: Progress,
}

impl Moved {
    /// The row as a caller sees it, if it has not failed.
    pub fn operation(&self, header: &Header) -> Operation {
        Operation::new(header, self.sequence, self.spec.clone(), Some(self.progress), None)
    }
}
