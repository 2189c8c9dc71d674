//! The state machine: every way in which a journal can move.
//!
//! The rules and the order in which they are checked are those of the execution journal of
//! `canic-backup`; where this one departs, the function says so.

mod arriving;
mod booking;
mod claim;
mod preflight;
mod receipt;
mod settle;

pub use arriving::append_preflight_receipts;
pub use claim::{mark_next_operation_pending, mark_operation_pending, retry_failed_operation};
pub use preflight::{accept_preflight_bundle, accept_preflight_receipts};
pub use receipt::record_operation_receipt;
pub use settle::settle_start;

use super::{Header, JournalView, OperationSpec, OperationState, Progress};
use crate::Sequence;

/// The reason of every row that waits for preflight.
pub const PREFLIGHT_NOT_ACCEPTED: &str = "preflight-not-accepted";

/// A row with the state that it has under the header.
struct Row {
    spec: OperationSpec,
    progress: Option<Progress>,
    state: OperationState,
}

fn row(view: &impl JournalView, header: &Header, sequence: Sequence) -> Option<Row> {
    let spec = view.spec(sequence)?;
    let progress = view.progress(sequence);
    let state = header.effective_state(spec.kind, progress.map(|row| row.state));
    Some(Row { spec, progress, state })
}
