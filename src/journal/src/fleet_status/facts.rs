//! What is stored of a fleet, as far as its status needs it.

use super::{FleetBackup, FleetRun};
use crate::{
    FleetName, RunId, Timestamp,
    fleet::{DiscoveryReport, Fleet, SlotsUsed},
    schedule::ScheduleStatus,
};

/// What is stored of a fleet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FleetFacts {
    /// Its name.
    pub name: FleetName,
    /// The registered fleet; none if it only has runs.
    pub fleet: Option<Fleet>,
    /// Its schedule, and how far that has come.
    pub schedule: Option<ScheduleStatus>,
    /// The run that was created last.
    pub last_run: Option<FleetRun>,
    /// The run that was over last.
    pub last_ended: Option<FleetRun>,
    /// The runs that owe starts, or are contained.
    pub down: Vec<DownRun>,
    /// The run that the coordinator executes now.
    pub executing: Option<RunId>,
    /// The last backup with a snapshot of every target.
    pub on_network: Option<FleetBackup>,
    /// The last backup with a verified download of every target.
    pub complete: Option<FleetBackup>,
    /// The last proven backup.
    pub proven: Option<FleetBackup>,
    /// How many snapshots its fullest member has.
    pub slots: Option<SlotsUsed>,
    /// How many snapshots of the last backup on the network are gone since.
    pub gone: u32,
    /// What the last call of its discovery has told; none before the first, and without a discovery.
    pub discovery: Option<DiscoveryReport>,
    /// After how many nanoseconds an owed start is overdue.
    pub restart_overdue_after_nanos: u64,
}

/// A run that owes starts, or is contained.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DownRun {
    /// Its id.
    pub run_id: RunId,
    /// Whether it is a restore that has loaded some snapshots and not all.
    pub contained: bool,
    /// How many canisters must be started.
    pub starts_owed: u32,
    /// Since when the first of them must be.
    pub owed_since: Option<Timestamp>,
    /// By when they must run again; none if nobody has set that.
    pub deadline: Option<Timestamp>,
}
