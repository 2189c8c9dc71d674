//! Which slices of a download are on the disk, or of an upload on the network, so that it can go on after the program was
//! killed.
//!
//! The first line says what is downloaded or uploaded, and each other line names a slice that was done before the line was
//! written. A line that is not complete was being written when the program was killed, and does not count.

use crate::{
    backup::files::{self, Metadata},
    disk::{self, Disk},
};
use anyhow::{Context, Result, ensure};
use backup_fleet::SnapshotId;
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The version of the format.
const FORMAT: u32 = 1;

/// What is downloaded or uploaded.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Header {
    format: u32,
    canister_id: Principal,
    snapshot_id: SnapshotId,
    metadata_candid: String,
}

/// A slice that is done.
#[derive(Debug, Deserialize, Serialize)]
struct Line {
    file: String,
    slice: usize,
    sha256: String,
}

/// The slices of each file that are done, from the first on, with their SHA-256.
pub type Done = BTreeMap<String, Vec<String>>;

/// What an earlier program has noted.
#[derive(Debug)]
pub struct Noted {
    /// Whose snapshot it is on the network.
    pub canister_id: Principal,
    /// Its id there.
    pub snapshot_id: SnapshotId,
    /// What it consists of.
    pub metadata: Metadata,
    /// What is done.
    pub done: Done,
}

/// The notes of one download or upload.
pub struct SlicesDone {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: File,
}

impl SlicesDone {
    /// What was noted at `path`; none if nothing was.
    pub fn read(path: &Path) -> Result<Option<Noted>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let noted = parse(&text).with_context(|| {
            let shown = path.display();
            format!("{shown} is damaged; remove it, then all of this snapshot is transferred again")
        })?;
        Ok(Some(noted))
    }

    /// Begins notes at `path` with what is done already.
    pub fn begin(disk: &Arc<dyn Disk>, path: &Path, noted: &Noted) -> Result<Self> {
        let header = Header {
            format: FORMAT,
            canister_id: noted.canister_id,
            snapshot_id: noted.snapshot_id.clone(),
            metadata_candid: files::to_candid(&noted.metadata)?,
        };
        let mut text = to_line(&header)?;
        for (file, slices) in &noted.done {
            for (slice, sha256) in (0..).zip(slices) {
                text += &to_line(&Line { file: file.clone(), slice, sha256: sha256.clone() })?;
            }
        }
        disk::replace(&**disk, path, text.as_bytes())?;
        let file =
            disk.append(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self { disk: Arc::clone(disk), path: path.to_owned(), file })
    }

    /// Notes that more slices of a file, from number `first` on, are done.
    pub fn add(&mut self, file: &str, first: usize, slices: &[String]) -> Result<()> {
        let mut text = String::new();
        for (slice, sha256) in (first..).zip(slices) {
            text += &to_line(&Line { file: file.to_owned(), slice, sha256: sha256.clone() })?;
        }
        self.disk
            .write(&mut self.file, &self.path, text.as_bytes())
            .and_then(|()| self.disk.sync_file(&self.file, &self.path))
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

fn to_line(content: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(content)? + "\n")
}

fn parse(text: &str) -> Result<Noted> {
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let header: Header = serde_json::from_str(lines.next().context("it is empty")?)?;
    ensure!(header.format == FORMAT, "its format {} is not known", header.format);
    let mut done = Done::new();
    for line in lines {
        let Line { file, slice, sha256 } = serde_json::from_str(line)?;
        let slices = done.entry(file).or_default();
        ensure!(slice == slices.len(), "slice {slice} follows {} others", slices.len());
        slices.push(sha256);
    }
    let Header { canister_id, snapshot_id, metadata_candid, .. } = header;
    let metadata = files::from_candid(&metadata_candid)?;
    Ok(Noted { canister_id, snapshot_id, metadata, done })
}
