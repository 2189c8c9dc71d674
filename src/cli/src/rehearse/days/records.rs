//! What is known of each night, and of all of them.

use crate::words::excerpt;
use backup_journal::{RunId, Timestamp, journal::RunOutcome};
use serde::Serialize;
use std::collections::BTreeMap;

/// Characters of a reason that are shown.
pub const SHOWN: usize = 80;

/// A night.
#[derive(Debug, Serialize)]
pub struct Night {
    /// Its number, from 1.
    pub number: u32,
    /// The time of the schedule.
    pub at: Timestamp,
    /// The run, if one was begun.
    pub run_id: Option<RunId>,
    /// What it has saved.
    pub outcome: Option<RunOutcome>,
    /// Why the run was aborted.
    pub aborted: Option<String>,
    /// Why none was begun at this time. An outage is made up for when it is over.
    pub without: Option<String>,
    /// The longest time for which a member was down that the coordinator had stopped, in nanoseconds.
    pub down_nanos: u64,
    /// The most snapshots that a member had.
    pub slots: u32,
    /// Calls of the coordinator, up to the morning.
    pub calls: u32,
    /// How many of them went wrong.
    pub faults: u32,
    /// Snapshots that the coordinator has deleted until the next night.
    pub deleted: u32,
}

/// What the nights add up to.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// Runs that the schedule has begun, by what they have saved.
    pub runs: BTreeMap<&'static str, u32>,
    /// Nights without a run of their own, and why.
    pub without: BTreeMap<String, u32>,
    /// The longest time for which a member was down, in nanoseconds.
    pub worst_down_nanos: u64,
    /// The most snapshots that a member had.
    pub slots: u32,
    /// Snapshots that the coordinator has deleted.
    pub deleted: u32,
    /// Snapshots that it has found gone.
    pub found_gone: u32,
    /// Snapshots of others that the coordinator has taken for its own and deleted, because it did not learn what became of
    /// its own call.
    pub mistaken: u32,
    /// Backups that somebody has downloaded and verified.
    pub downloaded: u32,
    /// The age of the last backup on the network, and of the last verified one, in nanoseconds.
    pub age_on_network_nanos: Option<u64>,
    /// The other one.
    pub age_verified_nanos: Option<u64>,
    /// Calls that the coordinator has made.
    pub calls: u32,
    /// Those that went wrong, by what befell them.
    pub faults: BTreeMap<&'static str, u32>,
    /// Upgrades of the coordinator.
    pub upgrades: u32,
    /// Upgrades that it has refused, because calls were under way.
    pub refused: u32,
    /// How often it did not run for some nights.
    pub outages: u32,
    /// What a person has done, beside the downloads.
    pub interferences: u32,
}

impl Night {
    /// A night of which nothing is known yet.
    pub const fn new(number: u32, at: Timestamp) -> Self {
        Self {
            number,
            at,
            run_id: None,
            outcome: None,
            aborted: None,
            without: None,
            down_nanos: 0,
            slots: 0,
            calls: 0,
            faults: 0,
            deleted: 0,
        }
    }

    /// What became of it, in a line.
    pub fn told(&self) -> String {
        match (&self.run_id, &self.without) {
            (Some(run_id), None) => match (self.outcome, &self.aborted) {
                (Some(outcome), Some(aborted)) if outcome < RunOutcome::OnNetwork => {
                    format!("{outcome:?}: {}", excerpt(aborted, SHOWN))
                }
                (Some(outcome), _) => format!("{outcome:?}"),
                (None, _) => run_id.to_string(),
            },
            (Some(_), Some(without)) => format!("{}; made up for", excerpt(without, SHOWN)),
            (None, Some(without)) => excerpt(without, SHOWN),
            (None, None) => "not over".to_owned(),
        }
    }
}
