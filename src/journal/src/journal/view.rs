//! What a transition reads and what it wants written.

use super::{
    Abort, Artifact, AuthoritySet, Downtime, Header, Operation, OperationSpec, OperationState,
    OwedStart, Progress, Queue, ReceiptRecord, Restart, RowState, Wave, WaveBegun,
};
use crate::{
    ReceiptIndex, Sequence, Timestamp, plan::BackupOperationKind, preflight::ProvenAuthority,
};
use candid::Principal;

/// One journal, to be read. Every method is a look-up of one record.
pub trait JournalView {
    /// The header.
    fn header(&self) -> &Header;
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
    /// The first operation in `queue` at `from` or behind it.
    fn queued(&self, queue: Queue, from: Sequence) -> Option<Sequence>;

    /// The state of a row, given the header of this journal.
    fn state(
        &self,
        header: &Header,
        sequence: Sequence,
        kind: BackupOperationKind,
        progress: Option<Progress>,
    ) -> OperationState {
        match &header.abort {
            None => header.state_before_abort(kind, progress.map(|row| row.state)),
            Some(abort) => state_after_abort(self, header, abort, sequence, kind, progress),
        }
    }

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
        let state = self.state(header, sequence, spec.kind, progress);
        let failure = (state == OperationState::Failed).then(|| {
            let last = progress.and_then(|row| row.last_receipt);
            let receipt = last.and_then(|index| self.receipt(index));
            receipt.expect("BUG: a failed operation has no receipt").receipt.failure_reason
        });
        Operation::new(header, sequence, spec, state, progress, failure.flatten())
    }

    /// The next operation: the lowest sequence in Ready, Pending or Failed.
    fn next_ready_operation(&self, header: &Header) -> Option<Operation> {
        self.operation(header, header.cursor?)
    }
}

/// The state of a row in an aborted run: starts, and what rolls a run back, go on as ever, and of the rest only what is
/// claimed is still awaited.
fn state_after_abort(
    view: &(impl JournalView + ?Sized),
    header: &Header,
    abort: &Abort,
    sequence: Sequence,
    kind: BackupOperationKind,
    progress: Option<Progress>,
) -> OperationState {
    use OperationState as State;
    if kind.is_preflight() && header.preflight_accepted() {
        return State::Completed;
    }
    let is_start = kind.outlives_abort();
    let Some(progress) = progress else {
        let list = match kind {
            BackupOperationKind::Start => Some(Queue::StartOwed),
            BackupOperationKind::RollBack if header.is_rolled_back() => Some(Queue::RollBackOwed),
            _ => None,
        };
        let owed = list.is_some_and(|list| view.queued(list, sequence) == Some(sequence));
        return if owed { State::Ready } else { State::Skipped };
    };
    match progress.state {
        RowState::Pending => State::Pending,
        RowState::Completed => State::Completed,
        RowState::Failed if is_start && abort.precedes_receipt_of(progress) => State::Failed,
        RowState::Failed | RowState::Ready if is_start => State::Ready,
        RowState::Failed | RowState::Ready | RowState::Skipped => State::Skipped,
    }
}

/// The records that an accepted transition wants written, all of them or none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The header as it is from now on.
    pub header: Header,
    /// The rows that moved; the one that was asked for comes first.
    pub moved: Vec<Moved>,
    /// Which operations have entered or left a list.
    pub queues: Vec<QueueMove>,
    /// The receipt to keep.
    pub receipt: Option<ReceiptRecord>,
    /// What the run now has of a target.
    pub artifact: Option<(Principal, Artifact)>,
    /// What changes about the starts that are owed to targets.
    pub restarts: Vec<Restart>,
    /// How long a target was down that is started.
    pub downtime: Option<Downtime>,
    /// The wave that begins.
    pub wave_begun: Option<(Wave, WaveBegun)>,
    /// Authorities to be kept in the set that has not counted so far; `header` says whether it now does.
    pub proven: Vec<ProvenAuthority>,
}

impl Change {
    pub(super) const fn of(header: Header) -> Self {
        Self {
            header,
            moved: Vec::new(),
            queues: Vec::new(),
            receipt: None,
            artifact: None,
            restarts: Vec::new(),
            downtime: None,
            wave_begun: None,
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
        let state = self.progress.state.into();
        Operation::new(header, self.sequence, self.spec.clone(), state, Some(self.progress), None)
    }
}

/// An operation that enters or leaves a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueueMove {
    /// Whether it enters.
    pub enters: bool,
    /// The list.
    pub queue: Queue,
    /// The operation.
    pub sequence: Sequence,
    /// When it was claimed; none in lists of operations that are not.
    pub claimed_at: Option<Timestamp>,
}
