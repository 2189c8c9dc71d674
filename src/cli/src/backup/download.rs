//! Brings a snapshot from the network into the folder of a backup, slice by slice, so that it is there as a whole or not.
//!
//! Slices are asked for side by side and written in their order. A slice counts as done when its bytes are on the disk and
//! then the note that says so ([`SlicesDone`]). So a download that was killed goes on where it was; what is taken over from
//! it is read and held against the notes first. When all is on the disk, the folder gets its name.

use crate::{
    backup::{
        files::{self, BEGUN_BY_ICP, METADATA, Metadata, Part},
        folder::{Folder, RECORDS},
        hash::{self, FileHash, FileRecord, sha256},
        in_flight::InFlight,
        meter::Meter,
        noting::Noting,
        patience,
        record::{SnapshotRecord, checksum},
        slices_done::{Done, Noted, SlicesDone},
    },
    disk::{self, Disk},
    network::Network,
};
use anyhow::{Context, Result, ensure};
use backup_fleet::{Management, SnapshotId};
use candid::Principal;
use futures_util::{StreamExt, stream};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

/// How many slices of one snapshot are asked for side by side; how many there are of all, [`InFlight`] says.
const SIDE_BY_SIDE: usize = 8;
/// After so many slices they are brought to the disk and noted.
const SLICES_PER_NOTE: usize = 8;

/// A download of a snapshot to the folder of a backup.
pub struct Download<'a, N> {
    /// The network, for its time.
    pub network: &'a N,
    /// The network, for its snapshots.
    pub management: &'a Management<N>,
    /// Whose snapshot it is.
    pub canister: Principal,
    /// Which snapshot.
    pub snapshot: SnapshotId,
    /// Where it goes.
    pub folder: &'a Folder,
    /// Shared by all that is downloaded side by side.
    pub in_flight: &'a InFlight,
    /// Who is told how it comes along.
    pub meter: &'a dyn Meter,
}

impl<N: Network> Download<'_, N> {
    /// Downloads the snapshot, unless the folder already has it. Afterwards all of it is on the disk.
    pub async fn run(&self) -> Result<SnapshotRecord> {
        let place = self.folder.artifact_path(self.canister);
        if let Some(record) = self.done(&place)? {
            // The program that downloaded it may have died before the name was on the disk, or before it was cleaned up.
            disk::sync_name(self.disk(), &place)?;
            self.forget_notes()?;
            return Ok(record);
        }
        let (known, mut notes) = self.begin().await?;
        self.meter.begun(files::bytes(&known.metadata));
        let mut files = vec![self.write_metadata(&known.metadata)?];
        for part in Part::of(&known.metadata)? {
            files.push(self.part(&part, &known, &mut notes).await?);
        }
        notes.end()?;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let record = SnapshotRecord {
            canister_id: self.canister,
            snapshot_id: Some(self.snapshot.to_string()),
            taken_at: known.metadata.taken_at_timestamp,
            checksum: checksum(&files),
            metadata_candid: files::to_candid(&known.metadata)?,
            files,
        };
        self.folder.publish(&record)?;
        self.forget_notes()?;
        Ok(record)
    }

    /// Downloads some of it and leaves it at that, as a program does that is killed.
    pub async fn run_half(&self) -> Result<()> {
        let (known, mut notes) = self.begin().await?;
        let parts = Part::of(&known.metadata)?;
        self.part(&parts[0], &known, &mut notes).await?;
        notes.end()
    }

    fn disk(&self) -> &dyn Disk {
        self.folder.disk()
    }

    fn partial(&self) -> PathBuf {
        self.folder.partial_path(self.canister)
    }

    /// The record of this snapshot, if it was downloaded before. Refuses a folder with its name that came otherwise.
    fn done(&self, place: &Path) -> Result<Option<SnapshotRecord>> {
        if !place.exists() {
            return Ok(None);
        }
        let record = self.folder.record(self.canister)?;
        let this = Some(self.snapshot.to_string());
        let record = record.filter(|record| record.snapshot_id == this);
        ensure!(
            record.is_some(),
            "{} was not written by this backup: move it away, or remove it",
            place.display()
        );
        Ok(record)
    }

    /// What an earlier download has left, or else nothing but the metadata; and where to note more.
    async fn begin(&self) -> Result<(Noted, Noting)> {
        let (partial, notes) = (self.partial(), self.folder.notes_path(self.canister));
        let known = SlicesDone::read(&notes)?;
        let known =
            known.filter(|it| it.canister_id == self.canister && it.snapshot_id == self.snapshot);
        if partial.exists() {
            let other = partial.join(BEGUN_BY_ICP).exists() || !notes.exists();
            ensure!(
                !other,
                "{} was begun by another tool, and nothing is known of what is in it: move it away, or remove it",
                partial.display()
            );
        }
        let known = match known {
            Some(known) if partial.exists() => known,
            // It is of another snapshot, or was lost.
            _ => {
                self.remove(&partial)?;
                Noted {
                    canister_id: self.canister,
                    snapshot_id: self.snapshot.clone(),
                    metadata: self.metadata().await?,
                    done: Done::new(),
                }
            }
        };
        // The notes come first: a folder without them is not ours.
        disk::create_folders(self.disk(), &self.folder.path().join(RECORDS))?;
        let disk = self.folder.shared_disk();
        let notes = SlicesDone::begin(disk, &notes, &known)?;
        disk::create_folders(self.disk(), &partial)?;
        if !known.metadata.wasm_chunk_store.is_empty() {
            disk::create_folders(self.disk(), &partial.join(files::CHUNK_STORE))?;
        }
        Ok((known, Noting::new(notes)?))
    }

    fn remove(&self, folder: &Path) -> Result<()> {
        if !folder.exists() {
            return Ok(());
        }
        let removed = self.disk().remove_folder(folder);
        removed.with_context(|| format!("{} cannot be removed", folder.display()))
    }

    async fn metadata(&self) -> Result<Metadata> {
        let read = async || self.management.snapshot_metadata(self.canister, &self.snapshot).await;
        Ok(patience::repeat(self.network, self.meter, read).await?)
    }

    fn write_metadata(&self, metadata: &Metadata) -> Result<FileRecord> {
        let json = files::to_json(metadata)?;
        disk::write(self.disk(), &self.partial().join(METADATA), &json)?;
        let mut hash = FileHash::default();
        hash.update(&json);
        Ok(hash.end(METADATA.to_owned()))
    }

    /// Downloads what is missing of a part.
    async fn part(&self, part: &Part, known: &Noted, notes: &mut Noting) -> Result<FileRecord> {
        let name = part.file();
        let disk = self.folder.shared_disk();
        let mut writer = Writer::open(disk, self.partial().join(&name))?;
        if let Some(done) = known.done.get(&name) {
            writer.take_over(part, done)?;
        }
        self.meter.found(writer.hash.bytes());
        let first = writer.noted as u64;
        let slices = stream::iter(first..part.slices()).map(|index| self.slice(part, index));
        let mut slices = slices.buffered(SIDE_BY_SIDE);
        while let Some(slice) = slices.next().await {
            let (bytes, _permit) = match slice {
                Ok(slice) => slice,
                Err(error) => {
                    // What has come is kept for the next attempt.
                    writer.note(&name, notes)?;
                    return Err(error);
                }
            };
            writer.write(&bytes)?;
            if writer.written >= SLICES_PER_NOTE && notes.is_idle() {
                writer.note(&name, notes)?;
            }
        }
        drop(slices);
        writer.note(&name, notes)?;
        Ok(writer.hash.end(name))
    }

    /// A slice, with the permission to keep it in memory.
    async fn slice(&self, part: &Part, index: u64) -> Result<(Vec<u8>, impl Sized + '_)> {
        let (kind, expected) = part.slice(index);
        let permit = self.in_flight.admit(expected.unwrap_or(files::SLICE)).await;
        let read = async || {
            self.management.snapshot_data(self.canister, &self.snapshot, kind.clone()).await
        };
        let bytes = patience::repeat(self.network, self.meter, read).await?;
        let (got, file) = (bytes.len() as u64, part.file());
        match (expected, part) {
            (Some(expected), _) => ensure!(
                got == expected,
                "{}: the network has sent {got} bytes of {file} instead of {expected}",
                self.canister
            ),
            (None, Part::Chunk(hash)) => ensure!(
                sha256(&bytes) == hex::encode(hash),
                "{}: the network has sent another chunk than {file}",
                self.canister
            ),
            (None, _) => {}
        }
        self.meter.received(got);
        Ok((bytes, permit))
    }

    fn forget_notes(&self) -> Result<()> {
        let notes = self.folder.notes_path(self.canister);
        if !notes.exists() {
            return Ok(());
        }
        let removed = self.disk().remove_file(&notes);
        removed.with_context(|| format!("{} cannot be removed", notes.display()))
    }
}

