//! Everything that follows from a receipt that is recorded.

use crate::{
    journal::{
        Artifact, Change, Header, JournalView, Moved, OperationSpec, OperationState, OwedStart,
        Progress, ReceiptOutcome, ReceiptRecord, Restart, RowState,
    },
    plan::BackupOperationKind,
};
use candid::Principal;

/// Everything that follows from a receipt that passed every check.
pub(super) fn effects_of(
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
    let restart = restart(view, &mut header, &spec, &record);
    let artifact = artifact(view, &mut header, &spec, &record);
    Change {
        moved: Some(Moved { sequence, spec, progress }),
        receipt: Some(record),
        artifact,
        restart,
        ..Change::of(header)
    }
}

/// Keeps the header's restart counters, and says what changes about the start that is owed to the target.
fn restart(
    view: &impl JournalView,
    header: &mut Header,
    spec: &OperationSpec,
    record: &ReceiptRecord,
) -> Option<Restart> {
    let outcome = record.receipt.outcome;
    match (spec.kind, outcome) {
        (BackupOperationKind::Stop, ReceiptOutcome::Completed) => header.stops_completed += 1,
        (BackupOperationKind::Start, ReceiptOutcome::Completed | ReceiptOutcome::Skipped) => {
            header.starts_open -= 1;
        }
        _ => return None,
    }
    let target = spec.target?;
    let before = view.owed_start(&target);
    let at = record.receipt.performed_at.unwrap_or(record.recorded_at);
    let after = OwedStart::after_end(before, spec.kind, outcome, at);
    Restart::between(header, target, before, after)
}

/// What the run has of the target from now on, when the receipt says something new about it.
fn artifact(
    view: &impl JournalView,
    header: &mut Header,
    spec: &OperationSpec,
    record: &ReceiptRecord,
) -> Option<(Principal, Artifact)> {
    use BackupOperationKind as Kind;
    let target = spec.target.filter(|_| record.receipt.outcome == ReceiptOutcome::Completed)?;
    if !matches!(spec.kind, Kind::CreateSnapshot | Kind::DownloadSnapshot | Kind::VerifyArtifact) {
        return None;
    }
    let before = view.artifact(&target);
    let known = || before.clone().unwrap_or_default();
    let receipt = &record.receipt;
    let artifact = match spec.kind {
        Kind::CreateSnapshot => Artifact {
            snapshot_id: receipt.snapshot_id.clone(),
            snapshot_recorded_at: Some(record.recorded_at),
            ..Artifact::default()
        },
        Kind::DownloadSnapshot => {
            Artifact { artifact_path: receipt.artifact_path.clone(), ..known() }
        }
        _ => Artifact { checksum: receipt.checksum.clone(), ..known() },
    };
    header.count_artifact(before.as_ref(), &artifact);
    Some((target, artifact))
}
