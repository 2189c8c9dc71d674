//! The options of the commands that rehearse a backup.

use crate::{
    driver::Limits,
    names::parse_run_id,
    rehearse::{
        specs::{CrashSpec, FailSpec, FaultSpec},
        tamper::TamperKind,
    },
    usage::UsageError,
};
use backup_journal::{
    RunId,
    execution::{MAX_DEADLINE_SECONDS, MIN_DEADLINE_SECONDS},
    fleet::FleetPolicy,
    limits::MAX_TEXT_BYTES,
};
use canister_sandbox::CallFault;
use clap::Args;
use std::path::PathBuf;

/// Each of them brings up to 2 MB at a time.
const DEFAULT_PARALLEL_DOWNLOADS: u32 = 20;
/// The most that can be typed.
const MAX_PARALLEL: i64 = 10_000;

/// The most nights: the year in which every rehearsal begins.
const MAX_DAYS: i64 = 350;
/// The most calls that go wrong, in percent. With more no backup is made.
const MAX_FAULT_RATE: i64 = 50;

/// The fleet and the run of a rehearsal, and what goes wrong in it.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct RunArgs {
    /// The fleet: a JSON file with its canisters. The default is a root with seven members.
    #[arg(long, value_name = "FILE")]
    pub registry: Option<PathBuf>,

    /// Use a fleet of a root and N members instead of a registry.
    #[arg(long, value_name = "N", conflicts_with = "registry",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub targets: Option<u32>,

    /// How many operations of a wave the driver performs side by side.
    #[arg(long, value_name = "N", default_value_t = FleetPolicy::default().max_parallel,
          value_parser = clap::value_parser!(u32).range(1..=MAX_PARALLEL))]
    pub parallel: u32,

    /// How many of them may be downloads.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PARALLEL_DOWNLOADS,
          value_parser = clap::value_parser!(u32).range(1..=MAX_PARALLEL))]
    pub parallel_downloads: u32,

    /// Let the coordinator back the fleet up by itself: the fleet is registered, the coordinator is a controller of its
    /// members, and `start_backup` is called once. The driver only downloads and verifies the snapshots.
    #[arg(long, group = "by_itself")]
    pub on_chain: bool,

    /// Rehearse a restore: make a backup, ruin the data of every member, restore the backup, and compare every member with
    /// it. What is to go wrong goes wrong in the restore. The folder has the backup and the record of the restore.
    #[arg(long, conflicts_with = "by_itself")]
    pub restore: bool,

    /// Let this go wrong at the N-th call (1-based) that the coordinator makes to the fleet, or at its N-th call of a
    /// method. Repeat the option for more faults.
    #[arg(long, value_name = "FAULT[:METHOD]:N", requires = "on_chain", long_help = fault_help())]
    pub fault: Vec<FaultSpec>,

    /// Go on without a member when an operation on it has failed for good, instead of aborting the run. The exit status
    /// is 1 all the same, because the backup lacks the member.
    #[arg(long, requires = "by_itself")]
    pub skip_failed_members: bool,

    /// The seconds after the first stop by which every member must run again.
    #[arg(long, value_name = "SECONDS", requires = "by_itself", default_value_t = FleetPolicy::default().restart_within_seconds,
          value_parser = clap::value_parser!(u64).range(MIN_DEADLINE_SECONDS..=MAX_DEADLINE_SECONDS))]
    pub restart_within: u64,

    /// Let the N-th operation of a kind (1-based) fail once; the driver retries it. Repeat the option for more
    /// failures. Kinds: validate-topology, validate-control-authority,
    /// validate-snapshot-read-authority, validate-quiescence-policy, stop, create-snapshot, start,
    /// download-snapshot, verify-artifact, finalize-manifest; in a restore upload-snapshot, load-snapshot,
    /// verify-member, finalize-restore.
    #[arg(long, value_name = "KIND:N")]
    pub fail: Vec<FailSpec>,

    /// The reason that the driver reports for these failures.
    #[arg(long, value_name = "TEXT", requires = "fail", value_parser = parse_reason)]
    pub fail_reason: Option<String>,

    /// Upgrade the coordinator to its own module after every K transitions, or after the call that makes the K-th one of
    /// several.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub upgrade_every: Option<u32>,

    /// Let the driver die after it has claimed operation N (its sequence, 0-based), while others are under way; a second
    /// driver resumes from the journal. It dies before it performs operation N (before), half-way through it (half, the
    /// default), or after the operation and before the report (after).
    #[arg(long, value_name = "N[:before|half|after]")]
    pub crash_at: Option<CrashSpec>,

    /// Abort the run after operation N (its sequence, 0-based) was claimed: nothing more is done but to start what was
    /// stopped.
    #[arg(long, value_name = "N")]
    pub abort_at: Option<u32>,

    /// The id of the run. The default is the name of the fleet and the time.
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<RunId>,

    /// The folder for the backup [default: ./backup-RUN_ID]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write the result to standard output as JSON, and nothing else.
    #[arg(long)]
    pub json: bool,

    /// The module of the coordinator.
    #[arg(long, value_name = "FILE", default_value = "target/wasm/backup_coordinator.wasm.gz")]
    pub coordinator_module: PathBuf,

    /// The module of every canister of the fleet.
    #[arg(long, value_name = "FILE", default_value = "target/wasm/fleet_member.wasm.gz")]
    pub member_module: PathBuf,
}

