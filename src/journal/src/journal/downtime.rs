//! How long a run keeps its targets down, and when its waves begin: for people who look at the run.
//!
//! No transition reads any of this. Runs of 0.1.0 have none of it, because it was not counted from their beginning.

use super::{Header, OwedStart, StopOutcome, Wave};
use crate::{Rules, Sequence, Timestamp, plan::BackupOperationKind as Kind};
use candid::Principal;
use minicbor::{Decode, Encode};

/// How long the targets of a run were down, together.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Downtimes {
    /// When the first stop was claimed.
    #[n(0)]
    pub first_stop: Timestamp,
    /// When the last start was done; none while no start is.
    #[n(1)]
    pub last_start: Option<Timestamp>,
    /// How many targets have a [`Downtime`].
    #[n(2)]
    pub targets: u32,
}

/// How long one target was down: from its completed stop to its completed start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Downtime {
    /// The start.
    pub start: Sequence,
    /// The target.
    pub target: Principal,
    /// When the stop was done.
    pub since: Timestamp,
    /// When the start was done.
    pub until: Timestamp,
}

/// The beginning of a wave.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct WaveBegun {
    /// The operation of the wave that was claimed first.
    #[n(0)]
    pub first: Sequence,
    /// When that was.
    #[n(1)]
    pub at: Timestamp,
}

impl Header {
    /// Notes a claim, before it is applied. Answers with the wave that begins with it.
    pub(super) fn note_claim(
        &mut self,
        sequence: Sequence,
        kind: Kind,
        wave: Option<Wave>,
        now: Timestamp,
    ) -> Option<(Wave, WaveBegun)> {
        if self.rules < Rules::V2 || self.abort.is_some() {
            return None;
        }
        if kind == Kind::Stop {
            let none = Downtimes { first_stop: now, last_start: None, targets: 0 };
            self.downtimes.get_or_insert(none);
        }
        let wave = wave.filter(|wave| self.wave != Some(*wave))?;
        self.wave = Some(wave);
        Some((wave, WaveBegun { first: sequence, at: now }))
    }

    /// Notes that `start` was completed at `done_at`. Answers with how long its target was down, if it is known that
    /// the target was stopped.
    pub(super) fn note_start(
        &mut self,
        start: Sequence,
        target: Option<Principal>,
        owed: Option<OwedStart>,
        done_at: Timestamp,
    ) -> Option<Downtime> {
        let downtimes = self.downtimes.as_mut()?;
        downtimes.last_start = downtimes.last_start.max(Some(done_at));
        let stopped = owed.filter(|owed| owed.stop == StopOutcome::Stopped)?;
        self.note_downtime(start, target, stopped.since, done_at)
    }

    /// Notes that the target of `start` was down for this time.
    pub(super) fn note_downtime(
        &mut self,
        start: Sequence,
        target: Option<Principal>,
        since: Timestamp,
        until: Timestamp,
    ) -> Option<Downtime> {
        let target = target?;
        self.downtimes.as_mut()?.targets += 1;
        Some(Downtime { start, target, since, until })
    }
}
