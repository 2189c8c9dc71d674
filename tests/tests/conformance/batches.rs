//! Receipts that arrive in batches mean what they mean as one bundle, whatever is wrong with them.

use backup_journal::{
    Timestamp,
    journal::{Journal, JournalError, JournalView, PreflightStanding},
    preflight::{PreflightError, PreflightReceipts},
};

/// Accepts `receipts`; whether and how they are accepted must not depend on their arriving whole.
pub fn accept(
    ours: &mut Journal,
    receipts: &PreflightReceipts,
    now: Timestamp,
) -> Result<(), JournalError> {
    let before = ours.clone();
    let whole = ours.accept_preflight_receipts(receipts, now);
    if before.header().standing(&receipts.preflight_id, receipts.window())
        == PreflightStanding::Accepted
    {
        // They are there already: whole they are accepted anew, in batches they are left alone.
        return whole;
    }
    for size in [1, 2, usize::MAX] {
        let mut journal = before.clone();
        let appended = append(&mut journal, receipts, size, now);
        assert_eq!(appended.is_ok(), whole.is_ok(), "{appended:?} in batches of {size}, {whole:?}");
        if whole.is_ok() {
            assert_eq!(journal, *ours, "in batches of {size}");
        }
    }
    whole
}

/// What a client does: as many targets as there are, batch by batch.
fn append(
    journal: &mut Journal,
    receipts: &PreflightReceipts,
    size: usize,
    now: Timestamp,
) -> Result<(), JournalError> {
    if receipts.topology.targets.len() != journal.plan().targets.len() {
        return Err(PreflightError::TopologyTargetsMismatch.into());
    }
    for (start, batch) in receipts.batches(size) {
        journal.append_preflight_receipts(start, &batch, now)?;
    }
    let standing = journal.header().standing(&receipts.preflight_id, receipts.window());
    assert_eq!(standing, PreflightStanding::Accepted);
    Ok(())
}
