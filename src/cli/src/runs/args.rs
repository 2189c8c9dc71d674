//! The options of the commands that look at runs.

use crate::agent::connect::ConnectionArgs;
use backup_journal::RunId;
use clap::Args;

/// The options of `backupctl list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// How many runs to show at most.
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,

    /// Show only runs of this fleet.
    #[arg(long, value_name = "NAME")]
    pub fleet: Option<String>,

    /// Write the runs to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// How the coordinator is called.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// The options of `backupctl status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// The run. Without it, all runs that are not over and the last run of each fleet are shown.
    #[arg(value_name = "RUN")]
    pub run: Option<RunId>,

    /// Show it again until the run is over.
    #[arg(long, requires = "run")]
    pub watch: bool,

    /// Write the status to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// How the coordinator is called.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// The options of `backupctl abort`.
#[derive(Args, Debug)]
pub struct AbortArgs {
    /// The run.
    #[arg(value_name = "RUN")]
    pub run: RunId,

    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Do not ask.
    #[arg(long)]
    pub yes: bool,

    /// Write the run to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// How the coordinator is called.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
