//! Whether a whole backup still is what was downloaded.

use crate::{
    backup::{
        folder::{Folder, RECORDS},
        manifest::{Manifest, Member, Run},
        meter::Meter,
        verify::{self, Damage},
    },
    disk::unfinished,
};
use anyhow::{Context, Result};
use candid::Principal;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::PathBuf,
};

/// What was found in the folder of a backup.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// Whether everything is as it was.
    pub ok: bool,
    /// The folder.
    pub folder: PathBuf,
    /// The run that it is of, as the manifest says.
    #[serde(flatten)]
    pub run: Option<Run>,
    /// How many canisters were looked at.
    pub canisters: usize,
    /// How many files they should have.
    pub files: usize,
    /// How many bytes were read.
    pub bytes: u64,
    /// What is wrong with the backup as such.
    pub problem: Option<String>,
    /// What is wrong with its snapshots.
    pub damages: Vec<Damage>,
}

/// Reads all files of a backup and holds them against its manifest, or against the records of its downloads if it has no
/// manifest yet.
pub fn inspect(folder: &Folder, meter: &dyn Meter) -> Result<Inspection> {
    let (run, members, problem) = match Manifest::read(folder)? {
        Some(manifest) => (manifest.run, manifest.members, None),
        None => (None, recorded(folder)?, Some(NO_MANIFEST.to_owned())),
    };
    let records = members.iter().map(|member| &member.snapshot);
    let files = records.clone().flat_map(|record| &record.files);
    meter.begun(files.clone().map(|file| file.bytes).sum());
    let owners: BTreeMap<&str, Principal> =
        records.map(|record| (record.checksum.as_str(), record.canister_id)).collect();
    let (mut damages, mut bytes) = (strangers(folder, &members)?, 0);
    for member in &members {
        let record = &member.snapshot;
        let place = folder.artifact_path(record.canister_id);
        let found = verify::read(&place, record, |bytes| meter.received(bytes));
        bytes += found.bytes;
        let other = found.checksum.filter(|checksum| *checksum != record.checksum);
        match other.and_then(|checksum| owners.get(checksum.as_str())) {
            Some(other) => damages
                .push(about(record.canister_id, format!("its folder has the snapshot of {other}"))),
            None => damages.extend(found.damages),
        }
        damages.extend(member.other_module());
    }
    Ok(Inspection {
        ok: problem.is_none() && damages.is_empty(),
        folder: folder.path().to_owned(),
        run,
        canisters: members.len(),
        files: files.count(),
        bytes,
        problem,
        damages,
    })
}

const NO_MANIFEST: &str = "there is no manifest.json: the backup is not finished";

/// The canisters of a backup without a manifest.
fn recorded(folder: &Folder) -> Result<Vec<Member>> {
    let path = folder.path().join(RECORDS);
    let entries = match fs::read_dir(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            anyhow::bail!("{} is not the folder of a backup", folder.path().display())
        }
        entries => entries.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    let mut members = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let Some(Ok(id)) = name.strip_suffix(".json").map(Principal::from_text) else {
            continue;
        };
        members.extend(folder.record(id)?.map(Member::of));
    }
    Ok(members)
}

/// The folders of canisters that are not among the members, and those of downloads that are not complete.
fn strangers(folder: &Folder, members: &[Member]) -> Result<Vec<Damage>> {
    let known: BTreeSet<Principal> =
        members.iter().map(|member| member.snapshot.canister_id).collect();
    let path = folder.path();
    let entries =
        fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let (id, partial) = match name.strip_suffix(&unfinished("")) {
            Some(id) => (id, true),
            None => (&*name, false),
        };
        match Principal::from_text(id) {
            Ok(id) if partial => found.push(about(id, "its download is not complete".to_owned())),
            Ok(id) if !known.contains(&id) => {
                found.push(about(id, "the backup does not name it".to_owned()));
            }
            _ => {}
        }
    }
    Ok(found)
}

const fn about(canister_id: Principal, problem: String) -> Damage {
    Damage { canister_id, file: None, problem, from: None, to: None }
}

#[cfg(test)]
mod tests;
