//! What is written down about a snapshot that was downloaded, so that it can be told later whether it still is the same.

use crate::backup::hash::{FileRecord, sha256};
use candid::Principal;
use serde::{Deserialize, Serialize};

/// A snapshot that was downloaded.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SnapshotRecord {
    /// Whose it is.
    pub canister_id: Principal,
    /// Its id, in hexadecimal; none if it is not known.
    pub snapshot_id: Option<String>,
    /// When it was taken, in nanoseconds of network time.
    pub taken_at: u64,
    /// One for all files, see [`checksum`].
    pub checksum: String,
    /// The metadata in Candid, in hexadecimal.
    pub metadata_candid: String,
    /// The files, sorted by their names.
    pub files: Vec<FileRecord>,
}

impl SnapshotRecord {
    /// The file of this name.
    pub fn file(&self, name: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// The checksum of a snapshot: SHA-256 of what `sha256sum` prints for its files. They must be sorted by their names.
pub fn checksum(files: &[FileRecord]) -> String {
    let line = |file: &FileRecord| format!("{}  {}\n", file.sha256, file.name);
    sha256(files.iter().map(line).collect::<String>().as_bytes())
}
