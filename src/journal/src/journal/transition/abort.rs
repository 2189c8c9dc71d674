//! Aborting a run.

use crate::{
    Sequence, Timestamp,
    journal::{Abort, Change, Header, JournalError, JournalView, Queue, RunAbort, Tally},
    plan::BackupOperationKind,
};

/// Aborts a run: no operation but starts can be claimed from now on.
///
/// A start is Ready for every target whose stop was ever claimed, whatever was reported about that stop, unless the
/// start is over or claimed. What is claimed stays so until its receipt comes. Everything else that is not over is
/// skipped, with `reason`. When those starts are over, the run is. The reference has no such transition.
///
/// # Errors
/// [`JournalError::MissingField`] for a blank reason, [`JournalError::RunAborted`] when it was aborted before,
/// [`JournalError::RunOver`], [`JournalError::Contained`] while a restore has loaded some snapshots and not all.
pub fn abort_run(
    view: &impl JournalView,
    reason: &str,
    now: Timestamp,
) -> Result<Change, JournalError> {
    JournalError::require("reason", reason)?;
    let header = view.header();
    if let Some(abort) = &header.abort {
        return Err(abort.refusal());
    }
    if header.is_over() {
        return Err(JournalError::RunOver);
    }
    if let Some(refusal) = header.contained_refusal() {
        return Err(refusal);
    }
    let mut header = header.clone();
    skip_all_but_starts(view, &mut header);
    header.updated_at = now;
    header.arriving = None;
    let aborted = RunAbort { reason: reason.to_string(), aborted_at: now, rolled_back: false };
    let outcome = (header.starts_open == 0).then(|| header.saved());
    header.abort = Some(Abort { aborted, receipts: header.receipts, outcome });
    Ok(Change::of(header))
}

/// Rows are not touched: what they are from now on follows from the abort. So its cost does not depend on the run.
fn skip_all_but_starts(view: &impl JournalView, header: &mut Header) {
    let spec = header.cursor.and_then(|cursor| view.spec(cursor));
    let starting = spec.is_some_and(|spec| spec.kind == BackupOperationKind::Start);
    let Tally { pending, completed, failed, .. } = header.tally;
    // While targets are started, whatever was begun and is not over is a start.
    let (begun, claimed) =
        if starting { (pending + failed + header.ready_again, pending) } else { (0, 0) };
    header.starts_open = header.starts_unclaimed + begun;
    let ready = header.starts_open - claimed;
    let skipped = header.operations - pending - completed - ready;
    header.tally = Tally { ready, pending, completed, skipped, ..Tally::default() };
    header.frontier = None;
    // Before that, no start was claimed.
    if !starting {
        header.ready_again = 0;
    }
    let lists: &[Queue] = if starting { Queue::after_abort(false) } else { &[Queue::StartOwed] };
    header.cursor = lists.iter().filter_map(|queue| view.queued(*queue, Sequence(0))).min();
}
