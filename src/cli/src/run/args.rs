//! The options of the commands that make a backup.

use crate::{
    agent::connect::ConnectionArgs,
    confirm::confirm,
    driver::Limits,
    names::{self, parse_run_id},
    usage::UsageError,
};
use anyhow::{Result, ensure};
use backup_journal::{
    FleetName, RunId,
    execution::{BackupSelection, MAX_DEADLINE_SECONDS, MIN_DEADLINE_SECONDS},
    fleet::FleetPolicy,
    plan::MemberMapping,
};
use candid::Principal;
use clap::Args;
use std::path::PathBuf;

/// Each of them has up to 2 MB in memory for each of its pieces.
const DEFAULT_PARALLEL_DOWNLOADS: u32 = 4;

/// The options of `backupctl run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// A fleet that is registered in the coordinator.
    #[arg(long, value_name = "NAME", required_unless_present = "registry")]
    pub fleet: Option<FleetName>,

    /// A fleet that is not: a JSON file with its canisters.
    #[arg(long, value_name = "FILE", conflicts_with = "fleet")]
    pub registry: Option<PathBuf>,

    /// What is backed up: the whole fleet (`whole`), all members but the root (`without-root`), or a member and all
    /// below it (its id).
    #[arg(long, value_name = "whole|without-root|ID", default_value = "whole",
          value_parser = parse_selection)]
    pub select: BackupSelection,

    /// Let the coordinator, which must be a controller of the members, stop, snapshot and start them; this command then
    /// downloads the snapshots.
    #[arg(long, requires = "fleet")]
    pub on_chain: bool,

    /// The run.
    #[command(flatten)]
    pub new_run: NewRunArgs,

    /// How it is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// What the commands have that begin a run.
#[derive(Args, Debug)]
pub struct NewRunArgs {
    /// The id of the run. The default is the name of the fleet and the time.
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<RunId>,

    /// The seconds after the first stop by which the coordinator starts every member if it does not run again; in a restore,
    /// unless some are restored and others are not. Only for registered fleets whose members the coordinator controls.
    #[arg(long, value_name = "SECONDS", default_value_t = FleetPolicy::default().restart_within_seconds,
          value_parser = clap::value_parser!(u64).range(MIN_DEADLINE_SECONDS..=MAX_DEADLINE_SECONDS))]
    pub restart_within: u64,

    /// Do not ask before anything is done.
    #[arg(long)]
    pub yes: bool,
}

impl NewRunArgs {
    /// The id that was given, or else one of `name` and the time.
    pub fn run_id_of(&self, name: &str) -> RunId {
        self.run_id.clone().unwrap_or_else(|| names::run_id_of(name))
    }

    /// Asks, unless the user wants not to be asked.
    ///
    /// # Errors
    /// If the answer is no.
    pub fn confirm(&self, question: &str) -> Result<()> {
        ensure!(self.yes || confirm(question)?, "nothing was done");
        Ok(())
    }

    /// How the coordinator executes the run: as the fleet wants it, within `parallel` operations side by side.
    pub fn policy(&self, of_the_fleet: FleetPolicy, parallel: u32) -> FleetPolicy {
        FleetPolicy {
            max_parallel: parallel.min(of_the_fleet.max_parallel),
            restart_within_seconds: self.restart_within,
            ..of_the_fleet
        }
    }
}

/// The options of `backupctl resume` and `backupctl fetch`.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// The run.
    #[arg(value_name = "RUN", value_parser = parse_run_id)]
    pub run_id: RunId,

    /// How it is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// The options of `backupctl restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The folder of the backup, or the run whose backup lies in its usual folder.
    #[arg(value_name = "DIR|RUN")]
    pub backup: PathBuf,

    /// Upload nothing: load the snapshots of the run that the members still have. Those of a restore are its safety
    /// snapshots, so that it is undone.
    #[arg(long)]
    pub from_network: bool,

    /// The same, done by the coordinator, which must be a controller of the members. It rolls back what cannot be finished.
    #[arg(long, conflicts_with = "map")]
    pub on_chain: bool,

    /// Only this member. Repeat the option for more of them.
    #[arg(long, value_name = "ID")]
    pub member: Vec<Principal>,

    /// Restore a member to another canister, which becomes a copy of it. Repeat the option for more of them.
    #[arg(long, value_name = "MEMBER=ID", value_parser = parse_mapping)]
    pub map: Vec<MemberMapping>,

    /// The run.
    #[command(flatten)]
    pub new_run: NewRunArgs,

    /// How it is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// The options of `backupctl rollback`.
#[derive(Args, Debug)]
pub struct RollBackArgs {
    /// The run of the restore.
    #[arg(value_name = "RUN", value_parser = parse_run_id)]
    pub run_id: RunId,

    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Do not ask before anything is done.
    #[arg(long)]
    pub yes: bool,

    /// How it is done.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// What all commands have that make or restore a backup, or go on with that.
#[derive(Args, Debug)]
pub struct WorkArgs {
    /// The folder of the run [default: ./backup-RUN, for a restore ./restore-RUN]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// How many operations are performed side by side.
    #[arg(long, value_name = "N", default_value_t = FleetPolicy::default().max_parallel,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub parallel: u32,

    /// How many of them may be downloads or uploads.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PARALLEL_DOWNLOADS,
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub parallel_downloads: u32,

    /// Write the result to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// How the coordinator is called.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

impl WorkArgs {
    /// How much a driver does side by side.
    pub const fn limits(&self) -> Limits {
        Limits { operations: self.parallel as usize, downloads: self.parallel_downloads as usize }
    }
}

fn parse_mapping(text: &str) -> Result<MemberMapping, UsageError> {
    let wrong = |problem: &str| UsageError(format!("{text} does not say MEMBER=ID: {problem}"));
    let (member, target) = text.split_once('=').ok_or_else(|| wrong("there is no ="))?;
    let id = |text: &str| Principal::from_text(text).map_err(|error| wrong(&error.to_string()));
    Ok(MemberMapping { member: id(member)?, target: id(target)? })
}

fn parse_selection(text: &str) -> Result<BackupSelection, UsageError> {
    match text {
        "whole" => Ok(BackupSelection::WholeFleet),
        "without-root" => Ok(BackupSelection::WithoutRoot),
        id => Principal::from_text(id).map(BackupSelection::Subtree).map_err(|error| {
            UsageError(format!("{id} is neither whole nor without-root nor a canister: {error}"))
        }),
    }
}
