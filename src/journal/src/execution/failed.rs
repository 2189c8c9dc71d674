//! What follows from operations that failed.

use super::{Execution, Notes};
use crate::{
    Sequence,
    journal::{JournalView, Operation},
};

/// Whether an operation that failed is not tried again.
pub(super) fn is_final(view: &impl Notes, execution: &Execution, operation: &Operation) -> bool {
    let note = view.call_note(operation.sequence);
    note.is_final || operation.attempt.0 >= execution.policy.max_attempts
}

/// Why an operation that failed ends the run.
pub(super) fn failure(operation: &Operation) -> String {
    let target = operation.target_canister_id.map(|target| format!(" of {target}"));
    let why = operation.reason.as_deref().unwrap_or_default();
    format!("{}{} failed: {why}", operation.kind, target.unwrap_or_default())
}

/// Why a restore is rolled back: one of these operations, which have failed, is a load that is not tried again, after others
/// were done or may have been.
pub(super) fn reason_to_roll_back(
    view: &(impl JournalView + Notes),
    execution: &Execution,
    failed: &[Sequence],
) -> Option<String> {
    let header = view.header();
    if !header.is_contained() {
        return None;
    }
    let mut operations = failed.iter().filter_map(|sequence| view.operation(header, *sequence));
    let given_up = operations.find(|operation| is_final(view, execution, operation))?;
    Some(failure(&given_up))
}
