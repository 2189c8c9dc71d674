//! Accepting a preflight whose receipts arrive in batches.

use super::preflight::{Evidence, accept};
use crate::{
    Timestamp,
    journal::{ArrivingPreflight, Change, Header, JournalError, JournalView, PreflightStanding},
    plan::{BackupTarget, PlanHeader},
    preflight::{PreflightError, PreflightReceipts, ProvenAuthority, check_preflight_receipts},
};

/// Takes the receipts of `targets`, which are those from `start` on in the order of the plan, as many as the
/// topology receipt lists or as there are. Those of the last target accept the preflight.
///
/// To the receipts of each batch the rules of [`super::accept_preflight_receipts`] apply, so that all batches
/// together mean what they would mean as one bundle. Id and window name the preflight: a batch that starts at
/// 0 with another one drops what has arrived of the one before. What is proven counts only when all is.
///
/// Answers with no change when the batch is empty, or was sent before.
///
/// # Errors
/// [`JournalError::Preflight`] and [`JournalError::PreflightAlreadyAccepted`], as
/// [`super::accept_preflight_receipts`]; then [`JournalError::PreflightConflict`] when a batch was sent before
/// and proved something else, and [`JournalError::PreflightGap`] when it does not start where the receipts end; at last
/// [`PreflightError::Expired`] when a receipt that arrived earlier no longer counts.
///
/// # Panics
/// When there are more targets than a u32 counts, which no header says.
pub fn append_preflight_receipts(
    view: &impl JournalView,
    plan: &PlanHeader,
    targets: &[BackupTarget],
    start: u32,
    receipts: &PreflightReceipts,
    now: Timestamp,
) -> Result<Option<Change>, JournalError> {
    let (header, window) = (view.header(), receipts.window());
    let proven = check_preflight_receipts(plan, targets, receipts, header.rules, now)?;
    let preflight_id = receipts.preflight_id.clone();
    let mut counts_until = receipts.counts_until();
    if let Some(earlier) = header.arriving(&preflight_id, window) {
        counts_until = counts_until.min(earlier.counts_until);
    }
    let evidence = Evidence { window, counts_until };
    let accepted = accept(view, &preflight_id, Some(evidence), now)?;
    let Some(covered) = covered_with(view, header, receipts, start, &proven)? else {
        return Ok(None);
    };
    if now >= counts_until {
        // As one bundle these receipts would be refused, too.
        let expires_at = counts_until;
        return Err(PreflightError::Expired { preflight_id, expires_at, now }.into());
    }
    let change = if covered == header.targets {
        accepted
    } else {
        let arriving = Some(ArrivingPreflight { preflight_id, window, covered, counts_until });
        Change::of(Header { arriving, updated_at: now, ..header.clone() })
    };
    Ok(Some(Change { proven, ..change }))
}

/// How many targets are covered with this batch; none if it is there already.
fn covered_with(
    view: &impl JournalView,
    header: &Header,
    receipts: &PreflightReceipts,
    start: u32,
    proven: &[ProvenAuthority],
) -> Result<Option<u32>, JournalError> {
    if proven.is_empty() {
        return Ok(None);
    }
    let count = u32::try_from(proven.len()).expect("BUG: more targets than a u32 counts");
    let end = start.saturating_add(count);
    let (covered, set) = match header.standing(&receipts.preflight_id, receipts.window()) {
        PreflightStanding::Accepted => (header.targets, header.authorities),
        PreflightStanding::Arriving { covered } => (covered, header.authorities.other()),
    };
    if start == covered {
        return Ok(Some(end));
    }
    for (position, proof) in (start..covered).zip(proven) {
        if view.proven(set, &proof.canister_id).as_ref() != Some(proof) {
            return Err(JournalError::PreflightConflict { position });
        }
    }
    if end <= covered { Ok(None) } else { Err(JournalError::PreflightGap { start, covered }) }
}
