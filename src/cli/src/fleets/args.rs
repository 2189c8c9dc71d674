//! The options of `backupctl fleets`.

use crate::agent::connect::ConnectionArgs;
use backup_journal::FleetName;
use clap::Args;

/// The options of `backupctl fleets`.
#[derive(Args, Debug)]
pub struct FleetsArgs {
    /// Show only this fleet.
    #[arg(long, value_name = "NAME")]
    pub fleet: Option<FleetName>,

    /// Write the statuses to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// How the coordinator is called.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
