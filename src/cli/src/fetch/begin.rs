//! Whether the service begins with the downloads of a run, or leaves them to somebody else: a rule without clock and calls.

use backup_journal::{
    Timestamp,
    journal::{Operation, ResumeSummary, RunState, Stage},
};
use std::time::Duration;

/// A command that waits for the coordinator's part of its own run asks every two seconds, so it comes first.
const GRACE: Duration = Duration::from_secs(20);

/// What is known of a run that waits for its downloads.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Where it stands.
    pub summary: &'a ResumeSummary,
    /// Whether the coordinator has executed it, so that nobody else need be there to download.
    pub executed: bool,
    /// Whether this service has begun with it.
    pub begun_here: bool,
    /// Operations that are claimed or have failed.
    pub open: &'a [Operation],
    /// Those that somebody else has claimed.
    pub foreign: &'a [Operation],
    /// The time of the network.
    pub now: Timestamp,
    /// After what time without a change a run is taken over.
    pub take_over_after: Duration,
}

/// What the service does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// It goes on with what it has begun, or begins.
    Begin,
    /// Somebody else has claimed some of it and does not go on: those claims are given up first.
    TakeOver,
    /// Somebody else works on it; the run is looked at again after this time.
    Leave(Timestamp),
}

impl Look<'_> {
    /// Decides.
    pub fn decide(&self) -> Decision {
        let elsewhere = if self.begun_here {
            !self.foreign.is_empty()
        } else {
            !self.executed || !self.is_untouched()
        };
        let patience = match (elsewhere, self.begun_here) {
            (true, _) => self.take_over_after,
            (false, true) => Duration::ZERO,
            (false, false) => GRACE,
        };
        let nanos = u64::try_from(patience.as_nanos()).unwrap_or(u64::MAX);
        let free_at = Timestamp(self.summary.updated_at.0.saturating_add(nanos));
        if patience > Duration::ZERO && free_at > self.now {
            Decision::Leave(free_at)
        } else if self.foreign.is_empty() {
            Decision::Begin
        } else {
            Decision::TakeOver
        }
    }

    /// Whether nobody has begun to download.
    fn is_untouched(&self) -> bool {
        let summary = self.summary;
        let next = summary.next_operation.as_ref();
        summary.targets_verified == 0
            && self.open.is_empty()
            && summary.stage == Some(Stage::Transfer)
            && next.is_some_and(|next| next.attempt.0 == 0)
    }
}

/// Whether a run waits for its downloads, as far as its journal says.
pub fn waits(summary: &ResumeSummary) -> bool {
    let under_way = matches!(summary.state, RunState::InProgress | RunState::Failed);
    let rest = matches!(summary.stage, Some(Stage::Transfer | Stage::Finalize));
    under_way && rest && summary.restore.is_none() && summary.abort.is_none()
}
