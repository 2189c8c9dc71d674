//! A snapshot: the parts of a canister that a load restores. It shares its pages with the canister.

use crate::model::stable::StableMemory;
use crate::vm::{image::Image, module::CanisterModule};
use std::sync::Arc;

/// A snapshot, as its canister's controllers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its id.
    pub id: Vec<u8>,
    /// When it was taken, in nanoseconds.
    pub taken_at: u64,
    /// Bytes of module, heap, stable memory and globals.
    pub total_size: u64,
}

#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: Vec<u8>,
    pub(crate) taken_at: u64,
    pub(crate) canister_version: u64,
    pub(crate) module: Arc<CanisterModule>,
    pub(crate) image: Image,
    pub(crate) stable: StableMemory,
    pub(crate) certified_data: Vec<u8>,
    pub(crate) global_timer: u64,
}

impl Snapshot {
    pub(crate) fn total_size(&self) -> u64 {
        let globals = self.image.globals.len() * size_of::<u64>();
        let bytes = self.module.uploaded.len()
            + self.image.heap.len()
            + self.certified_data.len()
            + globals;
        bytes as u64 + self.stable.size_in_bytes()
    }

    pub(crate) fn info(&self) -> SnapshotInfo {
        SnapshotInfo { id: self.id.clone(), taken_at: self.taken_at, total_size: self.total_size() }
    }
}
