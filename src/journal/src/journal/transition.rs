//! The state machine: every way in which a journal can move.
//!
//! The rules and the order in which they are checked are those of the execution journal of
//! `canic-backup`; where this one departs, the function says so.

use super::{
    AcceptedPreflight, Artifact, Change, Header, JournalError, JournalView, OperationReceipt,
    OperationSpec, OperationState, Progress, ReceiptOutcome, ReceiptRecord, Restart, RowState,
    Tally,
};
use crate::{
    Attempt, PreflightId, ReceiptIndex, Sequence, Timestamp,
    plan::{BackupOperationKind, BackupTarget, PlanHeader},
    preflight::{PreflightReceipts, ValidityWindow, check_preflight_receipts},
};
use candid::Principal;

/// The reason of every row that waits for preflight.
pub const PREFLIGHT_NOT_ACCEPTED: &str = "preflight-not-accepted";

/// Accepts a preflight by its id alone: preflight rows are Completed, blocked rows Ready.
///
/// Accepting the accepted one again is allowed and notes the time anew. A new one is accepted only when
/// the old one came with receipts, has expired, and nothing mutating has begun.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank id, [`JournalError::PreflightAlreadyAccepted`].
pub fn accept_preflight_bundle(
    view: &impl JournalView,
    preflight_id: &PreflightId,
    now: Timestamp,
) -> Result<Change, JournalError> {
    accept(view.header(), preflight_id, None, now)
}

/// Accepts a preflight with its receipts, which prove the authorities over every target of the plan.
///
/// # Errors
/// [`JournalError::Preflight`] with the first rule that the receipts break, then as
/// [`accept_preflight_bundle`].
pub fn accept_preflight_receipts(
    view: &impl JournalView,
    plan: &PlanHeader,
    targets: &[BackupTarget],
    receipts: &PreflightReceipts,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let proven = check_preflight_receipts(plan, targets, receipts, now)?;
    let change = accept(
        view.header(),
        &receipts.preflight_id,
        Some(receipts.window()),
        now,
    )?;
    Ok(Change { proven, ..change })
}

fn accept(
    mut header: Header,
    preflight_id: &PreflightId,
    window: Option<ValidityWindow>,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("preflight_id", preflight_id.as_str())?;
    let known = match &header.preflight {
        Some(accepted) if accepted.preflight_id == *preflight_id => Some(accepted),
        Some(accepted) if !may_be_replaced(&header, accepted, now) => {
            return Err(JournalError::PreflightAlreadyAccepted {
                existing: accepted.preflight_id.clone(),
                attempted: preflight_id.clone(),
            });
        }
        Some(_) | None => None,
    };
    // Naming the accepted bundle again without receipts must not make it last longer.
    let window = window.or_else(|| known.and_then(|accepted| accepted.window));
    if header.preflight.is_none() {
        header.cursor = header.first_mutating;
        header.tally = Tally {
            completed: header.preflight_operations,
            ready: header.operations - header.preflight_operations,
            ..Tally::default()
        };
    }
    header.preflight = Some(AcceptedPreflight {
        preflight_id: preflight_id.clone(),
        accepted_at: now,
        window,
    });
    header.updated_at = now;
    Ok(Change::of(header))
}

fn may_be_replaced(header: &Header, accepted: &AcceptedPreflight, now: Timestamp) -> bool {
    !header.mutation_begun
        && accepted
            .window
            .is_some_and(|window| now >= window.expires_at)
}

/// Claims the next operation, whichever it is.
///
/// # Errors
/// As [`mark_operation_pending`].
pub fn mark_next_operation_pending(
    view: &impl JournalView,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    let next = header
        .cursor
        .ok_or(JournalError::NoTransitionableOperation)?;
    claim(view, header, next, now)
}

/// Claims an operation: it is Pending from now on, and a new attempt begins.
///
/// # Errors
/// [`JournalError::NoTransitionableOperation`], [`JournalError::OutOfOrderOperationTransition`] when it
/// is not the next one, [`JournalError::InvalidOperationTransition`] when it is claimed already, and
/// [`JournalError::PreflightExpired`] when nothing mutating has begun and the accepted receipts count no
/// more.
pub fn mark_operation_pending(
    view: &impl JournalView,
    sequence: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    let next = header
        .cursor
        .ok_or(JournalError::NoTransitionableOperation)?;
    if sequence != next {
        return Err(JournalError::OutOfOrderOperationTransition {
            requested: sequence,
            next,
        });
    }
    claim(view, header, next, now)
}

