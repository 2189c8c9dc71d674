//! Settling a start that is owed, by the word of an administrator.

use crate::{
    Timestamp,
    journal::{Change, JournalError, JournalView, Restart},
};
use candid::Principal;

/// Notes that no start is owed to `target` any more: it was seen to run, or it is gone.
///
/// The operations of the run stay as they are. The reference has no such transition: there a plan that stops a
/// canister and does not start it owes a start for ever.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank reason, [`JournalError::StartNotOwed`].
pub fn settle_start(
    view: &impl JournalView,
    target: Principal,
    reason: &str,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("reason", reason)?;
    let owed = view.owed_start(&target);
    if owed.is_none() {
        return Err(JournalError::StartNotOwed { canister_id: target });
    }
    let mut header = view.header().clone();
    header.updated_at = now;
    let restart = Restart::between(&mut header, target, owed, None);
    Ok(Change { restarts: restart.into_iter().collect(), ..Change::of(header) })
}
