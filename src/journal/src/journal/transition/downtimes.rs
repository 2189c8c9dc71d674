//! What a run tells people of its waves, and of how long its targets were down. No transition reads it.

use crate::{
    Rules, Sequence, Timestamp,
    journal::{Downtime, Downtimes, Header, OwedStart, StopOutcome, Wave, WaveBegun},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

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
