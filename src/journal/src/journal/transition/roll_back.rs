//! Rolling back a restore.

use crate::{
    Sequence, Timestamp,
    journal::{Abort, Change, JournalError, JournalView, Queue, RunAbort, Tally},
};

/// Rolls back a restore whose fleet is contained: every target whose load was ever claimed loads its safety snapshot
/// again, and then all targets are started.
///
/// Everything else is skipped, with `reason`. While a load is claimed its outcome is not known, and it could still be done
/// after the roll back, so that load is reported first. The reference has no restores.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank reason, [`JournalError::RunAborted`] when it was aborted or rolled back
/// before, [`JournalError::NotContained`], [`JournalError::LoadsClaimed`].
pub fn roll_back_run(
    view: &impl JournalView,
    reason: &str,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("reason", reason)?;
    let mut header = view.header().clone();
    if let Some(abort) = &header.abort {
        return Err(abort.refusal());
    }
    if !header.is_contained() {
        return Err(JournalError::NotContained);
    }
    let Tally { pending, completed, .. } = header.tally;
    if pending > 0 {
        return Err(JournalError::LoadsClaimed { claimed: pending });
    }
    let restore = header.restore_mut();
    restore.roll_backs_left = restore.loads_claimed;
    // Every target is stopped: loads come after all stops. So what is left are the roll backs, and a start for each.
    header.starts_open = restore.roll_backs_left + header.starts_unclaimed;
    let skipped = header.operations - completed - header.starts_open;
    header.tally = Tally { ready: header.starts_open, completed, skipped, ..Tally::default() };
    header.updated_at = now;
    header.arriving = None;
    header.frontier = None;
    header.ready_again = 0;
    let aborted = RunAbort { reason: reason.to_string(), aborted_at: now, rolled_back: true };
    header.abort = Some(Abort { aborted, receipts: header.receipts, outcome: None });
    let lists = [Queue::RollBackOwed, Queue::StartOwed];
    header.cursor = lists.into_iter().filter_map(|list| view.queued(list, Sequence(0))).min();
    Ok(Change::of(header))
}