/// A file that is written from its beginning to its end.
struct Writer {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: File,
    hash: FileHash,
    /// How many slices are noted, or are being noted.
    noted: usize,
    /// How many slices were written since.
    written: usize,
}

impl Writer {
    fn open(disk: &Arc<dyn Disk>, path: PathBuf) -> Result<Self> {
        let file =
            disk.open(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self {
            disk: Arc::clone(disk),
            path,
            file,
            hash: FileHash::default(),
            noted: 0,
            written: 0,
        })
    }

    /// Takes over the slices that are noted, up to the first that is not what was noted.
    fn take_over(&mut self, part: &Part, done: &[String]) -> Result<()> {
        let mut file = File::open(&self.path)
            .with_context(|| format!("{} cannot be read", self.path.display()))?;
        for (index, noted) in (0..part.slices()).zip(done) {
            let most = part.slice(index).1.unwrap_or(files::SLICE);
            let mut bytes = Vec::new();
            (&mut file)
                .take(most)
                .read_to_end(&mut bytes)
                .with_context(|| format!("{} cannot be read", self.path.display()))?;
            if sha256(&bytes) != *noted {
                break;
            }
            self.hash.update(&bytes);
            self.noted += 1;
        }
        Ok(())
    }

    /// Writes the next slice, and hashes it meanwhile.
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Self { disk, path, file, hash, .. } = self;
        let offset = hash.bytes();
        let written = thread::scope(|scope| {
            // A thread for few bytes costs more than it saves.
            if bytes.len() >= hash::WORTH_A_THREAD {
                scope.spawn(|| hash.update(bytes));
            } else {
                hash.update(bytes);
            }
            disk.write_at(file, path, offset, bytes)
        });
        written.with_context(|| format!("{} cannot be written", path.display()))?;
        self.written += 1;
        Ok(())
    }

    /// Begins to bring what was written to the disk, and to note it then.
    fn note(&mut self, name: &str, notes: &mut Noting) -> Result<()> {
        let problem = format!("{} cannot be written", self.path.display());
        let file = self.file.try_clone().context(problem.clone())?;
        let (disk, path) = (Arc::clone(&self.disk), self.path.clone());
        let sync = move || disk.sync_file(&file, &path).context(problem);
        let new = self.hash.slices_from(self.noted);
        let (first, count) = (self.noted, new.len());
        notes.order(sync, name.to_owned(), first, new)?;
        self.noted += count;
        self.written = 0;
        Ok(())
    }
}

#[cfg(test)]
mod figures;
#[cfg(test)]
pub mod scene;
#[cfg(test)]
mod tests;
