//! Claiming operations, and making failed ones Ready again.

use super::row::{Row, row};
use crate::{
    Rules, Sequence, Timestamp,
    journal::{
        Change, Header, JournalError, JournalView, Moved, OperationState, OtherRuns, OwedStart,
        Progress, Restart, RowState,
    },
    plan::BackupOperationKind,
};
use candid::Principal;

/// Claims the next operation, whichever it is.
///
/// # Errors
/// As [`mark_operation_pending`].
pub fn mark_next_operation_pending(
    view: &impl JournalView,
    others: &impl OtherRuns,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    let next = header.cursor.ok_or(JournalError::NoTransitionableOperation)?;
    claim(view, others, header, next, now)
}

/// Claims an operation: it is Pending from now on, and a new attempt begins.
///
/// # Errors
/// [`JournalError::NoTransitionableOperation`], [`JournalError::OutOfOrderOperationTransition`] when it
/// is not the next one, [`JournalError::InvalidOperationTransition`] when it is claimed already,
/// [`JournalError::PreflightExpired`] when nothing mutating has begun and the accepted receipts count no
/// more, and [`JournalError::TargetHeld`] for a stop of a canister that one of `others` holds.
pub fn mark_operation_pending(
    view: &impl JournalView,
    others: &impl OtherRuns,
    sequence: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    let next = header.cursor.ok_or(JournalError::NoTransitionableOperation)?;
    if sequence != next {
        return Err(JournalError::OutOfOrderOperationTransition { requested: sequence, next });
    }
    claim(view, others, header, next, now)
}

fn claim(
    view: &impl JournalView,
    others: &impl OtherRuns,
    mut header: Header,
    sequence: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let Row { spec, progress, state } =
        row(view, &header, sequence).expect("BUG: the cursor points past the end of the journal");
    if !matches!(state, OperationState::Ready | OperationState::Failed) {
        let to = OperationState::Pending;
        return Err(JournalError::InvalidOperationTransition { sequence, from: state, to });
    }
    if !spec.kind.is_preflight() {
        check_still_fresh(&header, now)?;
        header.mutation_begun = true;
    }
    let stopped = spec.target.filter(|_| spec.kind == BackupOperationKind::Stop);
    let restart = match stopped {
        Some(target) => {
            check_not_held(others, &header, target, sequence)?;
            let before = view.owed_start(&target);
            let after = Some(OwedStart::after_claim(before, now));
            Restart::between(&mut header, target, before, after)
        }
        None => None,
    };
    header.tally.shift(state, OperationState::Pending);
    header.pending_since = Some(now);
    header.updated_at = now;
    let progress = Progress {
        state: RowState::Pending,
        attempt: progress.map(|row| row.attempt).unwrap_or_default().next(),
        updated_at: now,
        last_receipt: progress.and_then(|row| row.last_receipt),
    };
    let moved = Some(Moved { sequence, spec, progress });
    Ok(Change { moved, restart, ..Change::of(header) })
}

/// A canister is between its stop and its start in one run at a time. Runs of 0.1.0 were not held to that.
fn check_not_held(
    others: &impl OtherRuns,
    header: &Header,
    target: Principal,
    sequence: Sequence,
) -> Result<(), JournalError> {
    if header.rules < Rules::V2 {
        return Ok(());
    }
    match others.holder(&target) {
        Some(run_id) => Err(JournalError::TargetHeld { sequence, canister_id: target, run_id }),
        None => Ok(()),
    }
}

/// Before the first mutating claim the receipts of the preflight must still count.
fn check_still_fresh(header: &Header, now: Timestamp) -> Result<(), JournalError> {
    let Some(accepted) = header.preflight.as_ref().filter(|_| !header.mutation_begun) else {
        return Ok(());
    };
    match accepted.expires_at() {
        Some(expires_at) if now >= expires_at => Err(JournalError::PreflightExpired {
            preflight_id: accepted.preflight_id.clone(),
            expires_at,
            now,
        }),
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
        return Err(JournalError::OperationNotFailed { sequence, state: row.state });
    };
    header.tally.shift(OperationState::Failed, OperationState::Ready);
    header.updated_at = now;
    let progress = Progress { state: RowState::Ready, updated_at: now, ..progress };
    Ok(Change { moved: Some(Moved { sequence, spec: row.spec, progress }), ..Change::of(header) })
}
