//! The folder of a backup: what lies where in it, and how its files are written and checked.
//!
//! ```text
//! registry.json                 the fleet that the plan was made from
//! <canister>/metadata.json      what the snapshot consists of
//! <canister>/wasm_module.bin    … and its bytes
//! <canister>/wasm_memory.bin
//! <canister>/stable_memory.bin
//! <canister>/SHA256SUMS         their checksums; its own SHA-256 is the checksum in the journal
//! manifest.json                 what belongs to what
//! ```

use crate::usage::UsageError;
use anyhow::{Context, Result, bail, ensure};
use backup_journal::registry::RegistryEntry;
use candid::Principal;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The list of checksums in the folder of a canister, in the format of `sha256sum`.
pub const SUMS: &str = "SHA256SUMS";
/// What belongs to what.
pub const MANIFEST: &str = "manifest.json";
const REGISTRY: &str = "registry.json";

/// The folder of a backup.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, which must not hold anything yet.
    pub fn create(path: &Path) -> Result<Self> {
        let shown = path.display();
        fs::create_dir_all(path).with_context(|| format!("{shown} cannot be created"))?;
        ensure_empty(path)?;
        Ok(Self::open(path))
    }

    /// The folder of a backup that was begun before.
    pub fn open(path: &Path) -> Self {
        Self { path: path.to_owned() }
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
        let path = self.path.join(REGISTRY);
        let bytes =
            fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Writes a file so that it is there as a whole or not at all.
    pub fn write_json(&self, name: &str, content: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        let unfinished = self.path.join(unfinished(name));
        fs::write(&unfinished, to_json(content)?)
            .and_then(|()| fs::rename(&unfinished, &path))
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// The name under which something is written before it is complete.
pub fn unfinished(name: &str) -> String {
    format!("{name}.part")
}

/// Readable JSON, with a line feed at its end.
pub fn to_json(content: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(content)? + "\n")
}

/// Refuses a folder that holds something.
pub fn ensure_empty(path: &Path) -> Result<(), UsageError> {
    let shown = path.display();
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(UsageError(format!(
            "{shown} is not empty, and a backup is never written over another; name a folder with --out"
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(UsageError(format!("{shown} cannot be used: {error}"))),
    }
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
mod tests {
    use super::*;

    fn artifact() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mut checksums = BTreeMap::new();
        for name in ["a.bin", "b.bin"] {
            let path = folder.path().join(name);
            fs::write(&path, name).expect("written");
            checksums.insert(name.to_owned(), hash_file(&path).expect("hashed").0);
        }
        fs::write(folder.path().join(SUMS), sums(&checksums)).expect("written");
        folder
    }

    #[test]
    fn what_was_written_verifies() {
        let folder = artifact();
        let verified = verify(folder.path()).expect("verified");
        assert_eq!(verified.files.len(), 2);
        assert_eq!(verified.checksum.len(), 64);
    }

    #[test]
    fn every_change_is_named() {
        let problem = |change: fn(&Path)| {
            let folder = artifact();
            change(folder.path());
            verify(folder.path()).expect_err("a change").to_string()
        };
        assert!(problem(|path| fs::write(path.join("a.bin"), "x").unwrap()).contains("a.bin has"));
        assert!(
            problem(|path| fs::write(path.join("c.bin"), "x").unwrap()).contains("c.bin is not")
        );
        assert!(
            problem(|path| fs::remove_file(path.join("b.bin")).unwrap()).contains("b.bin is mis")
        );
    }

    #[test]
    fn artifacts_stay_inside() {
        let folder = Folder::open(Path::new("backup"));
        assert!(folder.resolve("rrkah-fqaaa-aaaaa-aaaaq-cai").is_ok());
        for outside in ["..", "/etc", "", "a/b", "RRKAH-FQAAA-AAAAA-AAAAQ-CAI"] {
            assert!(folder.resolve(outside).is_err(), "{outside}");
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = artifact();
        assert!(Folder::create(folder.path()).is_err());
        assert!(Folder::create(&folder.path().join("new")).is_ok());
    }
}
