//! Accepting a preflight.

use crate::{
    PreflightId, Rules, Timestamp,
    journal::{AcceptedPreflight, Change, Header, JournalError, JournalView, Tally},
    plan::{BackupTarget, PlanHeader},
    preflight::{PreflightReceipts, ValidityWindow, check_preflight_receipts},
};

/// Accepts a preflight by its id alone: preflight rows are Completed, blocked rows Ready.
///
/// Accepting the accepted one again is allowed and notes the time anew. A new one is accepted only when
/// the old one came with receipts, has expired, and nothing mutating has begun; an id alone never
/// replaces receipts, but under [`Rules::V1`]. What has arrived of a
/// preflight in batches is dropped.
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
    let change = accept(view.header(), &receipts.preflight_id, Some(receipts.window()), now)?;
    Ok(Change { proven, ..change })
}

/// Accepts a preflight, whether its receipts came whole, in batches, or, without a window, not at all.
pub(super) fn accept(
    mut header: Header,
    preflight_id: &PreflightId,
    window: Option<ValidityWindow>,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("preflight_id", preflight_id.as_str())?;
    let known = match &header.preflight {
        Some(accepted) if accepted.preflight_id == *preflight_id => Some(accepted),
        Some(accepted) if !may_be_replaced(&header, accepted, window, now) => {
            return Err(JournalError::PreflightAlreadyAccepted {
                existing: accepted.preflight_id.clone(),
                attempted: preflight_id.clone(),
            });
        }
        Some(_) | None => None,
    };
    // What the receipts prove is in the other set by now, and counts from here on.
    if window.is_some() {
        header.authorities = header.authorities.other();
    }
    // Naming the accepted bundle again without receipts must not make it last longer.
    let window = window.or_else(|| known.and_then(|accepted| accepted.window));
    if header.preflight.is_none() {
        header.cursor = header.first_mutating;
        header.pending_since = None;
        header.tally = Tally {
            completed: header.preflight_operations,
            ready: header.operations - header.preflight_operations,
            ..Tally::default()
        };
    }
    header.arriving = None;
    header.preflight =
        Some(AcceptedPreflight { preflight_id: preflight_id.clone(), accepted_at: now, window });
    header.updated_at = now;
    Ok(Change::of(header))
}

/// Whether the next preflight, with or without a window, may take the place of the accepted one.
fn may_be_replaced(
    header: &Header,
    accepted: &AcceptedPreflight,
    next: Option<ValidityWindow>,
    now: Timestamp,
) -> bool {
    // What was proven is not replaced by a name alone.
    let as_strong = next.is_some() || header.rules < Rules::V2;
    let expired = accepted.window.is_some_and(|window| now >= window.expires_at);
    !header.mutation_begun && as_strong && expired
}
