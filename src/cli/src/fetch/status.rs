//! What a monitor reads: how the last pass of the service ended.

use crate::{
    backup::folder::to_json,
    disk::{self, RealDisk},
    exit::Exit,
    fetch::keep::{Backup, State},
};
use anyhow::Result;
use backup_journal::{RunId, Timestamp};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// The name of the file.
pub const STATUS: &str = "watch.json";

/// How a pass ended. Times are nanoseconds since 1970.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// When it ended, by the clock of this machine.
    pub at: Timestamp,
    /// Whether the coordinator was asked, nothing waits, and nothing is wrong.
    pub ok: bool,
    /// Why the coordinator could not be asked, or old backups not be deleted.
    pub problem: Option<String>,
    /// The newest complete backup here of each fleet.
    pub fleets: BTreeMap<String, Newest>,
    /// The runs that still wait for their downloads, the oldest first.
    pub waiting: Vec<Waiting>,
    /// The backups here that are not what was downloaded.
    pub damaged: BTreeMap<String, String>,
}

/// The newest complete backup of a fleet.
#[derive(Clone, Debug, Serialize)]
pub struct Newest {
    /// Its run.
    pub run_id: String,
    /// When the run began.
    pub begun_at: Timestamp,
}

/// A run that waits.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// Why it waits.
    pub problem: String,
}

impl Status {
    /// How a pass has ended that leaves these backups here.
    pub fn of(
        at: Timestamp,
        problem: Option<String>,
        waiting: Vec<Waiting>,
        backups: &[Backup],
    ) -> Self {
        let mut fleets: BTreeMap<String, Newest> = BTreeMap::new();
        let mut damaged = BTreeMap::new();
        for backup in backups {
            let Backup { name, fleet, begun_at, state } = backup;
            match state {
                State::Damaged(problem) => {
                    damaged.insert(name.clone(), problem.clone());
                }
                State::Complete if fleets.get(fleet).is_none_or(|it| it.begun_at < *begun_at) => {
                    let newest = Newest { run_id: name.clone(), begun_at: *begun_at };
                    fleets.insert(fleet.clone(), newest);
                }
                _ => {}
            }
        }
        let ok = problem.is_none() && waiting.is_empty() && damaged.is_empty();
        Self { at, ok, problem, fleets, waiting, damaged }
    }

    /// How a command ends that makes one pass.
    pub fn exit(&self) -> Exit {
        if self.problem.is_some() || !self.damaged.is_empty() {
            return Exit::Failed;
        }
        if self.waiting.is_empty() { Exit::Complete } else { Exit::Incomplete }
    }

    /// Writes it, as a whole or not at all.
    pub fn write(&self, base: &Path) -> Result<()> {
        disk::replace(&RealDisk, &base.join(STATUS), to_json(self)?.as_bytes())
    }
}
