//! What an operator types: arguments in, exit status out; the work is done by the modules.

#![forbid(unsafe_code)]
// Both end the process when nobody reads: `output` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod audit;
mod disk;
mod driver;
mod network;
mod output;
mod rehearse;
mod serve;
mod tool;
mod usage;
mod words;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;
use usage::UsageError;

/// The run did not end as it should, or the log does not hold.
const FAILURE: u8 = 1;
/// What was typed makes no sense; nothing was done.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Rehearse(args) => rehearse::rehearse(&args).map(status),
        Command::Serve(args) => serve::serve(&args).map(status),
        Command::Audit(args) => audit::audit(&args),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            output::tell(&format!("error: {error:#}"));
            let usage = error.downcast_ref::<UsageError>().is_some();
            ExitCode::from(if usage { WRONG_USAGE } else { FAILURE })
        }
    }
}

const fn status(ok: bool) -> u8 {
    if ok { 0 } else { FAILURE }
}
