//! The command line.

use crate::{audit::args::AuditArgs, rehearse::args::RehearseArgs, serve::args::ServeArgs};
use clap::{Parser, Subcommand};

/// Drives and rehearses backups of canister fleets.
#[derive(Debug, Parser)]
#[command(name = "backupctl", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a whole backup of a simulated fleet, through the real coordinator module and without a network.
    Rehearse(RehearseArgs),
    /// Rehearses likewise, and then serves the coordinator's pages on this machine until it is ended.
    Serve(ServeArgs),
    /// Checks a log that was fetched from a coordinator, without a network and without trusting who served it.
    Audit(AuditArgs),
}
