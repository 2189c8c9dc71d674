//! The folder of a backup: what lies where in it, and how its files are written and checked.
//!
//! ```text
//! registry.json                 the fleet that the plan was made from
//! snapshots-before/             the snapshots that there were before one was taken
//! <canister>/metadata.json      what the snapshot consists of
//! <canister>/wasm_module.bin    … and its bytes
//! <canister>/wasm_memory.bin
//! <canister>/stable_memory.bin
//! <canister>/SHA256SUMS         their checksums; its own SHA-256 is the checksum in the journal
//! manifest.json                 what belongs to what
//! ```
//!
//! Everything is on the disk before a receipt vouches for it.

use crate::{
    disk::{self, Disk, RealDisk},
    usage::UsageError,
};
use anyhow::{Context, Result, bail, ensure};
use backup_journal::registry::RegistryEntry;
use candid::Principal;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The list of checksums in the folder of a canister, in the format of `sha256sum`.
pub const SUMS: &str = "SHA256SUMS";
/// What belongs to what.
pub const MANIFEST: &str = "manifest.json";
/// The folder of what was noted before snapshots were taken.
pub const NOTES: &str = "snapshots-before";
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

/// SHA-256 of a file, and its length.
pub fn hash_file(path: &Path) -> Result<(String, u64)> {
    let mut hash = Sha256::new();
    let length = File::open(path)
        .and_then(|mut file| io::copy(&mut file, &mut hash))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    Ok((hex::encode(hash.finalize()), length))
}

/// The content of [`SUMS`] for files with these checksums.
pub fn sums(checksums: &BTreeMap<String, String>) -> String {
    let line = |(name, checksum)| [checksum, "  ", name, "\n"];
    let pairs = checksums.iter().map(|(name, checksum)| (name.as_str(), checksum.as_str()));
    pairs.flat_map(line).collect()
}

/// A file of an artifact.
#[derive(Clone, Debug, Serialize)]
pub struct ArtifactFile {
    /// Its name in the folder of the canister.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// An artifact whose files are what its list of checksums says.
#[derive(Clone, Debug)]
pub struct Verified {
    /// SHA-256 over the list of checksums: one for everything.
    pub checksum: String,
    /// The files, the list not among them.
    pub files: Vec<ArtifactFile>,
}

/// Reads every file of an artifact and holds it against the list of checksums.
pub fn verify(artifact: &Path) -> Result<Verified> {
    let list = artifact.join(SUMS);
    let listed =
        fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let files = read_files(artifact)?;
    let found: BTreeMap<String, String> =
        files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
    if sums(&found) != listed {
        bail!(
            "{} does not say what lies beside it: {}",
            list.display(),
            first_difference(&listed, &found)
        );
    }
    let (checksum, _) = hash_file(&list)?;
    Ok(Verified { checksum, files })
}

fn read_files(artifact: &Path) -> Result<Vec<ArtifactFile>> {
    let mut files = Vec::new();
    let entries =
        fs::read_dir(artifact).with_context(|| format!("{} cannot be read", artifact.display()))?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != SUMS {
            let (sha256, bytes) = hash_file(&artifact.join(&name))?;
            files.push(ArtifactFile { name, bytes, sha256 });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn first_difference(listed: &str, found: &BTreeMap<String, String>) -> String {
    let listed: BTreeMap<&str, &str> = listed
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(checksum, name)| (name, checksum))
        .collect();
    for (name, checksum) in found {
        match listed.get(name.as_str()) {
            None => return format!("{name} is not listed"),
            Some(listed) if listed != checksum => return format!("{name} has another checksum"),
            Some(_) => {}
        }
    }
    let missing = listed.keys().find(|name| !found.contains_key(**name));
    missing.map_or("its lines".to_owned(), |name| format!("{name} is missing"))
}

#[cfg(test)]
mod tests;