fn claim(
    view: &impl JournalView,
    mut header: Header,
    sequence: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let Row {
        spec,
        progress,
        state,
    } = row(view, &header, sequence).expect("BUG: the cursor points past the end of the journal");
    if !matches!(state, OperationState::Ready | OperationState::Failed) {
        let to = OperationState::Pending;
        return Err(JournalError::InvalidOperationTransition {
            sequence,
            from: state,
            to,
        });
    }
    if !spec.kind.is_preflight() {
        check_still_fresh(&header, now)?;
        header.mutation_begun = true;
    }
    header.tally.shift(state, OperationState::Pending);
    header.updated_at = now;
    let progress = Progress {
        state: RowState::Pending,
        attempt: progress.map(|row| row.attempt).unwrap_or_default().next(),
        updated_at: now,
        last_receipt: progress.and_then(|row| row.last_receipt),
    };
    Ok(Change {
        progress: Some((sequence, progress)),
        ..Change::of(header)
    })
}

/// Before the first mutating claim the receipts of the preflight must still count.
fn check_still_fresh(header: &Header, now: Timestamp) -> Result<(), JournalError> {
    match &header.preflight {
        Some(AcceptedPreflight {
            preflight_id,
            window: Some(window),
            ..
        }) if !header.mutation_begun && now >= window.expires_at => {
            Err(JournalError::PreflightExpired {
                preflight_id: preflight_id.clone(),
                expires_at: window.expires_at,
                now,
            })
        }
        _ => Ok(()),
    }
}

/// Makes a failed operation Ready again.
///
/// # Errors
/// [`JournalError::OperationNotFound`], [`JournalError::OperationNotFailed`].
pub fn retry_failed_operation(
    view: &impl JournalView,
    sequence: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let mut header = view.header();
    let row = row(view, &header, sequence).ok_or(JournalError::OperationNotFound { sequence })?;
    let (OperationState::Failed, Some(progress)) = (row.state, row.progress) else {
        return Err(JournalError::OperationNotFailed {
            sequence,
            state: row.state,
        });
    };
    header
        .tally
        .shift(OperationState::Failed, OperationState::Ready);
    header.updated_at = now;
    let progress = Progress {
        state: RowState::Ready,
        updated_at: now,
        ..progress
    };
    Ok(Change {
        progress: Some((sequence, progress)),
        ..Change::of(header)
    })
}

/// Records what `caller` reports about a claimed operation, which is then Completed, Failed or Skipped.
///
/// Departures from the reference: a receipt that names its attempt is held against the current one, and
/// a receipt that was recorded before is answered with [`JournalError::Duplicate`].
///
/// # Errors
/// The variants of [`JournalError`] that begin with `Receipt`, [`JournalError::MissingField`] for what
/// the kind and the outcome demand, [`JournalError::ReasonWithoutFailure`],
/// [`JournalError::StaleAttempt`], [`JournalError::UnknownAttempt`] and [`JournalError::Duplicate`].
pub fn record_operation_receipt(
    view: &impl JournalView,
    receipt: OperationReceipt,
    caller: Principal,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    check_fields(&receipt)?;
    let sequence = receipt.sequence;
    if receipt.plan_id != header.plan_id || receipt.run_id != header.run_id {
        return Err(JournalError::ReceiptJournalMismatch { sequence });
    }
    let row =
        row(view, &header, sequence).ok_or(JournalError::ReceiptOperationNotFound { sequence })?;
    check_operation(&header, &row.spec, &receipt)?;
    check_demands(&receipt)?;
    let attempt = check_attempt(view, &row, &receipt)?;
    if receipt.outcome != ReceiptOutcome::Failed && receipt.failure_reason.is_some() {
        return Err(JournalError::ReasonWithoutFailure { sequence });
    }
    let record = ReceiptRecord {
        index: ReceiptIndex(header.receipts),
        receipt: OperationReceipt {
            attempt: Some(attempt),
            ..receipt
        },
        recorded_at: now,
        recorded_by: caller,
    };
    Ok(book(view, header, &row.spec, record))
}

/// What every receipt must say, whatever it is about.
fn check_fields(receipt: &OperationReceipt) -> Result<(), JournalError> {
    JournalError::require("operation_receipts[].plan_id", receipt.plan_id.as_str())?;
    JournalError::require("operation_receipts[].run_id", receipt.run_id.as_str())?;
    JournalError::require("operation_receipts[].operation_id", &receipt.operation_id)?;
    let optional = [
        ("operation_receipts[].snapshot_id", &receipt.snapshot_id),
        ("operation_receipts[].artifact_path", &receipt.artifact_path),
        ("operation_receipts[].checksum", &receipt.checksum),
    ];
    optional
        .into_iter()
        .try_for_each(|(field, text)| JournalError::require_if_present(field, text.as_deref()))
}

