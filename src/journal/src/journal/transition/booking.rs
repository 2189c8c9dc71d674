//! Everything that follows from a receipt that is recorded.

use crate::{
    Timestamp,
    journal::{
        Artifact, Change, Header, JournalView, Moved, OperationSpec, OperationState, Progress,
        ReceiptOutcome, ReceiptRecord, Restart, RowState,
    },
    plan::BackupOperationKind,
};
use candid::Principal;

/// Everything that follows from a receipt that passed every check.
pub(super) fn book(
    view: &impl JournalView,
    mut header: Header,
    spec: OperationSpec,
    record: ReceiptRecord,
) -> Change {
    let (sequence, now) = (record.receipt.sequence, record.recorded_at);
    let state = match record.receipt.outcome {
        ReceiptOutcome::Completed => RowState::Completed,
        ReceiptOutcome::Failed => RowState::Failed,
        ReceiptOutcome::Skipped => RowState::Skipped,
    };
    let progress = Progress {
        state,
        attempt: record.receipt.attempt.unwrap_or_default(),
        updated_at: now,
        last_receipt: Some(record.index),
    };
    header.tally.shift(OperationState::Pending, state.into());
    header.pending_since = None;
    header.receipts += 1;
    header.updated_at = now;
    if state != RowState::Failed {
        header.cursor = spec.next;
    }
    let restart = restart(view, &mut header, &spec, state, now);
    let artifact = artifact(view, &spec, &record);
    Change {
        moved: Some(Moved { sequence, spec, progress }),
        receipt: Some(record),
        artifact,
        restart,
        ..Change::of(header)
    }
}

/// Keeps the header's restart counters, and says which target they are about.
fn restart(
    view: &impl JournalView,
    header: &mut Header,
    spec: &OperationSpec,
    state: RowState,
    now: Timestamp,
) -> Option<Restart> {
    let owed = |target: &Principal| view.stopped_since(target).is_some();
    match (spec.kind, state) {
        (BackupOperationKind::Stop, RowState::Completed) => {
            header.stops_completed += 1;
            let target = spec.target.filter(|target| !owed(target))?;
            header.starts_owed += 1;
            Some(Restart::Owed { target, since: now })
        }
        (BackupOperationKind::Start, RowState::Completed | RowState::Skipped) => {
            header.starts_open -= 1;
            let target = spec.target.filter(owed)?;
            header.starts_owed -= 1;
            Some(Restart::Settled { target })
        }
        _ => None,
    }
}

/// What the run has of the target from now on, when the receipt says something new about it.
fn artifact(
    view: &impl JournalView,
    spec: &OperationSpec,
    record: &ReceiptRecord,
) -> Option<(Principal, Artifact)> {
    let target = spec.target.filter(|_| record.receipt.outcome == ReceiptOutcome::Completed)?;
    let known = || view.artifact(&target).unwrap_or_default();
    let receipt = &record.receipt;
    let artifact = match spec.kind {
        BackupOperationKind::CreateSnapshot => Artifact {
            snapshot_id: receipt.snapshot_id.clone(),
            snapshot_recorded_at: Some(record.recorded_at),
            ..Artifact::default()
        },
        BackupOperationKind::DownloadSnapshot => {
            Artifact { artifact_path: receipt.artifact_path.clone(), ..known() }
        }
        BackupOperationKind::VerifyArtifact => {
            Artifact { checksum: receipt.checksum.clone(), ..known() }
        }
        _ => return None,
    };
    Some((target, artifact))
}
