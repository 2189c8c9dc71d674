//! What a schedule consists of.

use super::{ScheduleError, cron::Cron};
use crate::{FleetName, RunId, Timestamp};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How many backups of a fleet stay on the network if its schedule does not say so.
pub const KEEP_ON_NETWORK: u32 = 3;
/// The least and the most backups that can be kept. With the most there are still slots for the next backup and for the
/// safety snapshot of a restore.
pub const KEEP_RANGE: (u32, u32) = (1, 8);

/// When a fleet is backed up.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Schedule {
    /// At which times.
    #[n(0)]
    pub timing: Timing,
    /// For how many seconds after such a time a backup may still begin; a later one is left out. Without it a time that was
    /// missed is made up for once, as soon as possible.
    #[n(1)]
    pub window_seconds: Option<u64>,
    /// Whether no backup begins until the schedule is continued.
    #[n(2)]
    pub paused: bool,
    /// How many backups of the fleet stay on the network, 1 to 8; 3 if absent. Older ones are deleted.
    #[n(3)]
    pub keep_on_network: Option<u32>,
}

/// The times of a schedule, in UTC.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum Timing {
    /// A cron expression with five fields: minute, hour, day of the month, month, day of the week. For instance
    /// `30 3 * * *`, or `0 4 * * MON`.
    #[n(0)]
    Cron(#[n(0)] String),
    /// Every so many seconds, counted from 1970-01-01: at least 3,600.
    #[n(1)]
    EverySeconds(#[n(0)] u64),
}

/// How far a schedule has come.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct ScheduleState {
    /// When the next backup is to begin.
    #[n(0)]
    pub next_at: Timestamp,
    /// The last turn; none before the first.
    #[n(1)]
    pub last: Option<LastTurn>,
}

/// What has become of the last time of a schedule.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct LastTurn {
    /// The time of the schedule.
    #[n(0)]
    pub planned_at: Timestamp,
    /// When the coordinator looked at it.
    #[n(1)]
    pub decided_at: Timestamp,
    /// What it did.
    #[n(2)]
    pub outcome: TurnOutcome,
}

/// What was done at a time of a schedule.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum TurnOutcome {
    /// A backup was begun.
    #[n(0)]
    Started {
        /// Its run.
        #[n(0)]
        run_id: RunId,
    },
    /// None was begun.
    #[n(1)]
    Skipped {
        /// Why.
        #[n(0)]
        reason: String,
    },
}

/// A schedule, and how far it has come.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduleStatus {
    /// The fleet.
    pub fleet: FleetName,
    /// The schedule.
    pub schedule: Schedule,
    /// When the next backup is to begin; none while the schedule is paused.
    pub next_at: Option<Timestamp>,
    /// The last turn; none before the first.
    pub last: Option<LastTurn>,
}

impl Schedule {
    /// The shortest interval, and the shortest window: an hour, and a minute.
    pub(super) const MIN_INTERVAL_SECONDS: u64 = 3_600;
    const WINDOW_SECONDS: (u64, u64) = (60, 604_800);
    /// More than the times of a day, so that it does not matter at which hour an expression is checked.
    const TIMES_CHECKED: u32 = 50;
    /// The longest interval: a year.
    const MAX_INTERVAL_SECONDS: u64 = 31_536_000;

    /// Checks the schedule, at `now`.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn check(&self, now: Timestamp) -> Result<(), ScheduleError> {
        if let Some(value) = self.window_seconds {
            let (minimum, maximum) = Self::WINDOW_SECONDS;
            in_range("window_seconds", value, minimum, maximum)?;
        }
        let (minimum, maximum) = KEEP_RANGE;
        in_range("keep_on_network", self.keep().into(), minimum.into(), maximum.into())?;
        match &self.timing {
            Timing::Cron(expression) => {
                let cron = Cron::parse(expression)?;
                let mut last = cron.after(now).ok_or(ScheduleError::Never)?;
                for _ in 0..Self::TIMES_CHECKED {
                    let next = cron.after(last).ok_or(ScheduleError::Never)?;
                    let seconds = next.nanos_since(last) / 1_000_000_000;
                    if seconds < Self::MIN_INTERVAL_SECONDS {
                        return Err(ScheduleError::TooOften { seconds });
                    }
                    last = next;
                }
                Ok(())
            }
            Timing::EverySeconds(seconds) => {
                let (minimum, maximum) = (Self::MIN_INTERVAL_SECONDS, Self::MAX_INTERVAL_SECONDS);
                in_range("timing.EverySeconds", *seconds, minimum, maximum)
            }
        }
    }

    /// How many backups stay on the network.
    pub fn keep(&self) -> u32 {
        self.keep_on_network.unwrap_or(KEEP_ON_NETWORK)
    }

    /// The first time of the schedule after `now`; none if there is none any more.
    pub fn after(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.timing {
            Timing::Cron(expression) => Cron::parse(expression).ok()?.after(now),
            Timing::EverySeconds(seconds) => {
                let nanos = seconds.checked_mul(1_000_000_000).filter(|nanos| *nanos > 0)?;
                (now.0 / nanos + 1).checked_mul(nanos).map(Timestamp)
            }
        }
    }
}

fn in_range(field: &str, value: u64, minimum: u64, maximum: u64) -> Result<(), ScheduleError> {
    if (minimum..=maximum).contains(&value) {
        return Ok(());
    }
    Err(ScheduleError::OutOfRange { field: field.to_string(), value, minimum, maximum })
}
