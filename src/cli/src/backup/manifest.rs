//! The manifest: which snapshot belongs to what, so that a restore needs nothing but the folder.

use crate::backup::{
    files::WASM_MODULE,
    folder::{Folder, MANIFEST},
    record::SnapshotRecord,
    verify::Damage,
};
use anyhow::{Context, Result, ensure};
use backup_journal::{PlanId, PreflightId, RunId, Timestamp};
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The version of the format. Version 1 had no slices and no metadata, and its files lay otherwise.
pub const FORMAT: u32 = 2;

/// What belongs to what.
#[derive(Debug, Deserialize, Serialize)]
pub struct Manifest {
    /// The version of the format, [`FORMAT`].
    pub format: u32,
    /// The run that the snapshots were taken in; none if they were imported.
    #[serde(flatten)]
    pub run: Option<Run>,
    /// Where the snapshots were imported from; none if they were downloaded in a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// The canisters.
    pub members: Vec<Member>,
}

/// The run that snapshots were taken in.
#[derive(Debug, Deserialize, Serialize)]
#[allow(clippy::struct_field_names, reason = "a manifest has the words of the journal")]
pub struct Run {
    /// The run.
    pub run_id: RunId,
    /// Its plan.
    pub plan_id: PlanId,
    /// Its preflight.
    pub preflight_id: Option<PreflightId>,
    /// The fleet.
    pub fleet: String,
    /// The network, as the plan names it.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// The coordinator that has the journal.
    pub coordinator: Principal,
    /// What the plan says of the topology of the fleet.
    pub topology_hash: String,
    /// When the journal was opened.
    pub created_at: Timestamp,
}

/// Where snapshots were imported from.
#[derive(Debug, Deserialize, Serialize)]
pub struct Imported {
    /// The folder, as it was typed.
    pub from: PathBuf,
    /// When, in nanoseconds, by the clock of the machine.
    pub at: Timestamp,
}

/// A canister that was backed up.
#[derive(Debug, Deserialize, Serialize)]
pub struct Member {
    /// What it does in its fleet.
    pub role: Option<String>,
    /// The canister above it.
    pub parent_canister_id: Option<Principal>,
    /// SHA-256 of its module as the plan has it, in hexadecimal.
    pub module_hash: Option<String>,
    /// When its snapshot was reported to the journal.
    pub snapshot_recorded_at: Option<Timestamp>,
    /// Its folder, relative to the one of the backup.
    pub artifact_path: String,
    /// The snapshot.
    #[serde(flatten)]
    pub snapshot: SnapshotRecord,
}

impl Member {
    /// A canister of which nothing is known but its snapshot.
    pub fn of(snapshot: SnapshotRecord) -> Self {
        Self {
            role: None,
            parent_canister_id: None,
            module_hash: None,
            snapshot_recorded_at: None,
            artifact_path: Folder::artifact(snapshot.canister_id),
            snapshot,
        }
    }

    /// A module that is not the one of the plan.
    pub fn other_module(&self) -> Option<Damage> {
        let (expected, file) = (self.module_hash.as_ref()?, self.snapshot.file(WASM_MODULE)?);
        (!expected.eq_ignore_ascii_case(&file.sha256)).then(|| Damage {
            canister_id: self.snapshot.canister_id,
            file: Some(WASM_MODULE.to_owned()),
            problem: format!("it is the module {}, and the plan names {expected}", file.sha256),
            from: None,
            to: None,
        })
    }
}

impl Manifest {
    /// Reads the manifest of a backup that must have one.
    pub fn of_finished(folder: &Folder) -> Result<Self> {
        Self::read(folder)?.with_context(|| {
            format!("{} has no manifest: the backup is not finished", folder.path().display())
        })
    }

    /// Reads the manifest of a backup; none if there is none yet.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Any {
            format: u32,
        }
        let name = Path::new(MANIFEST);
        let Some(Any { format }) = folder.read_json(name)? else {
            return Ok(None);
        };
        let shown = folder.path().join(MANIFEST);
        let shown = shown.display();
        ensure!(
            format == FORMAT,
            "{shown} has the format {format}, and this program knows {FORMAT}"
        );
        let manifest: Option<Self> = folder.read_json(name)?;
        let manifest = manifest.with_context(|| format!("{shown} has vanished"))?;
        for member in &manifest.members {
            let id = member.snapshot.canister_id;
            let path = &member.artifact_path;
            ensure!(*path == Folder::artifact(id), "{shown}: {path:?} is not the folder of {id}");
        }
        Ok(Some(manifest))
    }
}
