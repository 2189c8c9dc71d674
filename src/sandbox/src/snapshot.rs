//! A snapshot: everything of a canister that comes back when it is loaded.

use crate::canister::Canister;
use crate::execution::{Image, Vm};
use crate::memory::StableMemory;
use crate::module::CanisterModule;
use std::sync::Arc;

/// What a caller learns about a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Names the snapshot.
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
    pub(crate) image: Arc<Image>,
    pub(crate) stable: StableMemory,
    pub(crate) certified_data: Vec<u8>,
    pub(crate) global_timer: u64,
}

impl Snapshot {
    /// A snapshot of this canister, or `None` if no module is installed.
    pub(crate) fn take(canister: &mut Canister, time: u64) -> Option<Self> {
        let vm = canister.vm.as_ref()?;
        let (module, image) = (Arc::clone(&vm.module), Arc::new(vm.image()));
        let number = canister.next_snapshot;
        canister.next_snapshot += 1;
        let mut id = number.to_be_bytes().to_vec();
        id.extend_from_slice(canister.id.as_slice());
        Some(Self {
            id,
            taken_at: time,
            canister_version: canister.version,
            module,
            image,
            stable: canister.state.stable.clone(),
            certified_data: canister.state.certified_data.clone(),
            global_timer: canister.state.global_timer,
        })
    }

    /// Puts a canister to where it was when the snapshot was taken. Settings, cycles, and the global timer
    /// are not part of that.
    pub(crate) fn load(&self, canister: &mut Canister) -> Result<(), String> {
        canister.vm = Some(Vm::from_image(&self.module, &self.image)?);
        canister.state.stable = self.stable.clone();
        canister.state.certified_data.clone_from(&self.certified_data);
        canister.state.global_timer = 0;
        canister.version += 1;
        Ok(())
    }

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
