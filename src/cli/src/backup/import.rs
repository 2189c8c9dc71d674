//! Makes a backup of the folder of a snapshot that `icp` or `dfx` has downloaded.

use crate::{
    backup::{
        files::{self, BEGUN_BY_ICP, CHUNK_STORE, LEFT_BY_ICP, METADATA, Metadata, Part},
        folder::{Folder, MANIFEST},
        hash::FileRecord,
        manifest::{FORMAT, Imported, Manifest, Member},
        meter::Meter,
        record::{SnapshotRecord, checksum},
        verify,
    },
    disk::{self, Disk},
};
use anyhow::{Context, Result, bail, ensure};
use backup_fleet::SnapshotId;
use backup_journal::Timestamp;
use candid::Principal;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Bytes that are copied at a time.
const BUFFER: usize = 1 << 20;

/// A snapshot that is imported.
#[derive(Debug)]
pub struct Import<'a> {
    /// Its folder.
    pub from: &'a Path,
    /// Whose it is.
    pub canister: Principal,
    /// Which one it is, if that is known.
    pub snapshot: Option<SnapshotId>,
    /// Whether files are copied even where they could have a second name.
    pub copy: bool,
    /// The time, by the clock of this machine.
    pub now: Timestamp,
}

/// What can be imported: the files that are there.
#[derive(Debug)]
pub struct Importable {
    metadata: Metadata,
    /// Files that are there.
    present: Vec<String>,
    /// Empty files that `icp` or `dfx` has left out.
    absent: Vec<String>,
}

impl Importable {
    /// The bytes of the files.
    pub fn bytes(&self) -> u64 {
        files::bytes(&self.metadata)
    }
}

