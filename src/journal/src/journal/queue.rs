//! Which operations were begun and are not over, in lists from which the next ones are found at once.
//!
//! A journal of 100,000 operations is never searched. Every operation that was begun and is not over stands in one
//! of these lists, sorted by sequence. Starts have lists of their own, because after an abort only they count.

use super::{Header, RowState};
use crate::plan::BackupOperationKind;

/// A list of operations that were begun and are not over.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Queue {
    /// May be claimed: a retry, or a verification that was passed while its download was not over.
    Ready,
    /// Claimed; the receipt is awaited.
    Claimed,
    /// Failed.
    Failed,
    /// Starts that were never claimed, of targets whose stop was. After an abort they may be claimed.
    StartOwed,
    /// Starts that may be claimed again.
    StartReady,
    /// Starts that are claimed.
    StartClaimed,
    /// Starts that failed. After an abort they may be claimed.
    StartFailed,
    /// Starts that failed after the run was aborted.
    StartFailedAfterAbort,
    /// Operations that roll back a target whose load was claimed. They count only when the run is rolled back; once they
    /// are claimed they are in the lists of the starts.
    RollBackOwed,
}

impl Queue {
    /// Every list, in the order of the numbers that they are stored under.
    pub const ALL: [Self; 9] = [
        Self::Ready,
        Self::Claimed,
        Self::Failed,
        Self::StartOwed,
        Self::StartReady,
        Self::StartClaimed,
        Self::StartFailed,
        Self::StartFailedAfterAbort,
        Self::RollBackOwed,
    ];

    /// The lists of what is being done, before an abort. All of it is of one wave, so either the starts' lists are
    /// empty or the others.
    pub(super) const BEFORE_ABORT: [Self; 6] = [
        Self::Ready,
        Self::Claimed,
        Self::Failed,
        Self::StartReady,
        Self::StartClaimed,
        Self::StartFailed,
    ];

    /// The lists of the starts that are not over, after an abort.
    const AFTER_ABORT: [Self; 5] = [
        Self::StartOwed,
        Self::StartReady,
        Self::StartClaimed,
        Self::StartFailed,
        Self::StartFailedAfterAbort,
    ];

    /// The lists of what is not over after a run was rolled back.
    const AFTER_ROLL_BACK: [Self; 6] = [
        Self::RollBackOwed,
        Self::StartOwed,
        Self::StartReady,
        Self::StartClaimed,
        Self::StartFailed,
        Self::StartFailedAfterAbort,
    ];

    /// The lists of what is not over and is still done after an abort, or after a roll back.
    pub(super) const fn after_abort(rolled_back: bool) -> &'static [Self] {
        if rolled_back { &Self::AFTER_ROLL_BACK } else { &Self::AFTER_ABORT }
    }

    /// The lists of what was claimed and is not over, after an abort.
    const OPEN_AFTER_ABORT: [Self; 5] = [
        Self::Claimed,
        Self::StartReady,
        Self::StartClaimed,
        Self::StartFailed,
        Self::StartFailedAfterAbort,
    ];

    /// The lists of the operations of a run that were claimed and are not over.
    pub const fn open(header: &Header) -> &'static [Self] {
        if header.abort.is_some() { &Self::OPEN_AFTER_ABORT } else { &Self::BEFORE_ABORT }
    }

    /// The number that the list is stored under.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The list that is stored under this number; none if this release has no such list.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The list of an operation that was touched; none when it is over.
    ///
    /// `aborted` says whether it came to this state after the run was aborted.
    pub const fn of(kind: BackupOperationKind, row: RowState, aborted: bool) -> Option<Self> {
        Some(match (row, kind.outlives_abort()) {
            (RowState::Ready, false) => Self::Ready,
            (RowState::Pending, false) => Self::Claimed,
            (RowState::Failed, false) => Self::Failed,
            (RowState::Ready, true) => Self::StartReady,
            (RowState::Pending, true) => Self::StartClaimed,
            (RowState::Failed, true) if aborted => Self::StartFailedAfterAbort,
            (RowState::Failed, true) => Self::StartFailed,
            (RowState::Completed | RowState::Skipped, _) => return None,
        })
    }

    /// Whether operations are claimed while they are in this list.
    pub const fn is_claimed(self) -> bool {
        matches!(self, Self::Claimed | Self::StartClaimed)
    }
}
