//! What must hold in every night.

use anyhow::Error;
use std::{error::Error as StdError, fmt};

/// Something that must hold at every moment of a rehearsal, or at its end.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Invariant {
    /// Nothing that the coordinator has stopped stays stopped.
    Restarted,
    /// The network keeps ten.
    TenSnapshots,
    /// The last backup, and the last that was verified.
    LastBackups,
    /// The snapshots of others.
    Foreign,
    /// A backup, or a reason.
    EveryNight,
    /// What the coordinator does for a run.
    RunsEnd,
    /// The journals at the end.
    Journals,
    /// The log at the end.
    Log,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Restarted,
        Self::TenSnapshots,
        Self::LastBackups,
        Self::Foreign,
        Self::EveryNight,
        Self::RunsEnd,
        Self::Journals,
        Self::Log,
    ];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restarted => {
                "every member that the coordinator stops runs again by the restart deadline"
            }
            Self::TenSnapshots => "no canister has more than ten snapshots",
            Self::LastBackups => {
                "the last backup and the last verified one are on the network, unless a person deleted of them"
            }
            Self::Foreign => "the coordinator deletes no snapshot that no journal names",
            Self::EveryNight => "every night has a backup that was begun, or a reason why not",
            Self::RunsEnd => "the coordinator comes to an end with every run",
            Self::Journals => "the journals keep their invariants",
            Self::Log => {
                "the audit log is certified, and its replay gives what the coordinator says"
            }
        }
    }

    /// The error that this does not hold.
    pub fn broken(self, what: impl Into<String>) -> Error {
        Violation { invariant: self, what: what.into() }.into()
    }
}

/// That something does not hold.
#[derive(Debug)]
pub struct Violation {
    /// What does not.
    pub invariant: Invariant,
    /// Where this was seen.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Violation {}
