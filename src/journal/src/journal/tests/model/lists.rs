//! What the lists of a journal must hold.

use super::{Model, Row};
use crate::{
    journal::{OperationState as State, Queue},
    plan::BackupOperationKind as Kind,
};

impl Model {
    /// The rows of a list, in order. After an abort the lists of what it skipped do not matter: none for those.
    pub fn list(&self, queue: Queue) -> Option<Vec<usize>> {
        let skipped = matches!(queue, Queue::Ready | Queue::Failed) && self.aborted;
        (!skipped).then(|| (0..self.rows.len()).filter(|at| self.is_in(*at, queue)).collect())
    }

    fn is_in(&self, at: usize, queue: Queue) -> bool {
        let Row { kind, state, attempt, failed_before_abort, .. } = self.rows[at];
        let passed = self.frontier().is_none_or(|frontier| at < frontier);
        let start = kind == Kind::Start;
        match queue {
            Queue::Ready => !start && state == State::Ready && passed && !self.waits(at),
            Queue::Claimed => !start && state == State::Pending,
            Queue::Failed => !start && state == State::Failed,
            Queue::StartOwed => {
                start && attempt == 0 && !super::is_over(state) && self.follows_claimed_stop(at)
            }
            Queue::StartReady => {
                start && attempt > 0 && state == State::Ready && !failed_before_abort
            }
            Queue::StartClaimed => start && state == State::Pending,
            Queue::StartFailed if self.aborted => start && failed_before_abort,
            Queue::StartFailed => start && state == State::Failed,
            Queue::RollBackOwed => kind == Kind::RollBack,
            Queue::StartFailedAfterAbort => self.aborted && start && state == State::Failed,
        }
    }
}
