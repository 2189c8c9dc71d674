//! The command line.

use crate::{
    audit::args::AuditArgs,
    import::ImportArgs,
    rehearse::args::RehearseArgs,
    runs::args::{ListArgs, StatusArgs},
    serve::args::ServeArgs,
    verify::VerifyArgs,
};
use clap::{Parser, Subcommand};

/// Backs up canister fleets with a backup coordinator, rehearses that, and verifies the coordinator's audit log.
#[derive(Debug, Parser)]
#[command(name = "backupctl", version, about, max_term_width = 100)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Backs up a simulated fleet with the real coordinator module. Needs no network.
    Rehearse(RehearseArgs),
    /// Rehearses, and then serves the pages of the coordinator on this machine until you press Ctrl-C.
    Serve(ServeArgs),
    /// Verifies the audit log of a coordinator: its certificate, its blocks, and what follows from them.
    Audit(AuditArgs),
    /// Verifies the snapshots in the folder of a backup: sizes, checksums, modules. Needs no network.
    Verify(VerifyArgs),
    /// Makes a backup of a snapshot that `icp` or `dfx` has downloaded. Needs no network.
    Import(ImportArgs),
    /// Lists the runs of a coordinator, the newest first.
    List(ListArgs),
    /// Shows where a run stands: what is stopped, since when, what is under way, and what to do next.
    Status(StatusArgs),
}
