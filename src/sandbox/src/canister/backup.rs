//! Takes and loads snapshots of a canister.

use crate::canister::{Canister, snapshot::Snapshot};
use crate::vm::execution::Vm;
use std::sync::Arc;

impl Canister {
    /// A snapshot of this canister, or `None` if no module is installed.
    pub(crate) fn snapshot(&mut self, time: u64) -> Option<Snapshot> {
        let vm = self.vm.as_ref()?;
        let (module, image) = (Arc::clone(vm.module()), vm.image().clone());
        let number = self.next_snapshot;
        self.next_snapshot += 1;
        let mut id = number.to_be_bytes().to_vec();
        id.extend_from_slice(self.id.as_slice());
        Some(Snapshot {
            id,
            taken_at: time,
            canister_version: self.version,
            module,
            image,
            stable: self.state.stable.clone(),
            certified_data: self.state.certified_data.clone(),
            global_timer: self.state.global_timer,
        })
    }

    /// Restores the state of the snapshot, except for settings, cycles and the global timer.
    pub(crate) fn load(&mut self, snapshot: &Snapshot) {
        self.vm = Some(Vm::from_image(&snapshot.module, &snapshot.image));
        self.state.stable = snapshot.stable.clone();
        self.state.certified_data.clone_from(&snapshot.certified_data);
        self.state.global_timer = 0;
        self.version += 1;
    }
}
