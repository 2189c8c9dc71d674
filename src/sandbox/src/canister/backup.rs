//! Takes and loads snapshots of a canister.

use crate::canister::{
    Canister,
    snapshot::{Snapshot, Source},
};
use crate::model::reject::{Reject, error_code};
use crate::vm::{execution::Vm, module::CanisterModule};
use ic_management_canister_types::{CanisterTimer, OnLowWasmMemoryHookStatus};
use std::sync::Arc;

impl Canister {
    /// A snapshot of this canister, or `None` if no module is installed.
    pub(crate) fn snapshot(&mut self, time: u64) -> Option<Snapshot> {
        let vm = self.vm.as_ref()?;
        let (module, image) = (Arc::clone(vm.module()), vm.image().clone());
        Some(Snapshot {
            id: self.new_snapshot_id(),
            taken_at: time,
            changed_at: time,
            canister_version: self.version,
            source: Source::Taken(module),
            image,
            stable: self.state.stable.clone(),
            chunks: self.chunks.clone(),
            certified_data: self.state.certified_data.clone(),
            global_timer: Some(match self.state.global_timer {
                0 => CanisterTimer::Inactive,
                at => CanisterTimer::Active(at),
            }),
            // No canister here has a threshold, so none is ever below it.
            hook: Some(OnLowWasmMemoryHookStatus::ConditionNotSatisfied),
        })
    }

    /// The id of the next snapshot of this canister.
    pub(crate) fn new_snapshot_id(&mut self) -> Vec<u8> {
        let number = self.next_snapshot;
        self.next_snapshot += 1;
        let mut id = number.to_be_bytes().to_vec();
        id.extend_from_slice(self.id.as_slice());
        id
    }

    /// Restores the state of the snapshot, except for settings and cycles. The global timer becomes that of an uploaded
    /// snapshot; with one that was taken it stays as it is.
    pub(crate) fn load(&mut self, snapshot: &Snapshot) -> Result<(), Reject> {
        let (module, global_timer) = match &snapshot.source {
            Source::Taken(module) => (Arc::clone(module), self.state.global_timer),
            Source::Uploaded(bytes) => {
                (self.uploaded_module(snapshot, bytes)?, self.timer(snapshot))
            }
        };
        self.vm = Some(Vm::from_image(&module, &snapshot.image));
        self.state.stable = snapshot.stable.clone();
        self.chunks = snapshot.chunks.clone();
        self.state.certified_data.clone_from(&snapshot.certified_data);
        self.state.global_timer = global_timer;
        self.version += 1;
        Ok(())
    }

    /// The module of an uploaded snapshot, if it is one, and the rest of the snapshot fits it.
    fn uploaded_module(
        &self,
        snapshot: &Snapshot,
        bytes: &[u8],
    ) -> Result<Arc<CanisterModule>, Reject> {
        let module = CanisterModule::load(bytes).map_err(|why| {
            let id = self.id;
            let message =
                format!("Error from Canister {id}: Canister's Wasm module is not valid: {why}");
            Reject::canister_error(error_code::INVALID_MODULE, message)
        })?;
        let inconsistent = |message| Reject::refused(message).named(error_code::INVALID_PAYLOAD);
        module.check(&snapshot.image).map_err(inconsistent)?;
        match &snapshot.hook {
            None | Some(OnLowWasmMemoryHookStatus::ConditionNotSatisfied) => Ok(module),
            Some(hook) => Err(inconsistent(format!(
                "Hook status ({hook:?}) of uploaded snapshot is inconsistent with the canister's state (hook condition satisfied: false)."
            ))),
        }
    }

    const fn timer(&self, snapshot: &Snapshot) -> u64 {
        match snapshot.global_timer {
            None => self.state.global_timer,
            Some(CanisterTimer::Inactive) => 0,
            Some(CanisterTimer::Active(at)) => at,
        }
    }
}
