//! Accepting a preflight.

use super::{row::row, step::Step};
use crate::{
    PreflightId, Rules, Timestamp,
    journal::{AcceptedPreflight, Change, Header, JournalError, JournalView, Tally},
    plan::{BackupTarget, PlanHeader},
    preflight::{PreflightReceipts, ValidityWindow, check_preflight_receipts},
    text::first_hidden,
};

/// Accepts a preflight by its id alone: preflight rows are Completed, blocked rows Ready.
///
/// Accepting the accepted one again is allowed and notes the time anew. A new one is accepted only when
/// the old one came with receipts, has expired, and nothing mutating has begun; an id alone never
/// replaces receipts, but under [`Rules::V1`]. What has arrived of a
/// preflight in batches is dropped.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank id, [`JournalError::PreflightAlreadyAccepted`], [`JournalError::RunAborted`].
pub fn accept_preflight_bundle(
    view: &impl JournalView,
    preflight_id: &PreflightId,
    now: Timestamp,
) -> Result<Change, JournalError> {
    accept(view, preflight_id, None, now)
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
    let rules = view.header().rules;
    let proven = check_preflight_receipts(plan, targets, receipts, rules, now)?;
    let evidence = Evidence { window: receipts.window(), counts_until: receipts.counts_until() };
    let change = accept(view, &receipts.preflight_id, Some(evidence), now)?;
    Ok(Change { proven, ..change })
}

/// What receipts say about how long they count.
#[derive(Clone, Copy)]
pub(super) struct Evidence {
    /// The window of the bundle.
    pub window: ValidityWindow,
    /// When the first of them ceases to count.
    pub counts_until: Timestamp,
}

/// Accepts a preflight, whether its receipts came whole, in batches, or, without evidence, not at all.
pub(super) fn accept(
    view: &impl JournalView,
    preflight_id: &PreflightId,
    evidence: Option<Evidence>,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("preflight_id", preflight_id.as_str())?;
    let header = view.header();
    if let Some(abort) = &header.abort {
        return Err(abort.refusal());
    }
    if header.rules >= Rules::V2
        && let Some(character) = first_hidden(preflight_id.as_str())
    {
        let (field, character) = ("preflight_id".to_string(), character.escape_unicode());
        return Err(JournalError::HiddenCharacter { field, character: character.to_string() });
    }
    let known = match &header.preflight {
        Some(accepted) if accepted.preflight_id == *preflight_id => Some(accepted.clone()),
        Some(accepted) if !may_be_replaced(header, accepted, evidence.is_some(), now) => {
            return Err(JournalError::PreflightAlreadyAccepted {
                existing: accepted.preflight_id.clone(),
                attempted: preflight_id.clone(),
            });
        }
        Some(_) | None => None,
    };
    let mut step = Step::new(view);
    if step.header.preflight.is_none() {
        open_the_rest(view, &mut step);
    }
    let header = &mut step.header;
    // What the receipts prove is in the other set by now, and counts from here on.
    if evidence.is_some() {
        header.authorities = header.authorities.other();
    }
    // Naming the accepted bundle again without receipts must not make it last longer.
    let window = evidence.map(|it| it.window).or_else(|| known.as_ref().and_then(|it| it.window));
    let counts_until = match evidence {
        Some(evidence) => (header.rules >= Rules::V2).then_some(evidence.counts_until),
        None => known.and_then(|known| known.counts_until),
    };
    header.arriving = None;
    let preflight_id = preflight_id.clone();
    header.preflight =
        Some(AcceptedPreflight { preflight_id, accepted_at: now, window, counts_until });
    header.updated_at = now;
    Ok(step.finish())
}

/// Preflight rows are over, and the others may be claimed.
fn open_the_rest<V: JournalView>(view: &V, step: &mut Step<'_, V>) {
    // Preflight rows are done one by one, so only the next one can have been begun.
    let cursor = step.header.cursor;
    if let Some((sequence, row)) =
        cursor.and_then(|cursor| Some((cursor, row(view, &step.header, cursor)?)))
    {
        step.take_out(sequence, &row);
    }
    let header = &mut step.header;
    header.cursor = header.first_mutating;
    header.frontier = header.first_mutating;
    header.tally = Tally {
        completed: header.preflight_operations,
        ready: header.operations - header.preflight_operations - header.roll_backs(),
        skipped: header.roll_backs(),
        ..Tally::default()
    };
}

/// Whether the next preflight, with or without receipts, may take the place of the accepted one.
fn may_be_replaced(
    header: &Header,
    accepted: &AcceptedPreflight,
    with_receipts: bool,
    now: Timestamp,
) -> bool {
    // What was proven is not replaced by a name alone.
    let as_strong = with_receipts || header.rules < Rules::V2;
    let expired = accepted.expires_at().is_some_and(|expires_at| now >= expires_at);
    !header.mutation_begun && as_strong && expired
}
