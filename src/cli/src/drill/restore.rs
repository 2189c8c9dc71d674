//! Restores one canister into an empty simulated network.

use crate::backup::{
    files::{self, Metadata, Part, SLICE},
    folder::Folder,
    hash::FileRecord,
    record::SnapshotRecord,
};
use anyhow::{Context, Result, ensure};
use backup_fleet::{
    Management, SnapshotId,
    types::{CanisterStatusType, UploadCanisterSnapshotMetadataArgs},
};
use candid::{IDLArgs, Principal, encode_args};
use canister_sandbox::{Sandbox, SandboxRuntime};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex},
};

/// What was restored.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// SHA-256 of the module, in hexadecimal.
    pub module_hash: String,
    /// The length of the heap.
    pub heap_bytes: u64,
    /// The length of the stable memory.
    pub stable_bytes: u64,
    /// What the canister has answered to the query, if there was one.
    pub answer: Option<String>,
}

/// Restores a canister under its own id, compares what it then has with what was downloaded, starts it, and asks it.
pub async fn restore(
    folder: &Folder,
    canister: Principal,
    query: Option<&str>,
) -> Result<Restored> {
    let record = folder.verify(canister)?;
    let drill = Drill::new(folder, canister)?;
    let metadata = files::from_candid(&record.metadata_candid)?;
    let uploaded = drill.upload(&metadata).await.context("the snapshot cannot be uploaded")?;
    drill.management.stop(canister).await?;
    drill.management.load_snapshot(canister, &uploaded).await.context("it cannot be loaded")?;
    let module_hash = drill.compare(&record, &metadata).await?;
    drill.management.start(canister).await.context("it does not start")?;
    let status = drill.management.status(canister).await?.status;
    ensure!(status == CanisterStatusType::Running, "it is {status:?} after its start");
    Ok(Restored {
        module_hash,
        heap_bytes: metadata.wasm_memory_size,
        stable_bytes: metadata.stable_memory_size,
        answer: query.map(|method| drill.ask(method)).transpose()?,
    })
}

/// A simulated network with one empty canister.
struct Drill<'a> {
    folder: &'a Folder,
    canister: Principal,
    runtime: SandboxRuntime,
    management: Management<SandboxRuntime>,
}

impl<'a> Drill<'a> {
    fn new(folder: &'a Folder, canister: Principal) -> Result<Self> {
        let controller = Principal::self_authenticating(b"who drills");
        let mut sandbox = Sandbox::new();
        sandbox.create_canister_with_id(canister, &[controller])?;
        let runtime = SandboxRuntime::new(Arc::new(Mutex::new(sandbox)), controller);
        let management = Management::new(runtime.clone());
        Ok(Self { folder, canister, runtime, management })
    }

    async fn upload(&self, metadata: &Metadata) -> Result<SnapshotId> {
        let begun = self.management.upload_snapshot_metadata(UploadCanisterSnapshotMetadataArgs {
            canister_id: self.canister,
            replace_snapshot: None,
            wasm_module_size: metadata.wasm_module_size,
            globals: metadata.globals.iter().flatten().cloned().collect(),
            wasm_memory_size: metadata.wasm_memory_size,
            stable_memory_size: metadata.stable_memory_size,
            certified_data: metadata.certified_data.clone(),
            global_timer: metadata.global_timer.clone(),
            on_low_wasm_memory_hook_status: metadata.on_low_wasm_memory_hook_status.clone(),
        });
        let snapshot = begun.await?;
        let place = self.folder.artifact_path(self.canister);
        for part in Part::of(metadata)? {
            let path = place.join(part.file());
            let mut file = File::open(&path)
                .with_context(|| format!("{} cannot be opened", path.display()))?;
            for slice in 0..part.slices() {
                let chunk = read_slice(&mut file, &path, slice)?;
                let kind = part.place(slice);
                self.management.upload_snapshot_data(self.canister, &snapshot, kind, chunk).await?;
            }
        }
        Ok(snapshot)
    }

    /// Takes a snapshot of what was restored and compares it, slice by slice; answers with the hash of the module.
    async fn compare(&self, record: &SnapshotRecord, metadata: &Metadata) -> Result<String> {
        let canister = self.canister;
        let taken = self.management.take_snapshot(canister).await?;
        let restored = self.management.snapshot_metadata(canister, &taken).await?;
        ensure!(
            files::to_candid(&of_state(&restored))? == files::to_candid(&of_state(metadata))?,
            "its globals, certified data or lengths are not those of the snapshot"
        );
        for part in Part::of(metadata)? {
            let name = part.file();
            let file = record.file(&name).with_context(|| format!("{name} is not recorded"))?;
            for slice in 0..part.slices() {
                let (kind, _) = part.slice(slice);
                let chunk = self.management.snapshot_data(canister, &taken, kind).await?;
                check_slice(file, slice, &chunk)?;
            }
        }
        let status = self.management.status(canister).await?;
        let module_hash = status.module_hash.map(hex::encode).context("it has no module")?;
        let expected = record.file(files::WASM_MODULE).map(|file| file.sha256.as_str());
        ensure!(expected == Some(&module_hash), "its module is {module_hash}");
        Ok(module_hash)
    }

    /// Asks the restored canister; its answer in Candid's text.
    fn ask(&self, method: &str) -> Result<String> {
        let arg = encode_args(())?;
        let sender = self.runtime.sender();
        let answer = self.runtime.sandbox().query(sender, self.canister, method, arg);
        let answer = answer.with_context(|| format!("{method} is not answered"))?;
        Ok(IDLArgs::from_bytes(&answer)?.to_string())
    }
}

/// The metadata that are the same in a snapshot of what was restored: not when it was taken, and not from what.
fn of_state(metadata: &Metadata) -> Metadata {
    Metadata { taken_at_timestamp: 0, canister_version: 0, ..metadata.clone() }
}

fn read_slice(file: &mut File, path: &Path, slice: u64) -> Result<Vec<u8>> {
    let mut chunk = Vec::new();
    file.seek(SeekFrom::Start(slice * SLICE))
        .and_then(|_| file.take(SLICE).read_to_end(&mut chunk))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(chunk)
}

fn check_slice(file: &FileRecord, slice: u64, chunk: &[u8]) -> Result<()> {
    let expected = usize::try_from(slice).ok().and_then(|slice| file.slices.get(slice));
    let found = hex::encode(Sha256::digest(chunk));
    let from = slice * SLICE;
    ensure!(expected == Some(&found), "{} differs from byte {from} on", file.name);
    Ok(())
}
