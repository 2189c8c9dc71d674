//! A snapshot: the parts of a canister that a load restores. It shares its pages with the canister.

use crate::canister::chunks::ChunkStore;
use crate::model::stable::StableMemory;
use crate::vm::{image::Image, module::CanisterModule};
use candid::Reserved;
use ic_management_canister_types::{CanisterTimer, OnLowWasmMemoryHookStatus, SnapshotSource};
use std::sync::Arc;

/// A snapshot, as its canister's controllers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its id.
    pub id: Vec<u8>,
    /// When it was taken, in nanoseconds.
    pub taken_at: u64,
    /// Bytes of module, heap, stable memory, globals and chunk store.
    pub total_size: u64,
}

/// Where a snapshot comes from.
#[derive(Clone)]
pub(crate) enum Source {
    /// It was taken of a canister with this module.
    Taken(Arc<CanisterModule>),
    /// It was uploaded; these are the bytes of its module, which may not be one.
    Uploaded(Vec<u8>),
}

#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: Vec<u8>,
    pub(crate) taken_at: u64,
    /// When its content was changed last, in nanoseconds.
    pub(crate) changed_at: u64,
    pub(crate) canister_version: u64,
    pub(crate) source: Source,
    pub(crate) image: Image,
    pub(crate) stable: StableMemory,
    pub(crate) chunks: ChunkStore,
    pub(crate) certified_data: Vec<u8>,
    pub(crate) global_timer: Option<CanisterTimer>,
    pub(crate) hook: Option<OnLowWasmMemoryHookStatus>,
}

impl Snapshot {
    /// The bytes of its module.
    pub(crate) fn module(&self) -> &[u8] {
        match &self.source {
            Source::Taken(module) => &module.uploaded,
            Source::Uploaded(module) => module,
        }
    }

    /// Where it comes from, as the network tells it.
    pub(crate) const fn source(&self) -> SnapshotSource {
        match self.source {
            Source::Taken(_) => SnapshotSource::TakenFromCanister(Reserved),
            Source::Uploaded(_) => SnapshotSource::MetadataUpload(Reserved),
        }
    }

    pub(crate) fn total_size(&self) -> u64 {
        let globals = self.image.globals.len() * size_of::<u64>();
        let bytes =
            self.module().len() + self.image.heap.len() + self.certified_data.len() + globals;
        bytes as u64 + self.stable.size_in_bytes() + self.chunks.counted_bytes()
    }

    pub(crate) fn info(&self) -> SnapshotInfo {
        SnapshotInfo { id: self.id.clone(), taken_at: self.taken_at, total_size: self.total_size() }
    }
}
