//! The options of `backupctl fetch`.

use crate::{fetch::keep::Keep, names::parse_run_id, run::args::WorkArgs};
use backup_journal::RunId;
use clap::Args;
use std::{num::NonZeroU32, path::PathBuf, time::Duration};

/// The options of `backupctl fetch`.
#[derive(Args, Debug)]
pub struct FetchArgs {
    /// The run.
    #[arg(value_name = "RUN", value_parser = parse_run_id,
          required_unless_present = "watch", conflicts_with = "watch")]
    pub run_id: Option<RunId>,

    /// How every run is fetched.
    #[command(flatten)]
    pub watch: WatchArgs,

    /// How it is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// The options of the service.
#[derive(Args, Debug)]
pub struct WatchArgs {
    /// Fetch every run that waits for its downloads, now and later, into a folder of its own in this one, until the command is
    /// ended.
    #[arg(long, value_name = "DIR", help_heading = "Every run", conflicts_with = "out")]
    pub watch: Option<PathBuf>,

    /// How many seconds after a look at the coordinator comes the next one.
    #[arg(long, value_name = "SECONDS", help_heading = "Every run", requires = "watch", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: u64,

    /// Only the runs of this fleet. Repeat the option for more of them.
    #[arg(long, value_name = "NAME", help_heading = "Every run", requires = "watch")]
    pub fleet: Vec<String>,

    /// Look once, fetch what waits, and end: with 0 if nothing waits any more, 3 if a run still does, 1 if the coordinator
    /// could not be asked or a backup here is damaged.
    #[arg(long, help_heading = "Every run", requires = "watch")]
    pub once: bool,

    /// After how many seconds without a change a run is taken over whose downloads somebody else has begun.
    #[arg(long, value_name = "SECONDS", help_heading = "Every run", requires = "watch", default_value_t = 7_200,
          value_parser = clap::value_parser!(u64).range(60..=2_592_000))]
    pub take_over_after: u64,

    /// Keep the newest backup of each of the last N days that have one, in UTC. With one of the three options all other
    /// backups of this service are deleted, but never the newest complete one of a fleet.
    #[arg(long, value_name = "N", help_heading = "Every run", requires = "watch")]
    pub keep_daily: Option<NonZeroU32>,

    /// The same for weeks, which begin on Monday.
    #[arg(long, value_name = "N", help_heading = "Every run", requires = "watch")]
    pub keep_weekly: Option<NonZeroU32>,

    /// The same for months.
    #[arg(long, value_name = "N", help_heading = "Every run", requires = "watch")]
    pub keep_monthly: Option<NonZeroU32>,

    /// Do nothing but show which backups would be kept, and why. Needs no network.
    #[arg(long, help_heading = "Every run", requires = "watch", conflicts_with = "once")]
    pub dry_run: bool,
}

impl WatchArgs {
    /// Which backups are kept; none if all are.
    pub fn keep(&self) -> Option<Keep> {
        let number = |option: Option<NonZeroU32>| option.map_or(0, NonZeroU32::get);
        let keep = Keep {
            days: number(self.keep_daily),
            weeks: number(self.keep_weekly),
            months: number(self.keep_monthly),
        };
        (keep != Keep::default()).then_some(keep)
    }

    /// How long after a look at the coordinator comes the next one.
    pub const fn every(&self) -> Duration {
        Duration::from_secs(self.every)
    }
}
