//! What a folder says of the run whose backup it holds, so that the run can be resumed.

use crate::{
    agent::connect::{ConnectionArgs, Settings},
    backup::folder::Folder,
    usage::UsageError,
};
use anyhow::{Context, Result};
use backup_journal::{RunId, plan::BackupPlan};
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const RECORD: &str = "run.json";
const PLAN: &str = "plan.json";

/// The run, and where it is found.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunRecord {
    /// The run.
    pub run_id: RunId,
    /// The coordinator that has its journal.
    pub coordinator: Principal,
    /// The network, as it was named.
    pub network: String,
    /// Its key, as it was named.
    pub root_key: Option<String>,
    /// Whether the coordinator stops, snapshots and starts the members.
    pub on_chain: bool,
    /// The restart deadline that a run of a registered fleet gets, in seconds after the first stop.
    pub restart_within: Option<u64>,
    /// What a restore restores from; none if the run is a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<RestoredFrom>,
}

/// What a restore restores from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoredFrom {
    /// The folder of a backup.
    Folder(PathBuf),
    /// The snapshots that are still on the network.
    Network,
}

impl RunRecord {
    /// The record of a run that begins.
    pub fn of(
        run_id: &RunId,
        coordinator: Principal,
        settings: &Settings,
        on_chain: bool,
        restart_within: Option<u64>,
    ) -> Self {
        Self {
            run_id: run_id.clone(),
            coordinator,
            network: settings.network.clone(),
            root_key: settings.root_key.clone(),
            on_chain,
            restart_within,
            restores: None,
        }
    }

    /// The record in a folder, if there is one.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        folder.read_json(Path::new(RECORD))
    }

    /// Writes it into a folder.
    pub fn write(&self, folder: &Folder) -> Result<()> {
        folder.write_json(RECORD, self)
    }

    /// Completes what is configured by what the folder says, where nothing else is typed.
    ///
    /// # Errors
    /// [`UsageError`] if another run or another coordinator is typed.
    pub fn complete(
        &self,
        run_id: &RunId,
        typed: &ConnectionArgs,
        settings: &mut Settings,
    ) -> Result<()> {
        let other = |what: &str, own: &str| {
            Err(UsageError(format!("the folder is of {what} {own}; name another one with --out")))
        };
        if *run_id != self.run_id {
            other("the run", self.run_id.as_str())?;
        }
        if typed.coordinator.is_some_and(|coordinator| coordinator != self.coordinator) {
            other("the coordinator", &self.coordinator.to_text())?;
        }
        settings.coordinator = Some(self.coordinator);
        if typed.network.is_none() {
            settings.network.clone_from(&self.network);
            if typed.root_key.is_none() {
                settings.root_key.clone_from(&self.root_key);
            }
        }
        Ok(())
    }
}

/// Writes the plan into the folder, before its journal is opened.
pub fn write_plan(folder: &Folder, plan: &BackupPlan) -> Result<()> {
    folder.write_json(PLAN, plan)
}

/// The plan that was written.
pub fn read_plan(folder: &Folder) -> Result<BackupPlan> {
    let plan = folder.read_json(Path::new(PLAN))?;
    plan.with_context(|| format!("{} is missing", folder.path().join(PLAN).display()))
}
