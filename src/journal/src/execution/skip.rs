//! Why an operation is skipped.

use super::Notes;
use crate::{
    journal::{JournalView, Operation},
    plan::BackupOperationKind as Kind,
};

const WAS_STOPPED: &str = "it was not running before the run, and is left as it is";
const NOT_TRANSFERRED: &str = "the policy of the fleet leaves the snapshots on the network";

/// Why an operation that is claimed is not performed; none if it is.
pub(super) fn reason_to_skip(
    view: &(impl JournalView + Notes),
    operation: &Operation,
) -> Option<String> {
    let Some(target) = operation.target_canister_id else {
        return operation.kind.is_transfer().then(|| NOT_TRANSFERRED.to_string());
    };
    let note = view.target_note(&target);
    match operation.kind {
        Kind::Stop | Kind::Start if note.was_stopped() => Some(WAS_STOPPED.to_string()),
        Kind::Start if view.owed_start(&target).is_none() => {
            Some("no start is owed to it".to_string())
        }
        Kind::Stop | Kind::CreateSnapshot => note.given_up,
        kind if kind.is_transfer() => {
            Some(note.given_up.unwrap_or_else(|| NOT_TRANSFERRED.to_string()))
        }
        _ => None,
    }
}
