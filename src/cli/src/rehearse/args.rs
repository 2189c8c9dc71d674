//! The options of whatever rehearses a backup.

use crate::{
    rehearse::{
        plan::PLAN_PREFIX,
        specs::{CrashSpec, FailSpec},
        tamper::TamperKind,
    },
    usage::UsageError,
};
use backup_journal::limits::{MAX_NAME_BYTES, MAX_TEXT_BYTES};
use clap::Args;
use std::path::PathBuf;

/// What is rehearsed, and what goes wrong on the way.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The fleet: a JSON file with its canisters. Without it, a root and seven members.
    #[arg(long, value_name = "FILE")]
    pub registry: Option<PathBuf>,

    /// Instead of a registry: a root and this many members.
    #[arg(long, value_name = "N", conflicts_with = "registry",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub targets: Option<u32>,

    /// The N-th operation of a kind (1-based) fails once and is retried. Given twice for the same
    /// operation it fails twice. Kinds: validate-topology, validate-control-authority,
    /// validate-snapshot-read-authority, validate-quiescence-policy, stop, create-snapshot, start,
    /// download-snapshot, verify-artifact, finalize-manifest.
    #[arg(long, value_name = "KIND:N")]
    pub fail: Vec<FailSpec>,

    /// The reason that such a failure is reported with.
    #[arg(long, value_name = "TEXT", requires = "fail", value_parser = parse_reason)]
    pub fail_reason: Option<String>,

    /// The coordinator is upgraded to its own module after every K transitions.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub upgrade_every: Option<u32>,

    /// The driver dies after claiming operation N (its sequence, 0-based), and a second one resumes from
    /// the journal. It dies before it touches the fleet, with the effect half done (as it is if nothing
    /// is said), or after the effect and before the report.
    #[arg(long, value_name = "N[:before|half|after]")]
    pub crash_at: Option<CrashSpec>,

    /// Names the run; without it, the fleet and the time.
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<String>,

    /// Where the backup is written to [default: ./backup-RUN_ID]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Writes the result as JSON to standard output, and nothing else there.
    #[arg(long)]
    pub json: bool,

    /// The coordinator's module.
    #[arg(long, value_name = "FILE", default_value = "target/wasm/backup_coordinator.wasm.gz")]
    pub coordinator_module: PathBuf,

    /// The module that every canister of the fleet runs.
    #[arg(long, value_name = "FILE", default_value = "target/wasm/fleet_member.wasm.gz")]
    pub member_module: PathBuf,
}

/// The options of `backupctl rehearse`.
#[derive(Args, Debug)]
pub struct RehearseArgs {
    /// What is rehearsed.
    #[command(flatten)]
    pub run: RunArgs,

    /// Verifies the coordinator's log in the end: its blocks, their certificate, and what follows from them.
    #[arg(long)]
    pub audit: bool,

    /// Writes the log into a folder that holds none, for `backupctl audit`.
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,

    /// Tampers with the log before it is verified, so that one can see it found.
    #[arg(long, value_name = "KIND", requires = "audit")]
    pub tamper: Option<TamperKind>,
}

/// The longest run id of which a plan id can be made.
const MAX_RUN_ID_BYTES: usize = MAX_NAME_BYTES - PLAN_PREFIX.len();

/// A run id also names a folder, so it is held to what is safe there.
fn parse_run_id(text: &str) -> Result<String, UsageError> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=MAX_RUN_ID_BYTES).contains(&text.len())
        && text.bytes().all(safe)
        && !text.starts_with('.')
    {
        return Ok(text.to_owned());
    }
    Err(UsageError(format!(
        "a run id has 1 to {MAX_RUN_ID_BYTES} letters, digits, dashes, dots and underscores, and no dot in front"
    )))
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
    fn names_that_are_no_folder_and_reasons_that_say_nothing_are_refused() {
        for text in ["", "a/b", "..", "a b", &"x".repeat(MAX_RUN_ID_BYTES + 1)] {
            assert!(parse_run_id(text).is_err(), "{text}");
        }
        assert!(parse_run_id(&"x".repeat(MAX_RUN_ID_BYTES)).is_ok());
        for text in ["", " \n", &"x".repeat(MAX_TEXT_BYTES + 1)] {
            assert!(parse_reason(text).is_err(), "{text}");
        }
        assert!(parse_reason("<b>no & cycles</b>").is_ok());
    }
}
