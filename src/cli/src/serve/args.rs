//! The options of `backupctl serve`.

use crate::rehearse::args::RunArgs;
use clap::Args;

/// The options of `backupctl serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// What is rehearsed.
    #[command(flatten)]
    pub run: RunArgs,

    /// The driver pauses after claiming operation N (its sequence, 0-based): the pages show a run in its midst.
    #[arg(long, value_name = "N")]
    pub pause_at: Option<u32>,

    /// The port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    pub port: u16,
}
