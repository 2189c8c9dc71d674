//! What an operator types: arguments in, exit status out; the work is done by the modules.

#![forbid(unsafe_code)]

mod args;
mod audit;
mod audit_args;
mod audit_dump;
mod check;
mod download;
mod driver;
mod executor;
mod faults;
mod fleet;
mod folder;
mod gateway;
mod management;
mod manifest;
mod modules;
mod network;
mod plan;
mod preflight;
mod progress;
mod registry;
mod rehearsal;
mod rehearse;
mod rehearse_args;
mod report;
mod serve;
mod stage;
mod table;
mod tool;
mod trouble;

use args::{Cli, Command, UsageError};
use clap::Parser;
use std::process::ExitCode;

/// The run did not end as it should, or the log does not hold.
const FAILURE: u8 = 1;
/// What was typed makes no sense; nothing was done.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Rehearse(args) => rehearse::rehearse(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Audit(args) => audit::audit(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILURE),
        Err(error) => {
            eprintln!("error: {error:#}");
            let usage = error.downcast_ref::<UsageError>().is_some();
            ExitCode::from(if usage { WRONG_USAGE } else { FAILURE })
        }
    }
}
