//! Whether the files of a snapshot still are what was downloaded: which are damaged, and where.

use crate::backup::{
    files::{self, BEGUN_BY_ICP, CHUNK_STORE, LEFT_BY_ICP, METADATA, Part},
    hash::{FileHash, FileRecord},
    record::{SnapshotRecord, checksum},
};
use candid::Principal;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;

/// Something that is not as it was.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Damage {
    /// The canister whose snapshot it is.
    pub canister_id: Principal,
    /// The file, relative to the folder of the snapshot; none if it is about all of them.
    pub file: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// Where the damaged bytes begin, in slices.
    pub from: Option<u64>,
    /// Where they end.
    pub to: Option<u64>,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.canister_id)?;
        if let Some(file) = &self.file {
            write!(f, "/{file}")?;
        }
        write!(f, ": {}", self.problem)?;
        if let (Some(from), Some(to)) = (self.from, self.to) {
            write!(f, " (bytes {from} to {to})")?;
        }
        Ok(())
    }
}

/// What was found in the folder of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What is not as it was.
    pub damages: Vec<Damage>,
    /// The checksum of what is there; none if files are missing or cannot be read.
    pub checksum: Option<String>,
    /// How many bytes were read.
    pub bytes: u64,
}

/// Reads the files of a snapshot and holds them against its record. `tell` is told of bytes as they are read.
pub fn read(folder: &Path, record: &SnapshotRecord, tell: impl Fn(u64)) -> Found {
    let mut reading = Reading { folder, record, tell, found: Found::default() };
    reading.record_itself();
    reading.names();
    reading.files();
    reading.found
}

struct Reading<'a, F> {
    folder: &'a Path,
    record: &'a SnapshotRecord,
    tell: F,
    found: Found,
}

