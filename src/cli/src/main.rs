//! The command line: arguments in, exit status out.

#![forbid(unsafe_code)]
// Both macros end the process if the output is closed; `output` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod agent;
mod args;
mod audit;
mod backup;
mod clock;
mod config;
mod confirm;
mod disk;
mod drill;
mod driver;
mod exit;
mod fetch;
mod fleets;
mod import;
mod names;
mod network;
mod output;
mod plan;
mod registry;
mod rehearse;
mod root_key;
mod run;
mod runs;
mod serve;
mod tables;
mod task;
mod tool;
mod usage;
mod verify;
mod words;

use args::{Cli, Command, CompletionsArgs};
use clap::{CommandFactory, Parser};
use exit::Exit;
use std::process::ExitCode;
use usage::UsageError;

/// Characters of an error that are shown: an error may repeat what was sent, which can be megabytes.
const SHOWN: usize = 4_000;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let done = match cli.command {
        Command::Rehearse(args) => rehearse::rehearse(&args).map(Exit::of_success).map(status),
        Command::Serve(args) => serve::serve(&args).map(Exit::of_success).map(status),
        Command::Audit(args) => audit::audit(&args),
        Command::Verify(args) => verify::verify(&args).map(Exit::of_success).map(status),
        Command::Drill(args) => drill::drill(&args).map(status),
        Command::Import(args) => import::import(&args).map(Exit::of_success).map(status),
        Command::Run(args) => run::run(&args).map(status),
        Command::Resume(args) => run::resume(args).map(status),
        Command::Fetch(args) => fetch::fetch(args).map(status),
        Command::Restore(args) => run::restore(&args).map(status),
        Command::Rollback(args) => run::roll_back(&args).map(status),
        Command::Fleets(args) => fleets::fleets(&args).map(status),
        Command::List(args) => runs::list(&args).map(status),
        Command::Status(args) => runs::status(&args).map(status),
        Command::Abort(args) => runs::abort(&args).map(status),
        Command::Completions(args) => completions(&args).map(status),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            output::tell(&words::excerpt(&format!("error: {error:#}"), SHOWN));
            let usage = error.downcast_ref::<UsageError>().is_some();
            if usage { Exit::WrongUsage } else { Exit::Failed }.into()
        }
    }
}

const fn status(exit: Exit) -> u8 {
    exit.status()
}

/// Prints the completions of a shell.
fn completions(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "backupctl", &mut text);
    output::answer(&String::from_utf8(text)?)?;
    Ok(Exit::Complete)
}

/// Shows help, or what is wrong with the arguments, which can be as long as what was typed.
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    if error.use_stderr() && text.chars().count() > SHOWN {
        output::tell(&words::excerpt(&text, SHOWN));
    } else {
        // The reader may be gone.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::WrongUsage.status()))
}
