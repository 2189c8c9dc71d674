//! A snapshot in a backup that is to be uploaded. It is read twice: as a whole before anything is sent, and slice by slice
//! when it is sent. Both times it is held against the manifest.

use crate::backup::{
    files::{self, METADATA, Metadata, Part, SLICE, WASM_MODULE},
    folder::Folder,
    hash::sha256,
    manifest::{Manifest, Member},
    meter::Meter,
    record::SnapshotRecord,
    verify,
};
use anyhow::{Context, Result, bail, ensure};
use backup_fleet::types::{SnapshotSource, UploadCanisterSnapshotMetadataArgs};
use candid::Principal;
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
};

/// The snapshot of a member of a backup.
#[derive(Debug)]
pub struct Source {
    member: Member,
    metadata: Metadata,
    place: PathBuf,
}

/// What the network is told of the globals and data of a snapshot when its upload begins.
type State<'a> = (u64, u64, u64, &'a [u8], Vec<u8>);

impl Source {
    /// The snapshots of all members of a backup, as its manifest has them. Their files are not read yet.
    ///
    /// # Errors
    /// If there is no manifest, or it cannot be understood.
    pub fn all(folder: &Folder) -> Result<Vec<Self>> {
        let members = Manifest::of_finished(folder)?.members.into_iter();
        members.map(|member| Self::of(folder, member)).collect()
    }

    /// The snapshot of a member. Its files are not read yet.
    ///
    /// # Errors
    /// If its metadata cannot be read, or this program does not understand them.
    pub fn of(folder: &Folder, member: Member) -> Result<Self> {
        let id = member.snapshot.canister_id;
        let metadata = files::from_candid(&member.snapshot.metadata_candid)
            .with_context(|| format!("{id}: its metadata cannot be read"))?;
        ensure!(
            metadata.globals.iter().all(Option::is_some),
            "{id}: it has a global of a type that this program does not know"
        );
        let place = folder.artifact_path(id);
        Ok(Self { member, metadata, place })
    }

    /// Its files, as the manifest has them.
    pub const fn record(&self) -> &SnapshotRecord {
        &self.member.snapshot
    }

    /// What it consists of.
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// SHA-256 of its module, in hexadecimal.
    pub fn module_hash(&self) -> Option<&str> {
        self.record().file(WASM_MODULE).map(|file| file.sha256.as_str())
    }

    /// How many bytes are uploaded.
    pub fn bytes(&self) -> u64 {
        let files = self.record().files.iter().filter(|file| file.name != METADATA);
        files.map(|file| file.bytes).sum()
    }

    /// Reads all its files and holds them against the manifest.
    ///
    /// # Errors
    /// What is damaged.
    pub fn verify(&self, meter: &dyn Meter) -> Result<()> {
        let mut damages =
            verify::read(&self.place, self.record(), |bytes| meter.received(bytes)).damages;
        damages.extend(self.member.other_module());
        match damages.as_slice() {
            [] => Ok(()),
            [one] => bail!("{one}"),
            [first, others @ ..] => bail!("{first}, and {} other damages", others.len()),
        }
    }

    /// How its upload to a canister begins.
    pub fn arguments(&self, canister_id: Principal) -> UploadCanisterSnapshotMetadataArgs {
        let metadata = &self.metadata;
        UploadCanisterSnapshotMetadataArgs {
            canister_id,
            replace_snapshot: None,
            wasm_module_size: metadata.wasm_module_size,
            globals: metadata.globals.iter().flatten().cloned().collect(),
            wasm_memory_size: metadata.wasm_memory_size,
            stable_memory_size: metadata.stable_memory_size,
            certified_data: metadata.certified_data.clone(),
            global_timer: metadata.global_timer.clone(),
            on_low_wasm_memory_hook_status: metadata.on_low_wasm_memory_hook_status.clone(),
        }
    }

    /// Whether a snapshot on the network is an upload of this one, as far as its metadata tell.
    pub fn is_begun_as(&self, found: &Metadata) -> Result<bool> {
        let is_upload = matches!(found.source, Some(SnapshotSource::MetadataUpload(_)));
        Ok(is_upload && state(found)? == state(&self.metadata)?)
    }

    /// The bytes of a slice, and their SHA-256.
    ///
    /// # Errors
    /// If they cannot be read, or are not those of the manifest.
    pub fn slice(&self, part: &Part, index: u64) -> Result<(Vec<u8>, String)> {
        let name = part.file();
        let path = self.place.join(&name);
        let cannot_read = || format!("{} cannot be read", path.display());
        let mut file = File::open(&path).with_context(cannot_read)?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(index * SLICE))
            .and_then(|_| file.take(SLICE).read_to_end(&mut bytes))
            .with_context(cannot_read)?;
        let found = sha256(&bytes);
        let listed = self.record().file(&name).and_then(|file| match part {
            Part::Chunk(_) => Some(&file.sha256),
            _ => file.slices.get(usize::try_from(index).ok()?),
        });
        ensure!(
            listed == Some(&found),
            "{} is not what the manifest says, from byte {} on",
            path.display(),
            index * SLICE
        );
        Ok((bytes, found))
    }
}

/// The globals in Candid, because no floating-point number that is not a number equals itself.
fn state(metadata: &Metadata) -> Result<State<'_>> {
    Ok((
        metadata.wasm_module_size,
        metadata.wasm_memory_size,
        metadata.stable_memory_size,
        &metadata.certified_data,
        candid::encode_one(&metadata.globals)?,
    ))
}
