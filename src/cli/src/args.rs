//! The command line.

use crate::{
    audit::args::AuditArgs,
    drill::DrillArgs,
    fetch::args::FetchArgs,
    fleets::args::FleetsArgs,
    import::ImportArgs,
    rehearse::args::RehearseArgs,
    run::args::{RestoreArgs, ResumeArgs, RollBackArgs, RunArgs},
    runs::args::{AbortArgs, ListArgs, StatusArgs},
    serve::args::ServeArgs,
    verify::VerifyArgs,
};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Backs up and restores canister fleets with a backup coordinator, rehearses that, and verifies the coordinator's audit log.
#[derive(Debug, Parser)]
#[command(name = "backupctl", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What all commands share.
const AFTER_HELP: &str = "\
Options that are the same each time can stand in backupctl.toml.

Exit status: 0 done, or a complete backup; 1 failed; 2 wrong options, nothing was done; 3 an incomplete backup: all
members run, and something is missing. `audit` has its own, see docs/blocks.md.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Backs up a fleet: stops its canisters, takes a snapshot of each, starts them, and downloads the snapshots.
    #[command(after_help = "Examples:
  backupctl run --fleet demo
  backupctl run --fleet demo --on-chain --yes
  backupctl run --registry fleet.json --run-id weekly-7 --out backups/weekly-7")]
    Run(RunArgs),
    /// Goes on with a run that was interrupted.
    #[command(after_help = "Examples:
  backupctl resume weekly-7
  backupctl resume weekly-7 --out backups/weekly-7")]
    Resume(ResumeArgs),
    /// Downloads the snapshots of a run that the coordinator executes, or those of every run as a service.
    ///
    /// With `--watch` it goes on until it is ended, and deletes old backups as the options `--keep-` say.
    #[command(after_help = "Examples:
  backupctl fetch weekly-7
  backupctl fetch weekly-7 --out backups/weekly-7 --parallel-downloads 8
  backupctl fetch --watch backups --keep-daily 7 --keep-weekly 4 --keep-monthly 12
  backupctl fetch --watch backups --fleet demo --once
  backupctl fetch --watch backups --keep-daily 7 --dry-run")]
    Fetch(FetchArgs),
    /// Restores a backup: uploads it, stops the members, takes a safety snapshot of each, loads the backup, and starts them.
    ///
    /// Shows first what it would do. From the first load to the last the run cannot be aborted and no member is started: go on
    /// with `resume`, or undo it with `rollback`.
    #[command(after_help = "Examples:
  backupctl restore backups/weekly-7
  backupctl restore backups/weekly-7 --member rrkah-fqaaa-aaaaa-aaaaq-cai --yes
  backupctl restore backups/weekly-7 --map rrkah-fqaaa-aaaaa-aaaaq-cai=ryjl3-tyaaa-aaaaa-aaaba-cai
  backupctl restore weekly-7 --from-network
  backupctl restore weekly-7 --on-chain")]
    Restore(RestoreArgs),
    /// Undoes a restore that has loaded some members and not all: each loads its safety snapshot again, and is started.
    #[command(after_help = "Examples:
  backupctl rollback weekly-7-restored --reason 'one member cannot be loaded'
  backupctl rollback weekly-7-restored --reason 'one member cannot be loaded' --yes")]
    Rollback(RollBackArgs),
    /// Shows where a run stands: what is stopped, since when, what is under way, and what to do next.
    ///
    /// For a run that is over the exit status tells what it is worth: 0 complete, 3 not complete, 1 nothing.
    #[command(after_help = "Examples:
  backupctl status
  backupctl status weekly-7
  backupctl status weekly-7 --watch")]
    Status(StatusArgs),
    /// Shows whether everything is well with every fleet: its last and next run, how old its backups are, what is wrong.
    ///
    /// The exit status is 0 if nothing is wrong with any fleet, and 3 otherwise.
    #[command(after_help = "Examples:
  backupctl fleets
  backupctl fleets --fleet demo --json")]
    Fleets(FleetsArgs),
    /// Lists the runs of a coordinator, the newest first.
    #[command(after_help = "Examples:
  backupctl list
  backupctl list --fleet demo --limit 5
  backupctl list --coordinator rrkah-fqaaa-aaaaa-aaaaq-cai --identity ops --with icp --json")]
    List(ListArgs),
    /// Aborts a run: what it has stopped is started, and nothing else is done any more.
    #[command(after_help = "Examples:
  backupctl abort weekly-7 --reason 'the release goes first'
  backupctl abort weekly-7 --reason 'the release goes first' --yes")]
    Abort(AbortArgs),
    /// Verifies the snapshots in the folder of a backup: sizes, checksums, modules. Needs no network.
    #[command(after_help = "Examples:
  backupctl verify backups/weekly-7
  backupctl verify backups/weekly-7 --json")]
    Verify(VerifyArgs),
    /// Proves that a backup can be restored: restores each canister in a simulated network. Touches nothing else.
    ///
    /// With `--record` the coordinator keeps when the backup was proven, and by whom.
    ///
    /// A canister is restored under its own id and alone. What its module needs and the simulated network does not have is
    /// named.
    #[command(after_help = "Examples:
  backupctl drill backups/weekly-7
  backupctl drill weekly-7 --record
  backupctl drill backups/weekly-7 --member rrkah-fqaaa-aaaaa-aaaaq-cai --query health")]
    Drill(DrillArgs),
    /// Makes a backup of a snapshot that `icp` or `dfx` has downloaded. Needs no network.
    #[command(after_help = "Examples:
  backupctl import downloaded --canister rrkah-fqaaa-aaaaa-aaaaq-cai")]
    Import(ImportArgs),
    /// Verifies the audit log of a coordinator: its certificate, its blocks, and what follows from them.
    #[command(after_help = "Examples:
  backupctl audit --coordinator rrkah-fqaaa-aaaaa-aaaaq-cai --with icp
  backupctl audit --coordinator rrkah-fqaaa-aaaaa-aaaaq-cai --blocks blocks.hex --certificate tip.hex")]
    Audit(AuditArgs),
    /// Backs up a simulated fleet with the real coordinator module. Needs no network.
    #[command(after_help = "Examples:
  backupctl rehearse --targets 8
  backupctl rehearse --restore --fail load-snapshot:2
  backupctl rehearse --registry fleet.json --crash-at 9:half --audit")]
    Rehearse(RehearseArgs),
    /// Rehearses, and then serves the pages of the coordinator on this machine until you press Ctrl-C.
    #[command(after_help = "Examples:
  backupctl serve --targets 8
  backupctl serve --targets 8 --pause-at 12 --port 8001")]
    Serve(ServeArgs),
    /// Prints the completions of a shell.
    #[command(after_help = "Examples:
  backupctl completions bash")]
    Completions(CompletionsArgs),
}

/// The options of `backupctl completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }

    /// The words of a line as a shell reads them, if nothing but single quotes is special.
    fn words(line: &str) -> Vec<String> {
        let quoted = line.split('\'').enumerate().flat_map(|(number, part)| {
            let is_quoted = number % 2 == 1;
            if is_quoted {
                vec![part.to_owned()]
            } else {
                part.split_whitespace().map(str::to_owned).collect()
            }
        });
        quoted.collect()
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().unwrap_or_else(|| panic!("{name} has none"));
            let help = help.to_string();
            let examples = help.lines().filter_map(|line| line.strip_prefix("  "));
            let mut count = 0;
            for example in examples {
                let typed = words(example);
                assert_eq!(typed[..2], ["backupctl", name], "{example}");
                if let Err(error) = Cli::try_parse_from(&typed) {
                    panic!("{example}: {error}");
                }
                count += 1;
            }
            assert!(count > 0, "{name} has no examples");
        }
    }
}
