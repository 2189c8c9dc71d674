//! Brings a snapshot from the network into a folder, piece by piece, so that it is there as a whole or not.

use crate::{
    disk::{self, Disk, unfinished},
    driver::folder::{SUMS, sums, to_json},
};
use anyhow::{Context, Result, ensure};
use backup_fleet::{
    Management, Runtime, SnapshotId,
    types::{ReadCanisterSnapshotMetadataResult, SnapshotDataKind},
};
use candid::Principal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The most that the network hands out at a time.
const CHUNK: u64 = 2_000_000;
const METADATA: &str = "metadata.json";

/// What a snapshot consists of, as it is written down.
#[derive(Deserialize, Serialize)]
struct Metadata<T> {
    canister_id: Principal,
    snapshot_id: String,
    #[serde(flatten)]
    snapshot: T,
}

/// A memory or a module in a snapshot: its file, its length, and how a piece of it is asked for.
struct Section {
    file: &'static str,
    bytes: u64,
    piece: fn(u64, u64) -> SnapshotDataKind,
}

/// A download of a snapshot to a folder.
pub struct Download<'a, R> {
    /// Where it is.
    pub management: &'a Management<R>,
    /// Whose it is.
    pub canister: Principal,
    /// Its id, in hexadecimal.
    pub snapshot: String,
    /// Where it goes.
    pub folder: PathBuf,
    /// What it is written with.
    pub disk: &'a dyn Disk,
}

impl<R: Runtime> Download<'_, R> {
    /// Downloads the snapshot, unless the folder already has it. Afterwards all of it is on the disk.
    pub async fn run(&self) -> Result<()> {
        if self.is_done() {
            // The driver that downloaded it may have died before the name was on the disk.
            return disk::sync_name(self.disk, &self.folder);
        }
        let (partial, metadata) = self.begin().await?;
        let mut checksums = BTreeMap::new();
        self.write(&partial, METADATA, &mut checksums, &self.metadata(&metadata)?)?;
        for section in sections(&metadata) {
            let checksum = self.section(&partial, &section).await?;
            checksums.insert(section.file.to_owned(), checksum);
        }
        for chunk in &metadata.wasm_chunk_store {
            let kind = SnapshotDataKind::WasmChunk { hash: chunk.hash.clone() };
            let name = format!("wasm_chunk_{}.bin", hex::encode(&chunk.hash));
            let bytes = self.read(kind).await?;
            self.write(&partial, &name, &mut checksums, &bytes)?;
        }
        let list = sums(&checksums);
        self.write(&partial, SUMS, &mut checksums, list.as_bytes())?;
        disk::sync_folder(self.disk, &partial)?;
        disk::publish(self.disk, &partial, &self.folder)
    }

    /// Downloads some of it and leaves it at that, as one that is interrupted does.
    pub async fn run_half(&self) -> Result<()> {
        let (partial, metadata) = self.begin().await?;
        let first = &sections(&metadata)[0];
        self.section(&partial, first).await.map(drop)
    }

    /// Whether this snapshot was downloaded before. The folder gets its name only when it is complete.
    fn is_done(&self) -> bool {
        fs::read(self.folder.join(METADATA))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Metadata<serde_json::Value>>(&bytes).ok())
            .is_some_and(|metadata| metadata.snapshot_id == self.snapshot)
    }

    /// An empty folder to download to, and the metadata of the snapshot.
    async fn begin(&self) -> Result<(PathBuf, ReadCanisterSnapshotMetadataResult)> {
        let name = self.folder.file_name().context("a folder without a name")?;
        let partial = self.folder.with_file_name(unfinished(&name.to_string_lossy()));
        for left_over in [&partial, &self.folder] {
            if left_over.exists() {
                self.disk
                    .remove_folder(left_over)
                    .with_context(|| format!("{} cannot be removed", left_over.display()))?;
            }
        }
        disk::create_folders(self.disk, &partial)?;
        let snapshot = self.snapshot_id()?;
        let metadata = self.management.snapshot_metadata(self.canister, &snapshot).await?;
        Ok((partial, metadata))
    }

    fn snapshot_id(&self) -> Result<SnapshotId> {
        self.snapshot
            .parse()
            .with_context(|| format!("{} is not the id of a snapshot", self.snapshot))
    }

    fn metadata(&self, snapshot: &ReadCanisterSnapshotMetadataResult) -> Result<Vec<u8>> {
        let metadata =
            Metadata { canister_id: self.canister, snapshot_id: self.snapshot.clone(), snapshot };
        Ok(to_json(&metadata)?.into_bytes())
    }

    /// Downloads a section, hashing the bytes as they come from the network.
    async fn section(&self, partial: &Path, section: &Section) -> Result<String> {
        let path = partial.join(section.file);
        let written = || format!("{} cannot be written", path.display());
        let mut file = self.disk.create(&path).with_context(written)?;
        let mut hash = Sha256::new();
        let mut offset = 0;
        while offset < section.bytes {
            let size = CHUNK.min(section.bytes - offset);
            let chunk = self.read((section.piece)(offset, size)).await?;
            let got = chunk.len() as u64;
            ensure!(got == size, "{got} bytes instead of {size} of {}", section.file);
            hash.update(&chunk);
            self.disk.write(&mut file, &path, &chunk).with_context(written)?;
            offset += size;
        }
        self.disk.sync_file(&file, &path).with_context(written)?;
        Ok(hex::encode(hash.finalize()))
    }

    async fn read(&self, kind: SnapshotDataKind) -> Result<Vec<u8>> {
        let snapshot = self.snapshot_id()?;
        let chunk = self.management.snapshot_data(self.canister, &snapshot, kind).await?;
        Ok(chunk)
    }

    /// Writes a file and notes its checksum.
    fn write(
        &self,
        partial: &Path,
        name: &str,
        checksums: &mut BTreeMap<String, String>,
        bytes: &[u8],
    ) -> Result<()> {
        disk::write(self.disk, &partial.join(name), bytes)?;
        checksums.insert(name.to_owned(), hex::encode(Sha256::digest(bytes)));
        Ok(())
    }
}

fn sections(metadata: &ReadCanisterSnapshotMetadataResult) -> [Section; 3] {
    [
        Section {
            file: "wasm_module.bin",
            bytes: metadata.wasm_module_size,
            piece: |offset, size| SnapshotDataKind::WasmModule { offset, size },
        },
        Section {
            file: "wasm_memory.bin",
            bytes: metadata.wasm_memory_size,
            piece: |offset, size| SnapshotDataKind::WasmMemory { offset, size },
        },
        Section {
            file: "stable_memory.bin",
            bytes: metadata.stable_memory_size,
            piece: |offset, size| SnapshotDataKind::StableMemory { offset, size },
        },
    ]
}

#[cfg(test)]
mod tests;