impl<F: Fn(u64)> Reading<'_, F> {
    fn add(&mut self, file: Option<&str>, problem: impl Into<String>) {
        self.add_at(file, problem, None);
    }

    fn add_at(&mut self, file: Option<&str>, problem: impl Into<String>, at: Option<(u64, u64)>) {
        self.found.damages.push(Damage {
            canister_id: self.record.canister_id,
            file: file.map(ToOwned::to_owned),
            problem: problem.into(),
            from: at.map(|(from, _)| from),
            to: at.map(|(_, to)| to),
        });
    }

    /// Whether the record agrees with the metadata that is in it.
    fn record_itself(&mut self) {
        let record = self.record;
        if checksum(&record.files) != record.checksum {
            self.add(None, "the checksums of its files do not add up to its checksum");
        }
        let metadata = match files::from_candid(&record.metadata_candid) {
            Ok(metadata) => metadata,
            Err(error) => return self.add(None, format!("its metadata cannot be read: {error:#}")),
        };
        let parts = match Part::of(&metadata) {
            Ok(parts) => parts,
            Err(error) => return self.add(None, format!("its metadata is wrong: {error:#}")),
        };
        let names: BTreeSet<String> = parts.iter().map(Part::file).collect();
        for part in &parts {
            let (name, recorded) = (part.file(), record.file(&part.file()));
            match (recorded, part) {
                (None, _) => self.add(Some(&name), "the metadata names it, and it is not listed"),
                (Some(file), Part::Chunk(hash)) if file.sha256 != hex::encode(hash) => {
                    self.add(Some(&name), "it is listed with a SHA-256 that is not its name");
                }
                (Some(file), _) if part.bytes().is_some_and(|bytes| bytes != file.bytes) => {
                    let (listed, bytes) = (file.bytes, part.bytes().unwrap_or_default());
                    let problem =
                        format!("it is listed with {listed} bytes, and the metadata says {bytes}");
                    self.add(Some(&name), problem);
                }
                (Some(_), _) => {}
            }
        }
        for file in &record.files {
            if file.name != METADATA && !names.contains(&file.name) {
                self.add(Some(&file.name), "it is listed, and the metadata does not name it");
            }
        }
        self.metadata_file(&metadata);
    }

    /// Whether the metadata that `icp` and `dfx` read say what the record does.
    fn metadata_file(&mut self, metadata: &files::Metadata) {
        let read = fs::read(self.folder.join(METADATA));
        // That it is missing, or damaged, is found with the other files.
        let Ok(bytes) = read else {
            return;
        };
        let same = match serde_json::from_slice(&bytes) {
            Ok(found) => files::to_candid(&found).is_ok_and(|it| it == self.record.metadata_candid),
            // A number that is not finite is null in JSON, and null is no number.
            Err(_) => serde_json::from_slice::<serde_json::Value>(&bytes)
                .is_ok_and(|found| serde_json::to_value(metadata).is_ok_and(|it| it == found)),
        };
        if !same {
            self.add(Some(METADATA), "it does not say what the recorded metadata do");
        }
    }

    /// Whether there is something that does not belong there.
    fn names(&mut self) {
        self.names_in("");
        if self.folder.join(CHUNK_STORE).is_dir() {
            self.names_in(CHUNK_STORE);
        }
    }

    fn names_in(&mut self, inner: &str) {
        let listed = match list(&self.folder.join(inner)) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.add(None, "its folder is missing");
            }
            Err(error) => return self.add(None, format!("its folder cannot be read: {error}")),
        };
        for name in listed {
            let name = if inner.is_empty() { name } else { format!("{inner}/{name}") };
            if name == BEGUN_BY_ICP {
                self.add(Some(&name), "a download by icp was begun here and is not complete");
            } else if name != CHUNK_STORE
                && !LEFT_BY_ICP.contains(&name.as_str())
                && self.record.file(&name).is_none()
            {
                self.add(Some(&name), "it does not belong to the snapshot");
            }
        }
    }

    fn files(&mut self) {
        let mut all = Vec::new();
        for expected in &self.record.files {
            match hash(&self.folder.join(&expected.name), expected.name.clone(), &self.tell) {
                Ok(found) => {
                    self.compare(expected, &found);
                    self.found.bytes += found.bytes;
                    all.push(found);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if self.folder.exists() {
                        self.add(Some(&expected.name), "it is missing");
                    }
                }
                Err(error) => self.add(Some(&expected.name), format!("it cannot be read: {error}")),
            }
        }
        if all.len() == self.record.files.len() {
            self.found.checksum = Some(checksum(&all));
        }
    }

    fn compare(&mut self, expected: &FileRecord, found: &FileRecord) {
        let name = Some(expected.name.as_str());
        if found.bytes != expected.bytes {
            let problem = format!("it has {} bytes instead of {}", found.bytes, expected.bytes);
            self.add(name, problem);
        }
        if found.sha256 == expected.sha256 {
            return;
        }
        let damaged = ranges(expected, found);
        if damaged.is_empty() && found.bytes == expected.bytes {
            self.add(
                name,
                "its SHA-256 is not the one that is listed, though those of its slices are",
            );
        }
        for range in damaged {
            self.add_at(name, "it is damaged", Some(range));
        }
    }
}

/// Where the slices of a file differ that both have, neighbours taken together.
fn ranges(expected: &FileRecord, found: &FileRecord) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let both = expected.bytes.min(found.bytes);
    let slices = expected.slices.iter().zip(&found.slices);
    for (index, _) in (0..).zip(slices).filter(|(_, (expected, found))| expected != found) {
        let (from, to): (u64, u64) = (index * files::SLICE, (index + 1) * files::SLICE);
        if to > both && expected.bytes != found.bytes {
            // Where one of them ends, the slices differ in any case.
            break;
        }
        let to = to.min(both);
        match ranges.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => ranges.push((from, to)),
        }
    }
    ranges
}

fn list(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Reads a file from its beginning to its end.
pub fn hash(path: &Path, name: String, tell: &impl Fn(u64)) -> io::Result<FileRecord> {
    // What is not a plain file may never end, or lie elsewhere.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    let (mut file, mut hash) = (File::open(path)?, FileHash::default());
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash.end(name));
        }
        hash.update(&buffer[..read]);
        tell(read as u64);
    }
}
