//! Which slices of a download are on the disk, noted beside it, so that it can go on after the program was killed.
//!
//! The first line says what is downloaded, and each other line names a slice whose bytes were on the disk before the line
//! was. A line that is not complete was being written when the program was killed, and does not count.

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

/// What is downloaded.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Header {
    format: u32,
    canister_id: Principal,
    snapshot_id: SnapshotId,
    metadata_candid: String,
}

/// A slice that is on the disk.
#[derive(Debug, Deserialize, Serialize)]
struct Line {
    file: String,
    slice: usize,
    sha256: String,
}

/// The slices of each file that are on the disk, from the first on, with their SHA-256.
pub type Done = BTreeMap<String, Vec<String>>;

/// What an earlier download has noted.
#[derive(Debug)]
pub struct Noted {
    /// What the network said of the snapshot.
    pub metadata: Metadata,
    /// What is on the disk.
    pub done: Done,
}

/// The notes of one download.
pub struct SlicesDone {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: File,
}

impl SlicesDone {
    /// What was noted at `path` about the download of this snapshot; none if nothing was, or if it was another snapshot.
    pub fn read(
        path: &Path,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
    ) -> Result<Option<Noted>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let noted = parse(&text).with_context(|| {
            let shown = path.display();
            format!("{shown} is damaged; remove it and the folder that ends with .part beside it")
        })?;
        let (header, done) = noted;
        if header.canister_id != canister_id || header.snapshot_id != *snapshot_id {
            return Ok(None);
        }
        let metadata = files::from_candid(&header.metadata_candid)
            .with_context(|| format!("{} is damaged", path.display()))?;
        Ok(Some(Noted { metadata, done }))
    }

    /// Begins notes at `path` with what is on the disk already.
    pub fn begin(
        disk: &Arc<dyn Disk>,
        path: &Path,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
        noted: &Noted,
    ) -> Result<Self> {
        let header = Header {
            format: FORMAT,
            canister_id,
            snapshot_id: snapshot_id.clone(),
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

    /// Notes that more slices of a file, from number `first` on, are on the disk.
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

fn parse(text: &str) -> Result<(Header, Done)> {
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
    Ok((header, done))
}
