//! Claiming operations, and making failed ones Ready again.

use super::{
    row::{Row, row},
    step::Step,
    wave::Candidates,
};
use crate::{
    Rules, Sequence, Timestamp,
    journal::{
        Change, Header, JournalError, JournalView, OperationState, OtherRuns, OwedStart, Progress,
        Queue, Restart, RowState,
    },
    plan::BackupOperationKind as Kind,
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
    let next = next_of(header)?;
    claim_next(view, others, next, now)
}

/// Claims an operation: it is Pending from now on, and a new attempt begins.
///
/// # Errors
/// [`JournalError::NoTransitionableOperation`], [`JournalError::OutOfOrderOperationTransition`] when it
/// is not the next one, [`JournalError::RunAborted`] when it is no start that an aborted run owes,
/// [`JournalError::InvalidOperationTransition`] when it is claimed already,
/// [`JournalError::PreflightExpired`] when nothing mutating has begun and the accepted receipts count no
/// more, and [`JournalError::TargetHeld`] for a stop of a canister that one of `others` holds.
pub fn mark_operation_pending(
    view: &impl JournalView,
    others: &impl OtherRuns,
    sequence: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    let next = next_of(header)?;
    if sequence == next {
        return claim_next(view, others, next, now);
    }
    Err(match &header.abort {
        Some(abort) if !is_start_left(view, header, sequence) => abort.refusal(),
        _ => JournalError::OutOfOrderOperationTransition { requested: sequence, next },
    })
}

/// Whether this is a start, or rolls a target back, and is not over.
fn is_start_left(view: &impl JournalView, header: &Header, sequence: Sequence) -> bool {
    row(view, header, sequence)
        .is_some_and(|row| row.spec.kind.outlives_abort() && row.state.is_actionable())
}

/// Claims up to `limit` operations of the wave at hand that are Ready; those with the lowest sequences.
///
/// Answers with the rows that moved, which are none when the whole wave is claimed. A stop of a canister that one of
/// `others` holds ends the batch in front of it. The reference has no such transition: it claims one by one.
///
/// # Errors
/// As [`mark_operation_pending`]; [`JournalError::TargetHeld`] only when the first operation is such a stop.
pub fn claim_operations(
    view: &impl JournalView,
    others: &impl OtherRuns,
    limit: u32,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let header = view.header();
    let mut candidates = Candidates::of(view, header, next_of(header)?);
    let mut step = Step::new(view);
    while step.moves() < limit as usize {
        let Some((sequence, row)) = candidates.next() else { break };
        match claim(&mut step, view, others, sequence, row, now) {
            Err(error) if step.moves() == 0 => return Err(error),
            Err(_) => break,
            Ok(()) => {}
        }
    }
    Ok(step.finish())
}

fn next_of(header: &Header) -> Result<Sequence, JournalError> {
    header.cursor.ok_or_else(|| match &header.abort {
        Some(abort) => abort.refusal(),
        None => JournalError::NoTransitionableOperation,
    })
}

fn claim_next(
    view: &impl JournalView,
    others: &impl OtherRuns,
    next: Sequence,
    now: Timestamp,
) -> Result<Change, JournalError> {
    let row =
        row(view, view.header(), next).expect("BUG: the cursor points past the end of the journal");
    if !matches!(row.state, OperationState::Ready | OperationState::Failed) {
        let to = OperationState::Pending;
        return Err(JournalError::InvalidOperationTransition {
            sequence: next,
            from: row.state,
            to,
        });
    }
    let mut step = Step::new(view);
    claim(&mut step, view, others, next, row, now)?;
    Ok(step.finish())
}

/// Claims an operation that is Ready or Failed.
fn claim<V: JournalView>(
    step: &mut Step<'_, V>,
    view: &V,
    others: &impl OtherRuns,
    sequence: Sequence,
    row: Row,
    now: Timestamp,
) -> Result<(), JournalError> {
    let stopped = row.spec.target.filter(|_| row.spec.kind == Kind::Stop);
    if !row.spec.kind.is_preflight() {
        check_still_fresh(&step.header, now)?;
    }
    if let Some(target) = stopped {
        check_not_held(others, &step.header, target, sequence)?;
        owe_start(step, view, target, &row, now);
    }
    if row.spec.kind == Kind::LoadSnapshot && row.progress.is_none() {
        step.header.restore_mut().loads_claimed += 1;
        if let Some(roll_back) = row.spec.pair {
            step.enter_untouched(Queue::RollBackOwed, roll_back);
        }
    }
    let begun = step.header.note_claim(sequence, row.spec.kind, row.spec.wave, now);
    step.wave_begun = step.wave_begun.or(begun);
    step.header.mutation_begun |= !row.spec.kind.is_preflight();
    step.header.updated_at = now;
    let (before, next) = (row.progress, row.spec.next);
    let progress = Progress {
        state: RowState::Pending,
        attempt: before.map(|row| row.attempt).unwrap_or_default().next(),
        updated_at: now,
        last_receipt: before.and_then(|row| row.last_receipt),
    };
    step.move_row(sequence, row, progress);
    if step.header.frontier.is_some_and(|frontier| sequence >= frontier) {
        step.header.frontier = next;
    }
    Ok(())
}

/// From its first claim on a stop may have happened, so a start is owed.
fn owe_start<V: JournalView>(
    step: &mut Step<'_, V>,
    view: &V,
    target: Principal,
    row: &Row,
    now: Timestamp,
) {
    let before = view.owed_start(&target);
    let after = Some(OwedStart::after_claim(before, now));
    let restart = Restart::between(&mut step.header, target, before, after);
    step.push_restart(restart);
    // In plans of 0.1.0 two stops can belong to one start.
    let old = step.header.rules < Rules::V2;
    let is_listed = |start| old && view.queued(Queue::StartOwed, start) == Some(start);
    if let Some(start) = row.spec.pair.filter(|start| row.progress.is_none() && !is_listed(*start))
    {
        step.enter_untouched(Queue::StartOwed, start);
    }
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
    let row =
        row(view, view.header(), sequence).ok_or(JournalError::OperationNotFound { sequence })?;
    let (OperationState::Failed, Some(progress)) = (row.state, row.progress) else {
        return Err(JournalError::OperationNotFailed { sequence, state: row.state });
    };
    let mut step = Step::new(view);
    step.header.updated_at = now;
    let progress = Progress { state: RowState::Ready, updated_at: now, ..progress };
    step.move_row(sequence, row, progress);
    Ok(step.finish())
}
