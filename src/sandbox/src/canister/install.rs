//! Puts modules into canisters: install, reinstall, upgrade and uninstall. A failure leaves everything as it was.

use crate::canister::{Canister, chunks::ChunkStore};
use crate::model::{
    call::CallContext,
    cost::Cost,
    reject::{Reject, error_code},
};
use crate::vm::{
    execution::{Commit, Vm},
    frame::{EntryKind, Message, State},
    instance::Entry,
    module::CanisterModule,
    rewrite::START,
};
use candid::Principal;
use std::sync::Arc;

/// How a module is installed, and what that does to the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The canister must be empty.
    Install,
    /// The state is discarded.
    Reinstall,
    /// Stable memory and certified data stay.
    Upgrade { skip_pre_upgrade: bool },
}

/// An installation in progress.
struct Installation<'a> {
    canister: &'a mut Canister,
    sender: Principal,
    time: u64,
    cost: Cost,
}

impl Canister {
    /// Installs a module and returns what that cost. A failure leaves the canister as it was.
    pub(crate) fn install(
        &mut self,
        sender: Principal,
        mode: Mode,
        module: &[u8],
        arg: Vec<u8>,
        time: u64,
    ) -> Result<Cost, Reject> {
        check_mode(self, mode)?;
        let module = CanisterModule::load(module).map_err(|why| invalid(self.id, &why))?;
        let state = self.state.clone();
        let vm = self.vm.as_ref().map(|vm| Vm::from_image(vm.module(), vm.image()));
        let mut installation = Installation { canister: self, sender, time, cost: Cost::default() };
        let result = installation.replace(mode, &module, arg);
        let cost = installation.cost;
        if let Err(reject) = result {
            self.state = state;
            self.vm = vm;
            return Err(reject);
        }
        self.version += 1;
        Ok(cost)
    }

    /// Removes the module with all state, and returns the call contexts that were open.
    pub(crate) fn uninstall(&mut self) -> Vec<CallContext> {
        self.vm = None;
        self.state = cleared(&self.state);
        self.callbacks.clear();
        self.chunks = ChunkStore::default();
        self.version += 1;
        std::mem::take(&mut self.contexts).into_values().collect()
    }
}

fn check_mode(canister: &Canister, mode: Mode) -> Result<(), Reject> {
    let id = canister.id;
    match (mode, &canister.vm) {
        (Mode::Install, Some(_)) => Err(Reject::canister_error(
            error_code::NOT_EMPTY,
            format!(
                "Canister {id} cannot be installed because the canister is not empty. Try installing with mode='reinstall' instead."
            ),
        )),
        (Mode::Upgrade { .. }, None) => Err(Reject::canister_error(
            error_code::NO_MODULE,
            format!(
                "Error from Canister {id}: Attempted to upgrade, but the canister contains no Wasm module."
            ),
        )),
        _ => Ok(()),
    }
}

fn invalid(id: Principal, why: &str) -> Reject {
    Reject::canister_error(
        error_code::INVALID_MODULE,
        format!("Error from Canister {id}: Canister's Wasm module is not valid: {why}"),
    )
}

/// A state without anything but cycles.
fn cleared(state: &State) -> State {
    State { cycles: state.cycles, ..State::default() }
}

impl Installation<'_> {
    fn replace(
        &mut self,
        mode: Mode,
        module: &Arc<CanisterModule>,
        arg: Vec<u8>,
    ) -> Result<(), Reject> {
        let keeps_state = matches!(mode, Mode::Upgrade { .. });
        if mode == (Mode::Upgrade { skip_pre_upgrade: false }) {
            self.enter("canister_pre_upgrade", EntryKind::PreUpgrade, vec![])?;
        }
        let canister = &mut *self.canister;
        if !keeps_state {
            canister.state = cleared(&canister.state);
        }
        canister.state.global_timer = 0;
        canister.vm = Some(Vm::new(module));
        self.enter(START, EntryKind::Start, vec![])?;
        if keeps_state {
            self.enter("canister_post_upgrade", EntryKind::PostUpgrade, arg)
        } else {
            self.enter("canister_init", EntryKind::Init, arg)
        }
    }

    /// Runs an entry point, if the module has it.
    fn enter(&mut self, export: &str, kind: EntryKind, arg: Vec<u8>) -> Result<(), Reject> {
        let canister = &mut *self.canister;
        if !canister.exports(export) {
            return Ok(());
        }
        let message = Message { arg, ..Message::default() };
        let frame = canister.frame(kind, self.sender, message, self.time);
        let entry = Entry::Export(export.to_owned());
        let executed = canister.execute(&entry, frame, Commit::OnSuccess);
        self.cost.add(executed.cost);
        let trapped = |message| Reject::canister_error(error_code::TRAPPED, message);
        executed.result.map(drop).map_err(trapped)
    }
}
