//! A row as a transition reads it.

use crate::{
    Sequence,
    journal::{Header, JournalView, OperationSpec, OperationState, Progress},
};

/// A row with the state that it has under the header.
pub(super) struct Row {
    pub(super) spec: OperationSpec,
    pub(super) progress: Option<Progress>,
    pub(super) state: OperationState,
}

pub(super) fn row(view: &impl JournalView, header: &Header, sequence: Sequence) -> Option<Row> {
    let spec = view.spec(sequence)?;
    let progress = view.progress(sequence);
    let state = view.state(header, sequence, spec.kind, progress);
    Some(Row { spec, progress, state })
}
