//! The options of `backupctl serve`.

use crate::rehearse::args::RunArgs;
use candid::Principal;
use clap::Args;

/// The options of `backupctl serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// The rehearsal.
    #[command(flatten)]
    pub run: RunArgs,

    /// Pause the driver after it has claimed operation N (its sequence, 0-based), so that the pages show an
    /// unfinished run.
    #[arg(long, value_name = "N")]
    pub pause_at: Option<u32>,

    /// Somebody else who may operate the coordinator and controls the canisters of the fleet, for calls with other
    /// tools. Repeat the option for more of them.
    #[arg(long, value_name = "PRINCIPAL")]
    pub operator: Vec<Principal>,

    /// The port on 127.0.0.1; 0 selects a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    pub port: u16,
}