fn check_operation(
    header: &Header,
    spec: &OperationSpec,
    receipt: &OperationReceipt,
) -> Result<(), JournalError> {
    let sequence = receipt.sequence;
    if spec.operation_id != receipt.operation_id
        || spec.kind != receipt.kind
        || spec.target != receipt.target_canister_id
    {
        return Err(JournalError::ReceiptOperationMismatch { sequence });
    }
    if !spec.kind.is_preflight() && receipt.preflight_id.as_ref() != header.preflight_id() {
        return Err(JournalError::ReceiptPreflightMismatch { sequence });
    }
    Ok(())
}

/// What the outcome and the kind demand.
fn check_demands(receipt: &OperationReceipt) -> Result<(), JournalError> {
    use BackupOperationKind as Kind;
    let (field, text) = match (receipt.outcome, receipt.kind) {
        (ReceiptOutcome::Failed, _) => ("failure_reason", &receipt.failure_reason),
        (ReceiptOutcome::Completed, Kind::CreateSnapshot) => ("snapshot_id", &receipt.snapshot_id),
        (ReceiptOutcome::Completed, Kind::DownloadSnapshot) => {
            ("artifact_path", &receipt.artifact_path)
        }
        (ReceiptOutcome::Completed, Kind::VerifyArtifact) => ("checksum", &receipt.checksum),
        (ReceiptOutcome::Completed | ReceiptOutcome::Skipped, _) => return Ok(()),
    };
    JournalError::require(
        &format!("operation_receipts[].{field}"),
        text.as_deref().unwrap_or_default(),
    )
}

/// The attempt that the receipt is about, which must be the one whose receipt is awaited.
fn check_attempt(
    view: &impl JournalView,
    row: &Row,
    receipt: &OperationReceipt,
) -> Result<Attempt, JournalError> {
    let sequence = receipt.sequence;
    let current = row
        .progress
        .map(|progress| progress.attempt)
        .unwrap_or_default();
    let awaited = row.state == OperationState::Pending;
    let named = receipt.attempt.unwrap_or(current);
    if awaited && named == current {
        return Ok(current);
    }
    let last = row
        .progress
        .and_then(|p| p.last_receipt)
        .and_then(|index| view.receipt(index));
    match last {
        Some(last) if (receipt.attempt.is_some() || !awaited) && last.repeats(receipt) => {
            Err(JournalError::Duplicate {
                receipt_index: last.index,
                recorded_at: last.recorded_at,
            })
        }
        _ if named > current => Err(JournalError::UnknownAttempt {
            sequence,
            attempt: named,
            current,
        }),
        _ if named < current => Err(JournalError::StaleAttempt {
            sequence,
            attempt: named,
            current,
        }),
        _ => Err(JournalError::ReceiptWithoutPendingOperation {
            sequence,
            state: row.state,
        }),
    }
}

/// Everything that follows from a receipt that passed every check.
fn book(
    view: &impl JournalView,
    mut header: Header,
    spec: &OperationSpec,
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
    header.receipts += 1;
    header.updated_at = now;
    if state != RowState::Failed {
        header.cursor = spec.next;
    }
    let restart = restart(view, &mut header, spec, state, now);
    let artifact = artifact(view, spec, &record);
    Change {
        progress: Some((sequence, progress)),
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
    let owed = spec
        .target
        .and_then(|target| view.stopped_since(&target))
        .is_some();
    match (spec.kind, state) {
        (BackupOperationKind::Stop, RowState::Completed) => {
            header.stops_completed += 1;
            let target = spec.target.filter(|_| !owed)?;
            header.starts_owed += 1;
            Some(Restart::Owed { target, since: now })
        }
        (BackupOperationKind::Start, RowState::Completed | RowState::Skipped) => {
            header.starts_open -= 1;
            let target = spec.target.filter(|_| owed)?;
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
    let target = spec
        .target
        .filter(|_| record.receipt.outcome == ReceiptOutcome::Completed)?;
    let known = || view.artifact(&target).unwrap_or_default();
    let receipt = &record.receipt;
    let artifact = match spec.kind {
        BackupOperationKind::CreateSnapshot => Artifact {
            snapshot_id: receipt.snapshot_id.clone(),
            snapshot_recorded_at: Some(record.recorded_at),
            ..Artifact::default()
        },
        BackupOperationKind::DownloadSnapshot => Artifact {
            artifact_path: receipt.artifact_path.clone(),
            ..known()
        },
        BackupOperationKind::VerifyArtifact => Artifact {
            checksum: receipt.checksum.clone(),
            ..known()
        },
        _ => return None,
    };
    Some((target, artifact))
}

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
    Some(Row {
        spec,
        progress,
        state,
    })
}
