//! Brings a snapshot from the folder of a backup to a canister, as a new snapshot of that canister.
//!
//! The snapshots that the canister has are noted before the upload begins, because to begin twice would make two. Which
//! slices the network has acknowledged is noted as well ([`SlicesDone`]), so that an upload that was killed goes on where it
//! was.

use crate::{
    backup::{
        files::{self, Part},
        folder::{Folder, RECORDS},
        noting::Noting,
        patience,
        sending::{Sending, Sent},
        slices_done::{Done, Noted, SlicesDone},
    },
    disk,
    network::Network,
};
use anyhow::{Result, ensure};
use backup_fleet::{FleetError, Performer, SnapshotId, TakeNotes};
use backup_journal::Sequence;
use std::mem;

/// After so many slices they are noted.
const SLICES_PER_NOTE: usize = 8;

/// An upload of a snapshot to a canister.
pub struct Upload<'a, N, T> {
    /// What is sent, and where it goes.
    pub sending: Sending<'a, N>,
    /// Who begins it, and notes what there was before.
    pub performer: &'a Performer<N, T>,
    /// The operation that it is.
    pub operation: Sequence,
    /// The folder of the restore, where it is noted how far the upload is.
    pub folder: &'a Folder,
}

impl<N: Network, T: TakeNotes> Upload<'_, N, T> {
    /// Uploads what is not uploaded yet. Answers with the id of the snapshot, all of which the network has then.
    ///
    /// # Errors
    /// If a file is not what the manifest says, the network refuses something, or the notes cannot be written.
    pub async fn run(&self) -> Result<SnapshotId> {
        let parts = Part::of(self.sending.source.metadata())?;
        self.send(&parts).await
    }

    /// Uploads some of it and leaves it at that, as a program does that is killed.
    pub async fn run_half(&self) -> Result<()> {
        let parts = Part::of(self.sending.source.metadata())?;
        self.send(&parts[..1]).await.map(drop)
    }

    async fn send(&self, parts: &[Part]) -> Result<SnapshotId> {
        let Sending { source, target, meter, .. } = self.sending;
        let known = self.begin().await?;
        let disk = self.folder.shared_disk();
        disk::create_folders(&**disk, &self.folder.path().join(RECORDS))?;
        let path = self.folder.notes_path(target);
        let notes = Noting::new(SlicesDone::begin(disk, &path, &known)?)?;
        let mut notes = Acknowledged { notes, file: String::new(), first: 0, slices: Vec::new() };
        meter.begun(source.bytes());
        meter.found(known.done.iter().map(|(file, slices)| self.sent(file, slices)).sum());
        let add = |sent| notes.add(sent);
        let sent = self.sending.run(&known.snapshot_id, parts, &known.done, add).await;
        // What was sent before an error is not sent again by the next attempt.
        notes.end()?;
        sent.map(|()| known.snapshot_id)
    }

    /// What an earlier program has uploaded, or else nothing but the metadata.
    async fn begin(&self) -> Result<Noted> {
        let Sending { source, target, .. } = self.sending;
        let metadata = files::to_candid(source.metadata())?;
        if let Some(known) = SlicesDone::read(&self.folder.notes_path(target))? {
            let is_this = known.canister_id == target
                && files::to_candid(&known.metadata)? == metadata
                && known.done.iter().all(|(file, slices)| self.are_of(file, slices));
            if is_this && self.is_there(&known.snapshot_id).await? {
                return Ok(known);
            }
        }
        let arguments = source.arguments(target);
        let snapshot_id = self.performer.begin_upload(self.operation, arguments).await?;
        self.check_begun(&snapshot_id).await?;
        let metadata = source.metadata().clone();
        Ok(Noted { canister_id: target, snapshot_id, metadata, done: Done::new() })
    }

    /// Whether slices that were sent are those that the manifest has.
    fn are_of(&self, file: &str, slices: &[String]) -> bool {
        let file = self.sending.source.record().file(file);
        file.is_some_and(|file| file.slices.starts_with(slices))
    }

    fn sent(&self, file: &str, slices: &[String]) -> u64 {
        let bytes = self.sending.source.record().file(file).map_or(0, |file| file.bytes);
        bytes.min(slices.len() as u64 * files::SLICE)
    }

    async fn is_there(&self, snapshot: &SnapshotId) -> Result<bool> {
        let Sending { network, management, target, meter, .. } = self.sending;
        let list = async || management.snapshots(target).await;
        let snapshots = patience::repeat(network, meter, list).await;
        Ok(snapshots.map_err(FleetError::from)?.contains(snapshot))
    }

    /// Refuses a snapshot that somebody else has made at the same time.
    async fn check_begun(&self, snapshot: &SnapshotId) -> Result<()> {
        let Sending { network, management, source, target, meter, .. } = self.sending;
        let read = async || management.snapshot_metadata(target, snapshot).await;
        let found = patience::repeat(network, meter, read).await.map_err(FleetError::from)?;
        ensure!(
            source.is_begun_as(&found)?,
            "{target} has a new snapshot {snapshot} that is not the one to be uploaded; delete it if nobody needs it, and try again"
        );
        Ok(())
    }
}

/// Slices of one file that the network has acknowledged, and that are not noted yet.
struct Acknowledged {
    notes: Noting,
    file: String,
    first: usize,
    slices: Vec<String>,
}

impl Acknowledged {
    fn add(&mut self, sent: Sent) -> Result<()> {
        if self.file != sent.file {
            self.note()?;
            self.file = sent.file;
            self.first = usize::try_from(sent.index)?;
        }
        self.slices.push(sent.sha256);
        if self.slices.len() >= SLICES_PER_NOTE && self.notes.is_idle() {
            self.note()?;
        }
        Ok(())
    }

    fn note(&mut self) -> Result<()> {
        let slices = mem::take(&mut self.slices);
        if slices.is_empty() {
            return Ok(());
        }
        let first = self.first;
        self.first += slices.len();
        // The bytes are on the network, not on the disk.
        self.notes.order(|| Ok(()), self.file.clone(), first, slices)
    }

    /// Returns when all of them are noted.
    fn end(&mut self) -> Result<()> {
        self.note()?;
        self.notes.end()
    }
}

#[cfg(test)]
mod line;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;