impl Import<'_> {
    /// Looks whether all files are there with the lengths that the metadata tell. Reads nothing but the metadata.
    pub fn look(&self) -> Result<Importable> {
        let path = self.from.join(METADATA);
        let shown = self.from.display();
        ensure!(
            !self.from.join(BEGUN_BY_ICP).exists(),
            "{shown} has a download by icp that is not complete: end it with `icp canister snapshot download --resume`"
        );
        let json = fs::read(&path).with_context(|| {
            format!("{shown} is not the folder of a snapshot: {} cannot be read", path.display())
        })?;
        let metadata: Metadata = serde_json::from_slice(&json).with_context(|| {
            format!(
                "{} cannot be read; a floating-point global that is not finite is lost in JSON",
                path.display()
            )
        })?;
        let mut found = Importable { present: vec![METADATA.to_owned()], absent: vec![], metadata };
        for part in Part::of(&found.metadata)? {
            let name = part.file();
            if self.is_there(&part, &name)? {
                found.present.push(name);
            } else {
                found.absent.push(name);
            }
        }
        self.nothing_else(&found)?;
        Ok(found)
    }

    /// Whether the file of a part is there; it need not be if it is empty.
    fn is_there(&self, part: &Part, name: &str) -> Result<bool> {
        let path = self.from.join(name);
        let shown = path.display();
        match (fs::symlink_metadata(&path), part.bytes()) {
            (Err(error), Some(0)) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            (Err(error), _) => Err(error).with_context(|| format!("{shown} cannot be read")),
            (Ok(found), bytes) => {
                ensure!(found.is_file(), "{shown} is not a plain file");
                let length = found.len();
                if let Some(bytes) = bytes.filter(|bytes| *bytes != length) {
                    bail!("{shown} has {length} bytes, and the metadata says {bytes}");
                }
                Ok(true)
            }
        }
    }

    fn nothing_else(&self, found: &Importable) -> Result<()> {
        let known: BTreeSet<&str> = found.present.iter().map(String::as_str).collect();
        for inner in ["", CHUNK_STORE] {
            let folder = self.from.join(inner);
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => {
                    entries.with_context(|| format!("{} cannot be read", folder.display()))?
                }
            };
            for entry in entries {
                let name = entry?.file_name();
                let name = name.to_string_lossy();
                let whole =
                    if inner.is_empty() { name.to_string() } else { format!("{inner}/{name}") };
                let expected = known.contains(whole.as_str())
                    || whole == CHUNK_STORE
                    || LEFT_BY_ICP.contains(&whole.as_str());
                let shown = self.from.join(&whole);
                ensure!(expected, "{} does not belong to the snapshot", shown.display());
            }
        }
        Ok(())
    }

    /// Brings the files into an empty folder for a backup, and writes its manifest.
    pub fn run(&self, found: &Importable, folder: &Folder, meter: &dyn Meter) -> Result<Manifest> {
        let partial = folder.partial_path(self.canister);
        let disk = folder.disk();
        disk::create_folders(disk, &partial)?;
        if !found.metadata.wasm_chunk_store.is_empty() {
            disk::create_folders(disk, &partial.join(CHUNK_STORE))?;
        }
        meter.begun(found.bytes());
        let mut files = Vec::new();
        for name in &found.present {
            let (from, to) = (self.from.join(name), partial.join(name));
            self.bring(disk, &from, &to)?;
            files.push(recorded(&to, name, meter)?);
        }
        for name in &found.absent {
            let to = partial.join(name);
            disk::write(disk, &to, &[])?;
            files.push(recorded(&to, name, meter)?);
        }
        for part in Part::of(&found.metadata)? {
            if let Part::Chunk(hash) = &part {
                let (name, hash) = (part.file(), hex::encode(hash));
                let is_that = files.iter().any(|file| file.name == name && file.sha256 == hash);
                let shown = self.from.join(&name);
                ensure!(is_that, "{} has another SHA-256 than its name says", shown.display());
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let record = SnapshotRecord {
            canister_id: self.canister,
            snapshot_id: self.snapshot.as_ref().map(ToString::to_string),
            taken_at: found.metadata.taken_at_timestamp,
            checksum: checksum(&files),
            metadata_candid: files::to_candid(&found.metadata)?,
            files,
        };
        folder.publish(&record)?;
        let manifest = self.manifest(record);
        folder.write_json(MANIFEST, &manifest)?;
        Ok(manifest)
    }

    fn manifest(&self, snapshot: SnapshotRecord) -> Manifest {
        let imported = Some(Imported { from: self.from.to_owned(), at: self.now });
        let members = vec![Member::of(snapshot)];
        Manifest { format: FORMAT, run: None, imported, members }
    }

    /// Gives a file a second name in the backup, or copies it. Its content is on the disk then.
    fn bring(&self, disk: &dyn Disk, from: &Path, to: &PathBuf) -> Result<()> {
        // Only a disk that both are on can give a second name.
        if self.copy || disk.link(from, to).is_err() {
            return copy(disk, from, to);
        }
        let synced = File::open(to).and_then(|file| disk.sync_file(&file, to));
        synced.with_context(|| format!("{} cannot be synced", to.display()))
    }
}

fn recorded(path: &Path, name: &str, meter: &dyn Meter) -> Result<FileRecord> {
    let read = verify::hash(path, name.to_owned(), &|bytes| meter.received(bytes));
    read.with_context(|| format!("{} cannot be read", path.display()))
}

fn copy(disk: &dyn Disk, from: &Path, to: &Path) -> Result<()> {
    let unreadable = || format!("{} cannot be read", from.display());
    let unwritable = || format!("{} cannot be written", to.display());
    let mut source = File::open(from).with_context(unreadable)?;
    let mut copy = disk.create(to).with_context(unwritable)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = source.read(&mut buffer).with_context(unreadable)?;
        if read == 0 {
            return disk.sync_file(&copy, to).with_context(unwritable);
        }
        disk.write(&mut copy, to, &buffer[..read]).with_context(unwritable)?;
    }
}

#[cfg(test)]
mod tests;
