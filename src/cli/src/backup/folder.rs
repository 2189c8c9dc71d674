//! The folder of a backup: what lies where in it, and how its files are written.
//!
//! ```text
//! registry.json                 the fleet that the plan was made from
//! snapshots-before/             the snapshots that there were before one was taken
//! requests/                     calls of which it is not certain what has become of them
//! <canister>/                   its snapshot, as `icp` and `dfx` have it
//! <canister>.part/              the same while it is downloaded
//! records/<canister>.json       what was downloaded, with checksums
//! records/<canister>.slices     how far it is while it is downloaded
//! manifest.json                 what belongs to what
//! ```
//!
//! Everything is on the disk before a receipt vouches for it.

use crate::{
    backup::{files::CHUNK_STORE, record::SnapshotRecord, verify},
    disk::{self, Disk, RealDisk, unfinished},
    usage::UsageError,
};
use anyhow::{Context, Result, bail, ensure};
use backup_journal::registry::RegistryEntry;
use candid::Principal;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What belongs to what.
pub const MANIFEST: &str = "manifest.json";
/// The folder of what was noted before snapshots were taken.
pub const NOTES: &str = "snapshots-before";
/// The folder of what was downloaded.
pub const RECORDS: &str = "records";
/// The folder of calls of which it is not certain what has become of them.
pub const REQUESTS: &str = "requests";
/// Why a folder that holds something is not used for a backup.
pub const NEVER_OVER_ANOTHER: &str =
    "a backup is never written over another; name a folder with --out";
const REGISTRY: &str = "registry.json";

/// The folder of a backup.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Folder {
    /// Makes the folder, which must not hold anything yet.
    pub fn create(path: &Path) -> Result<Self> {
        Self::open(path).begin()
    }

    fn begin(self) -> Result<Self> {
        ensure_usable(&self.path, NEVER_OVER_ANOTHER)?;
        // All folders are there, and on the disk, before a driver runs that may die.
        disk::create_folders(self.disk(), &self.path.join(NOTES))?;
        disk::create_folders(self.disk(), &self.path.join(RECORDS))?;
        Ok(self)
    }

    /// The folder of a backup that was begun before.
    pub fn open(path: &Path) -> Self {
        Self { path: path.to_owned(), disk: Arc::new(RealDisk) }
    }

    /// The same on another disk.
    #[cfg(test)]
    pub fn on(self, disk: impl Disk + 'static) -> Self {
        Self { disk: Arc::new(disk), ..self }
    }

    /// What it is written to with.
    pub fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The same, for others that write beside.
    pub const fn shared_disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the snapshot of a canister lies, relative to the folder.
    pub fn artifact(canister: Principal) -> String {
        canister.to_text()
    }

    /// Where an artifact lies. The name comes from a journal, so it is not trusted to stay inside.
    pub fn resolve(&self, artifact: &str) -> Result<PathBuf> {
        let plain = Principal::from_text(artifact).is_ok_and(|id| id.to_text() == artifact);
        ensure!(plain, "{artifact:?} is not the folder of a canister");
        Ok(self.path.join(artifact))
    }

    /// Where the snapshot of a canister lies.
    pub fn artifact_path(&self, canister: Principal) -> PathBuf {
        self.path.join(Self::artifact(canister))
    }

    /// Where it lies while it is downloaded.
    pub fn partial_path(&self, canister: Principal) -> PathBuf {
        self.path.join(unfinished(&Self::artifact(canister)))
    }

    /// Where it is noted how far its download is.
    pub fn notes_path(&self, canister: Principal) -> PathBuf {
        self.path.join(RECORDS).join(format!("{canister}.slices"))
    }

    /// Gives a snapshot its name that is whole, and on the disk but for the names of its files; and writes down what it is.
    pub fn publish(&self, record: &SnapshotRecord) -> Result<()> {
        let partial = self.partial_path(record.canister_id);
        for file in &record.files {
            let path = partial.join(&file.name);
            let shown = path.display();
            let length =
                fs::metadata(&path).with_context(|| format!("{shown} has vanished"))?.len();
            let expected = file.bytes;
            ensure!(
                length == expected,
                "{shown} has {length} bytes instead of {expected}: somebody else writes to it"
            );
        }
        let chunks = partial.join(CHUNK_STORE);
        if chunks.exists() {
            disk::sync_folder(self.disk(), &chunks)?;
        }
        disk::sync_folder(self.disk(), &partial)?;
        disk::create_folders(self.disk(), &self.path.join(RECORDS))?;
        self.write_json(record_name(record.canister_id), record)?;
        disk::publish(self.disk(), &partial, &self.artifact_path(record.canister_id))
    }

    /// What was downloaded of a canister, if it was.
    pub fn record(&self, canister: Principal) -> Result<Option<SnapshotRecord>> {
        self.read_json(&record_name(canister))
    }

    /// Reads the snapshot of a canister and holds it against its record, which it answers with.
    pub fn verify(&self, canister: Principal) -> Result<SnapshotRecord> {
        let record = self.record(canister)?;
        let record = record.with_context(|| format!("{canister} has not been downloaded"))?;
        let place = self.artifact_path(canister);
        if let Some(damage) = verify::read(&place, &record, |_| {}).damages.first() {
            bail!("{damage}. Remove {}, and resume: it is downloaded again", place.display());
        }
        Ok(record)
    }

    /// Writes down the fleet that the plan was made from.
    pub fn write_registry(&self, registry: &[RegistryEntry]) -> Result<()> {
        self.write_json(REGISTRY, &registry)
    }

    /// The fleet that the plan was made from.
    pub fn registry(&self) -> Result<Vec<RegistryEntry>> {
        let registry = self.read_json(Path::new(REGISTRY))?;
        registry.with_context(|| format!("{} is missing", self.path.join(REGISTRY).display()))
    }

    /// Writes a file so that it is on the disk as a whole or not at all.
    pub fn write_json(&self, name: impl AsRef<Path>, content: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        disk::replace(self.disk(), &path, to_json(content)?.as_bytes())
    }

    /// What was written, if it was.
    pub fn read_json<T: DeserializeOwned>(&self, name: &Path) -> Result<Option<T>> {
        let path = self.path.join(name);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
    }
}

fn record_name(canister: Principal) -> PathBuf {
    Path::new(RECORDS).join(format!("{canister}.json"))
}

/// Readable JSON, with a line feed at its end.
pub fn to_json(content: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(content)? + "\n")
}

/// Refuses a folder that holds something, with what to do then, or one in which nothing can be written. Leaves
/// nothing behind.
pub fn ensure_usable(path: &Path, otherwise: &str) -> Result<(), UsageError> {
    let shown = path.display();
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => try_to_write(path),
        Ok(false) => return Err(UsageError(format!("{shown} is not empty, and {otherwise}"))),
        // The folder will be created in the nearest folder that exists.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
            try_to_write(there.unwrap_or(Path::new(".")))
        }
        Err(error) => Err(error),
    }
    .map_err(|error| UsageError(format!("{shown} cannot be used: {error}")))
}

fn try_to_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".backupctl-{}", std::process::id()));
    File::create_new(&path)?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests;