impl RunArgs {
    /// How much a driver does side by side.
    pub const fn limits(&self) -> Limits {
        Limits { operations: self.parallel as usize, downloads: self.parallel_downloads as usize }
    }
}

/// The help for faults, with what each is.
fn fault_help() -> String {
    let faults = CallFault::ALL.map(|it| format!("  {:<18} {}", it.name(), it.meaning()));
    let methods = FaultSpec::METHODS.join(", ");
    format!(
        "Let this go wrong at the N-th call (1-based) that the coordinator makes to the fleet, or at its N-th call of a \
         method. Repeat the option for more faults; one whose call is never made fails the rehearsal.\n\nFaults:\n{}\n\n\
         Methods: {methods}.\n\nExamples: --fault reply-lost:stop_canister:2 --fault upgrade:30",
        faults.join("\n")
    )
}

/// The options of `backupctl rehearse`.
#[derive(Args, Debug)]
pub struct RehearseArgs {
    /// The rehearsal.
    #[command(flatten)]
    pub run: RunArgs,

    /// N nights.
    #[command(flatten)]
    pub days: DaysArgs,

    /// Verify the audit log of the coordinator at the end: its certificate, its blocks, and what follows from them.
    #[arg(long)]
    pub audit: bool,

    /// Write the audit log to a new or empty folder, for `backupctl audit`.
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,

    /// Tamper with the log before it is verified, to see that this is found.
    #[arg(long, value_name = "KIND", requires = "audit")]
    pub tamper: Option<TamperKind>,
}

/// The options of a rehearsal of many nights.
#[derive(Args, Debug)]
pub struct DaysArgs {
    /// Rehearse N nights of a fleet with a schedule, in simulated time: the coordinator backs it up at 03:30 by itself and
    /// deletes old snapshots, while calls go wrong, the coordinator is upgraded or does not run for some nights, and a person
    /// takes and deletes snapshots, starts and stops members, pauses the schedule, and downloads every third backup. What
    /// must hold is checked all the time.
    #[arg(long, value_name = "N", group = "by_itself", value_parser = clap::value_parser!(u32).range(1..=MAX_DAYS),
          conflicts_with_all = ["fail", "upgrade_every", "crash_at", "abort_at", "run_id", "out", "tamper"])]
    pub days: Option<u32>,

    /// How many of the calls that the coordinator makes in these nights go wrong.
    #[arg(long, value_name = "PERCENT", requires = "days", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(0..=MAX_FAULT_RATE))]
    pub fault_rate: u32,

    /// From what is drawn what happens in these nights. The same number gives the same nights. The default is drawn from the
    /// clock, and shown.
    #[arg(long, value_name = "NUMBER", requires = "days")]
    pub seed: Option<u64>,
}

/// What the coordinator takes as a reason.
fn parse_reason(text: &str) -> Result<String, UsageError> {
    if text.trim().is_empty() || text.len() > MAX_TEXT_BYTES {
        return Err(UsageError(format!("a reason has 1 to {MAX_TEXT_BYTES} bytes, not all blank")));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_say_nothing_are_refused() {
        for text in ["", " \n", &"x".repeat(MAX_TEXT_BYTES + 1)] {
            assert!(parse_reason(text).is_err(), "{text}");
        }
        assert!(parse_reason("<b>no & cycles</b>").is_ok());
    }
}
