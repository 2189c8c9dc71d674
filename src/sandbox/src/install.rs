//! Puts modules into canisters: install, reinstall, upgrade and uninstall. A failure leaves everything as it was.

use crate::canister::{Canister, Keep};
use crate::cost::Cost;
use crate::execution::{Entry, Vm};
use crate::frame::{EntryKind, Message, State};
use crate::module::CanisterModule;
use crate::network::Network;
use crate::{Reject, RejectCode, rewrite};
use candid::Principal;
use std::sync::Arc;

/// What becomes of the canister's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The canister has to be empty.
    Install,
    /// The state is thrown away.
    Reinstall,
    /// Stable memory and certified data stay.
    Upgrade { skip_pre_upgrade: bool },
}

/// An installation in progress: what it works for and what it has used so far.
struct Installation<'a> {
    canister: &'a mut Canister,
    sender: Principal,
    time: u64,
    cost: Cost,
}

impl Network {
    /// Installs a module; the sender has been found to be a controller.
    pub(crate) fn install_code(
        &mut self,
        sender: Principal,
        id: Principal,
        mode: Mode,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Reject> {
        let time = self.time;
        let canister = self.canister_mut(id)?;
        check_mode(canister, mode)?;
        let module = CanisterModule::load(module).map_err(|why| invalid(id, &why))?;
        let state = canister.state.clone();
        let image = canister.vm.as_ref().map(|vm| (Arc::clone(&vm.module), vm.image()));
        let mut installation = Installation { canister, sender, time, cost: Cost::default() };
        let result = installation.replace(mode, &module, arg);
        let cost = installation.cost;
        if let Err(reject) = result {
            canister.state = state;
            canister.vm = image.map(|(module, image)| {
                Vm::from_image(&module, &image)
                    .expect("BUG: a module that ran cannot be instantiated again")
            });
            return Err(reject);
        }
        canister.version += 1;
        self.last_cost = cost;
        Ok(())
    }

    /// Removes a module with all state; calls that the canister has begun are rejected.
    pub(crate) fn uninstall_code(&mut self, id: Principal) -> Result<(), Reject> {
        let canister = self.canister_mut(id)?;
        canister.vm = None;
        canister.state = cleared(&canister.state);
        canister.callbacks.clear();
        canister.version += 1;
        let contexts = std::mem::take(&mut canister.contexts);
        for context in contexts.into_values().filter(|context| !context.responded) {
            let reject = Reject::new(
                RejectCode::CanisterReject,
                format!("Canister {id} has been uninstalled."),
            );
            self.answer(&context.origin, Err(reject), context.cycles);
        }
        Ok(())
    }
}

fn check_mode(canister: &Canister, mode: Mode) -> Result<(), Reject> {
    let id = canister.id;
    match (mode, &canister.vm) {
        (Mode::Install, Some(_)) => Err(Reject::canister_error(format!(
            "Canister {id} cannot be installed because the canister is not empty. Try installing with mode='reinstall' instead."
        ))),
        (Mode::Upgrade { .. }, None) => Err(Reject::canister_error(format!(
            "Error from Canister {id}: Attempted to upgrade, but the canister contains no Wasm module."
        ))),
        _ => Ok(()),
    }
}

fn invalid(id: Principal, why: &str) -> Reject {
    Reject::canister_error(format!(
        "Error from Canister {id}: Canister's Wasm module is not valid: {why}"
    ))
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
        let vm = Vm::new(module).map_err(|why| invalid(canister.id, &why))?;
        canister.vm = Some(vm);
        self.enter(rewrite::START, EntryKind::Start, vec![])?;
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
        let executed = canister.execute(&entry, frame, Keep::Effects);
        self.cost.add(executed.cost);
        executed.result.map(drop).map_err(Reject::canister_error)
    }
}
