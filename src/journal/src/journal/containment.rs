//! When a restore is contained, and what it is worth.

use super::{Header, JournalError, RestoreProgress, RunOutcome};

impl Header {
    /// Whether some targets may have another state than the rest, so that none may be started.
    pub const fn is_contained(&self) -> bool {
        match (&self.restore, &self.abort) {
            (None, _) => false,
            (Some(restore), None) => {
                restore.loads_claimed > 0 && restore.loads_over < restore.loads
            }
            (Some(restore), Some(_)) => restore.roll_backs_left > 0,
        }
    }

    /// The refusal of what must not be done while the run is contained; none if it is not.
    pub fn contained_refusal(&self) -> Option<JournalError> {
        let RestoreProgress { loads, loads_over, .. } =
            self.restore.filter(|_| self.is_contained())?;
        Some(JournalError::Contained { loaded: loads_over, loads })
    }

    /// Whether the run was rolled back.
    pub const fn is_rolled_back(&self) -> bool {
        matches!(&self.abort, Some(abort) if abort.aborted.rolled_back)
    }

    /// How many operations roll the run back: none of them is to be done unless it is rolled back.
    pub(super) const fn roll_backs(&self) -> u32 {
        match &self.restore {
            Some(restore) => restore.loads,
            None => 0,
        }
    }

    /// What a restore would be worth if it were over now.
    pub(super) const fn restored(&self, restore: &RestoreProgress) -> RunOutcome {
        if self.is_rolled_back() && restore.rolled_back == restore.loads_claimed {
            RunOutcome::RolledBack
        } else if restore.loads_claimed == 0 {
            RunOutcome::Nothing
        } else if restore.verified == restore.loads {
            RunOutcome::Restored
        } else {
            RunOutcome::Partial
        }
    }

    /// Changes what is known of the restore.
    ///
    /// # Panics
    /// When the run is no restore, which has no such operations.
    pub(super) fn restore_mut(&mut self) -> &mut RestoreProgress {
        self.restore.as_mut().expect("BUG: a backup has an operation of a restore")
    }
}
