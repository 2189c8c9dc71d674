//! The options of `backupctl audit`.

use crate::tool::Tool;
use candid::Principal;
use clap::Args;
use std::path::PathBuf;

/// The options of `backupctl audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// The coordinator whose log is verified. A log that another canister has certified is rejected.
    #[arg(long, value_name = "ID")]
    pub coordinator: Principal,

    /// Fetch the log with this tool and its current identity, and compare it with the answers of the coordinator's
    /// queries.
    #[arg(long, value_name = "TOOL", conflicts_with_all = ["blocks", "certificate"])]
    pub with: Option<Tool>,

    /// The network: a name that the tool knows, or an address. All networks but `ic` also need --root-key.
    #[arg(long, value_name = "NAME|URL", default_value = "ic", requires = "with")]
    pub network: String,

    /// The time limit for one call of the tool.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "with",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,

    /// Write the fetched log to a new or empty folder, to audit it again without a network.
    #[arg(long, value_name = "DIR", requires = "with")]
    pub dump: Option<PathBuf>,

    /// Read the log from this file instead: the answers of `icrc3_get_blocks`, Candid in hexadecimal, one answer per
    /// line.
    #[arg(long, value_name = "FILE", required_unless_present = "with", requires = "certificate")]
    pub blocks: Option<PathBuf>,

    /// The answer of `icrc3_get_tip_certificate` to --blocks: Candid in hexadecimal.
    #[arg(long, value_name = "FILE", required_unless_present = "with", requires = "blocks")]
    pub certificate: Option<PathBuf>,

    /// The public key of the network: DER in hexadecimal, or a file with DER or hexadecimal. The default is the key of
    /// the Internet Computer.
    #[arg(long, value_name = "FILE|HEX")]
    pub root_key: Option<String>,

    /// The time at which the certificate was fetched, for instance 2026-01-31T12:00:00Z. The default is now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<jiff::Timestamp>,

    /// The longest allowed difference between the time of the certificate and --at.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub max_age: u64,

    /// Write the result to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,
}
