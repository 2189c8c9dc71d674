//! Whether a canister has what a backup has of it.

use crate::backup::{
    files::{self, Metadata, Part, SLICE},
    hash::{FileRecord, sha256},
    source::Source,
};
use anyhow::{Context, Result, ensure};
use backup_fleet::{Management, Runtime};
use candid::Principal;

/// Takes a snapshot of a canister and compares it with a backup, slice by slice; answers with the hash of its module.
pub async fn compare<R: Runtime>(
    management: &Management<R>,
    canister: Principal,
    source: &Source,
) -> Result<String> {
    let (record, metadata) = (source.record(), source.metadata());
    let taken = management.take_snapshot(canister).await?;
    let restored = management.snapshot_metadata(canister, &taken).await?;
    ensure!(
        files::to_candid(&of_state(&restored))? == files::to_candid(&of_state(metadata))?,
        "its globals, certified data or lengths are not those of the snapshot"
    );
    for part in Part::of(metadata)? {
        let name = part.file();
        let file = record.file(&name).with_context(|| format!("{name} is not recorded"))?;
        for slice in 0..part.slices() {
            let (kind, _) = part.slice(slice);
            let chunk = management.snapshot_data(canister, &taken, kind).await?;
            check_slice(file, slice, &chunk)?;
        }
    }
    let status = management.status(canister).await?;
    let module_hash = status.module_hash.map(hex::encode).context("it has no module")?;
    ensure!(source.module_hash() == Some(&module_hash), "its module is {module_hash}");
    Ok(module_hash)
}

/// The metadata that are the same in a snapshot of what was restored: not when it was taken, and not from what.
fn of_state(metadata: &Metadata) -> Metadata {
    Metadata { taken_at_timestamp: 0, canister_version: 0, source: None, ..metadata.clone() }
}

fn check_slice(file: &FileRecord, slice: u64, chunk: &[u8]) -> Result<()> {
    let expected = usize::try_from(slice).ok().and_then(|slice| file.slices.get(slice));
    let from = slice * SLICE;
    ensure!(expected == Some(&sha256(chunk)), "{} differs from byte {from} on", file.name);
    Ok(())
}
