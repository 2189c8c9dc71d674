//! Everything that follows from a receipt that is recorded.

use super::{
    row::{Row, row},
    step::Step,
};
use crate::{
    Sequence, Timestamp,
    journal::{
        Artifact, Change, Downtime, Header, JournalView, OperationReceipt, OperationState,
        OwedStart, Progress, Queue, ReceiptOutcome, ReceiptRecord, Restart, RowState, StopOutcome,
    },
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

/// Everything that follows from a receipt that passed every check.
pub(super) fn effects_of(view: &impl JournalView, row: Row, record: ReceiptRecord) -> Change {
    // Kind and target are those of the row; so it was checked.
    let OperationReceipt { sequence, kind, target_canister_id: target, .. } = record.receipt;
    let pair = row.spec.pair;
    let restarted = target.filter(|_| matches!(kind, Kind::Stop | Kind::Start));
    let before = restarted.and_then(|target| view.owed_start(&target));
    let state = row_state(view.header(), &record, before);
    let progress = Progress {
        state,
        attempt: record.receipt.attempt.unwrap_or_default(),
        updated_at: record.recorded_at,
        last_receipt: Some(record.index),
    };
    let mut step = Step::new(view);
    step.header.receipts += 1;
    step.header.updated_at = record.recorded_at;
    step.move_row(sequence, row, progress);
    let mut downtime = None;
    match (kind, state) {
        (Kind::Stop, RowState::Completed) => {
            step.header.stops_completed += 1;
            downtime = stopped(&mut step, view, pair, before, &record);
        }
        (Kind::Start, RowState::Completed | RowState::Skipped) => {
            step.header.starts_open -= 1;
            settle_restart(&mut step, before, &record);
            if state == RowState::Completed {
                downtime = step.header.note_start(sequence, target, before, record.done_at());
            }
        }
        (Kind::LoadSnapshot, RowState::Completed | RowState::Skipped) => {
            step.header.restore_mut().loads_over += 1;
        }
        (Kind::RollBack, RowState::Completed | RowState::Skipped) => {
            step.header.starts_open -= 1;
            let restore = step.header.restore_mut();
            restore.roll_backs_left -= 1;
            restore.rolled_back += u32::from(state == RowState::Completed);
        }
        (Kind::VerifyMember, RowState::Completed) => step.header.restore_mut().verified += 1,
        (Kind::DownloadSnapshot, RowState::Completed | RowState::Skipped) => {
            release_verification(&mut step, pair);
        }
        _ => {}
    }
    let artifact = artifact(view, &mut step.header, &record);
    // A second row that moved is a start that has to be done again.
    if step.header.cursor == Some(sequence) || step.moves() > 1 {
        step.header.cursor = step.lowest();
    }
    end_aborted_run(&mut step.header);
    Change { receipt: Some(record), artifact, downtime, ..step.finish() }
}

/// Where the row stands after the receipt.
fn row_state(header: &Header, record: &ReceiptRecord, owed: Option<OwedStart>) -> RowState {
    match record.receipt.outcome {
        // The stop was later than this start, which has to be done again. Only after an abort can both be claimed.
        ReceiptOutcome::Completed
            if record.receipt.kind == Kind::Start
                && header.abort.is_some()
                && owed.is_some_and(|owed| {
                    owed.stop == StopOutcome::Stopped && owed.since > record.done_at()
                }) =>
        {
            RowState::Ready
        }
        ReceiptOutcome::Completed => RowState::Completed,
        ReceiptOutcome::Failed => RowState::Failed,
        ReceiptOutcome::Skipped => RowState::Skipped,
    }
}

/// A stop is done: a start is owed, and has to be done again if it was done or skipped before. Answers with how long the
/// target was down if its start came after the stop already.
fn stopped<V: JournalView>(
    step: &mut Step<'_, V>,
    view: &V,
    pair: Option<Sequence>,
    before: Option<OwedStart>,
    record: &ReceiptRecord,
) -> Option<Downtime> {
    // Most starts are yet to be claimed. Their rows are not read, which stand far from those of the stops.
    let is_owed = |start: Sequence| {
        view.progress(start).is_none() && view.queued(Queue::StartOwed, start) == Some(start)
    };
    let start = pair.filter(|start| step.header.abort.is_some() && !is_owed(*start));
    let started = start.and_then(|start| Some((start, row(view, &step.header, start)?)));
    if let Some((sequence, row)) = started {
        let completed = row.state == OperationState::Completed;
        let started_at = done_at(view, &row).filter(|at| completed && *at >= record.done_at());
        if let Some(started_at) = started_at {
            return step.header.note_downtime(
                sequence,
                record.receipt.target_canister_id,
                record.done_at(),
                started_at,
            );
        }
        if completed || row.state == OperationState::Skipped {
            start_again(step, sequence, row, record.recorded_at);
        }
    }
    settle_restart(step, before, record);
    None
}

/// When the operation was done, by its last receipt.
fn done_at(view: &impl JournalView, row: &Row) -> Option<Timestamp> {
    let last = row.progress?.last_receipt?;
    view.receipt(last).map(|record| record.done_at())
}

fn start_again<V: JournalView>(
    step: &mut Step<'_, V>,
    sequence: Sequence,
    row: Row,
    now: Timestamp,
) {
    if let Some(progress) = row.progress {
        step.header.starts_open += 1;
        let progress = Progress { state: RowState::Ready, updated_at: now, ..progress };
        step.move_row(sequence, row, progress);
    }
}

/// Says what changes about the start that is owed to the target.
fn settle_restart<V: JournalView>(
    step: &mut Step<'_, V>,
    before: Option<OwedStart>,
    record: &ReceiptRecord,
) {
    let OperationReceipt { kind, target_canister_id, outcome, .. } = record.receipt;
    let Some(target) = target_canister_id else { return };
    let after = OwedStart::after_end(before, kind, outcome, record.done_at());
    let restart = Restart::between(&mut step.header, target, before, after);
    step.push_restart(restart);
}

/// The verification of a download that is over may be claimed, if claims have passed it already.
fn release_verification<V: JournalView>(step: &mut Step<'_, V>, verify: Option<Sequence>) {
    let Header { frontier, abort, .. } = &step.header;
    let passed = |verify: &Sequence| frontier.is_none_or(|frontier| *verify < frontier);
    if let Some(verify) = verify.filter(|_| abort.is_none()).filter(passed) {
        step.enter_untouched(Queue::Ready, verify);
    }
}

/// Keeps what an aborted run had saved when it was over for the first time.
fn end_aborted_run(header: &mut Header) {
    let saved = header.saved();
    let over = header.is_over();
    if let Some(abort) = &mut header.abort
        && over
    {
        abort.outcome.get_or_insert(saved);
    }
}

/// What the run has of the target from now on, when the receipt says something new about it.
fn artifact(
    view: &impl JournalView,
    header: &mut Header,
    record: &ReceiptRecord,
) -> Option<(Principal, Artifact)> {
    let receipt = &record.receipt;
    let target =
        receipt.target_canister_id.filter(|_| receipt.outcome == ReceiptOutcome::Completed)?;
    let before = view.artifact(&target).unwrap_or_default();
    let snapshot_id = receipt.snapshot_id.clone();
    let artifact = match receipt.kind {
        Kind::CreateSnapshot => Artifact {
            snapshot_id,
            snapshot_recorded_at: Some(record.recorded_at),
            snapshot_deleted_at: None,
            // What a backup had downloaded was of an older snapshot. A restore takes a snapshot of its own.
            ..if header.restore.is_some() { before.clone() } else { Artifact::default() }
        },
        Kind::DownloadSnapshot => {
            Artifact { artifact_path: receipt.artifact_path.clone(), ..before.clone() }
        }
        Kind::VerifyArtifact => Artifact { checksum: receipt.checksum.clone(), ..before.clone() },
        Kind::UploadSnapshot => Artifact {
            uploaded_snapshot_id: snapshot_id,
            upload_deleted_at: None,
            ..before.clone()
        },
        Kind::LoadSnapshot | Kind::RollBack => {
            Artifact { loaded_snapshot_id: snapshot_id, ..before.clone() }
        }
        _ => return None,
    };
    header.discount_artifact(&before);
    header.count_artifact(&artifact);
    Some((target, artifact))
}
