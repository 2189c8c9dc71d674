//! The command line, and what its words mean.

use crate::audit_args::{AuditArgs, TamperKind};
use backup_journal::plan::BackupOperationKind;
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, str::FromStr};
use thiserror::Error;

/// Drives and rehearses backups of canister fleets.
#[derive(Debug, Parser)]
#[command(name = "backupctl", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a whole backup of a simulated fleet, through the real coordinator module and without a network.
    Rehearse(RehearseArgs),
    /// Checks a log that was fetched from a coordinator, without a network and without trusting who served it.
    Audit(AuditArgs),
}

/// The options of `backupctl rehearse`.
#[derive(Args, Debug)]
pub struct RehearseArgs {
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

    /// Verifies the coordinator's log in the end: its blocks, their certificate, and what follows from them.
    #[arg(long)]
    pub audit: bool,

    /// Writes the log into a folder, for `backupctl audit`.
    #[arg(long, value_name = "DIR")]
    pub dump: Option<PathBuf>,

    /// Tampers with the log before it is verified, so that one can see it found.
    #[arg(long, value_name = "KIND", requires = "audit")]
    pub tamper: Option<TamperKind>,

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

/// What was typed makes no sense; nothing was done.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// An operation that is to fail: the `number`-th of its kind, 1-based.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FailSpec {
    /// The kind.
    pub kind: BackupOperationKind,
    /// Which of that kind.
    pub number: u32,
}

impl FromStr for FailSpec {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let (kind, number) = text
            .split_once(':')
            .ok_or_else(|| UsageError("expected KIND:N, for instance stop:2".to_owned()))?;
        Ok(Self {
            kind: parse_kind(kind)?,
            number: match number.parse() {
                Ok(number) if number > 0 => number,
                _ => return Err(UsageError(format!("{number} is not a number from 1 on"))),
            },
        })
    }
}

fn parse_kind(name: &str) -> Result<BackupOperationKind, UsageError> {
    let kinds = BackupOperationKind::ALL;
    kinds.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let known: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        UsageError(format!("there is no kind {name}; there are {}", known.join(", ")))
    })
}

/// Where the driver is to die.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CrashSpec {
    /// Sequence of the operation that it has claimed.
    pub sequence: u32,
    /// How far it got.
    pub moment: CrashMoment,
}

/// How far a driver got with an operation before it died.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CrashMoment {
    /// The fleet is untouched.
    Before,
    /// A call was sent whose answer nobody saw, or some of the bytes were written.
    Half,
    /// All is done, nothing is reported.
    After,
}

impl FromStr for CrashSpec {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let (sequence, moment) = text.split_once(':').unwrap_or((text, "half"));
        Ok(Self {
            sequence: sequence.parse().map_err(|_| {
                UsageError(format!("{sequence} is not the sequence of an operation"))
            })?,
            moment: match moment {
                "before" => CrashMoment::Before,
                "half" => CrashMoment::Half,
                "after" => CrashMoment::After,
                other => {
                    let problem = format!("{other} is not one of before, half, after");
                    return Err(UsageError(problem));
                }
            },
        })
    }
}

/// A run id also names a folder, so it is held to what is safe there.
fn parse_run_id(text: &str) -> Result<String, UsageError> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(safe) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err(UsageError(
        "a run id has 1 to 64 letters, digits, dashes, dots and underscores, and no dot in front"
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_named() {
        for kind in BackupOperationKind::ALL {
            let spec: FailSpec = format!("{}:3", kind.name()).parse().expect("a kind");
            assert_eq!(spec, FailSpec { kind, number: 3 });
        }
    }

    #[test]
    fn wrong_words_are_refused() {
        for text in ["stop", "stop:", "stop:0", "stop:x", "halt:1", ":1"] {
            assert!(text.parse::<FailSpec>().is_err(), "{text}");
        }
        for text in ["", "x", "-1", "3:later", "3:"] {
            assert!(text.parse::<CrashSpec>().is_err(), "{text}");
        }
        for text in ["", "a/b", "..", "a b"] {
            assert!(parse_run_id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_crash_is_half_way_unless_said_otherwise() {
        let moment = |text: &str| text.parse::<CrashSpec>().expect("a crash").moment;
        assert_eq!(moment("30"), CrashMoment::Half);
        assert_eq!(moment("30:after"), CrashMoment::After);
    }
}
