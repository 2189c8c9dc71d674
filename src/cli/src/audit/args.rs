//! The options of `backupctl audit`.

use crate::tool::Tool;
use candid::Principal;
use clap::Args;
use std::path::PathBuf;

/// The options of `backupctl audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// Whose log it is meant to be. Any other canister could have certified a log of its own.
    #[arg(long, value_name = "ID")]
    pub coordinator: Principal,

    /// Fetches the log through this tool, as its present identity, and also holds what follows from it
    /// against what the coordinator's queries say.
    #[arg(long, value_name = "TOOL", conflicts_with_all = ["blocks", "certificate"])]
    pub with: Option<Tool>,

    /// The network: its name, as the tool knows it, or its address, which needs --root-key as well.
    #[arg(long, value_name = "NAME|URL", default_value = "ic", requires = "with")]
    pub network: String,

    /// How long the tool may take for one call.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "with",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,

    /// Writes the log that was fetched into a folder that holds none, to be audited again without a network.
    #[arg(long, value_name = "DIR", requires = "with")]
    pub dump: Option<PathBuf>,

    /// Instead of fetching: the answers of `icrc3_get_blocks`, Candid in hexadecimal, one answer a line.
    #[arg(long, value_name = "FILE", required_unless_present = "with", requires = "certificate")]
    pub blocks: Option<PathBuf>,

    /// The answer of `icrc3_get_tip_certificate`: Candid in hexadecimal.
    #[arg(long, value_name = "FILE", required_unless_present = "with", requires = "blocks")]
    pub certificate: Option<PathBuf>,

    /// The public key of the network in DER: hexadecimal, or a file with either. Without it, that of the
    /// Internet Computer.
    #[arg(long, value_name = "FILE|HEX")]
    pub root_key: Option<String>,

    /// When the certificate was fetched, for instance 2026-01-31T12:00:00Z. Without it, now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,

    /// How far from then the certificate may be.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub max_age: u64,

    /// Writes the result as JSON to standard output, and nothing else there.
    #[arg(long)]
    pub json: bool,
}
