//! Creation, settings, code, cycles, and what anyone may know of a canister.

use super::{Answer, Call, encode, no_result};
use crate::canister::Canister;
use crate::install::Mode;
use crate::network::Network;
use crate::{Reject, RejectCode};
use candid::Principal;
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInfoArgs, CanisterInfoResult, CanisterInstallMode, CanisterSettings,
    Change, ChangeDetails, ChangeOrigin, CodeDeploymentMode, CodeDeploymentRecord,
    ControllersChangeRecord, CreateCanisterArgs, CreationRecord, FromCanisterRecord,
    FromUserRecord, InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs, UninstallCodeArgs,
    UpdateSettingsArgs, UpgradeFlags, WasmMemoryPersistence,
};
use sha2::{Digest, Sha256};

const MAX_CONTROLLERS: usize = 10;
/// Changes that the network remembers.
const MAX_CHANGES: usize = 20;

impl Network {
    pub(super) fn create_canister_method(&mut self, call: &mut Call) -> Answer {
        let settings = if call.method == "create_canister" {
            call.only_from_canisters()?;
            call.argument::<CreateCanisterArgs>()?.settings
        } else {
            call.argument::<ProvisionalCreateCanisterWithCyclesArgs>()?.settings
        };
        let settings = settings.unwrap_or_default();
        check_settings(&settings)?;
        let id = self.create_canister(&[call.sender]);
        let canister = self.canister_mut(id)?;
        apply(canister, settings);
        if *call.cycles > 0 {
            canister.state.cycles = std::mem::take(call.cycles);
        }
        let details = ChangeDetails::Creation(CreationRecord {
            controllers: canister.controllers.clone(),
            environment_variables_hash: None,
        });
        self.record(id, call.sender, details)?;
        Ok(encode(&CanisterIdRecord { canister_id: id }))
    }

    /// Changes controllers and who may read snapshots; other settings have no effect here.
    pub(super) fn update_settings(&mut self, call: &Call) -> Answer {
        let UpdateSettingsArgs { canister_id, settings, .. } = call.argument()?;
        self.check_controller(call, canister_id)?;
        check_settings(&settings)?;
        let changes_controllers = settings.controllers.is_some();
        let canister = self.canister_mut(canister_id)?;
        apply(canister, settings);
        canister.version += 1;
        if changes_controllers {
            let controllers = canister.controllers.clone();
            let change = ControllersChangeRecord { controllers };
            let details = ChangeDetails::ControllersChange(change);
            self.record(canister_id, call.sender, details)?;
        }
        Ok(no_result())
    }

    pub(super) fn install_code_method(&mut self, call: &Call) -> Answer {
        let args: InstallCodeArgs = call.argument()?;
        let mode = mode_of(args.mode)?;
        self.install_as(call.sender, args.canister_id, mode, &args.wasm_module, args.arg)?;
        Ok(no_result())
    }

    /// Installs a module, if the sender may.
    pub(crate) fn install_as(
        &mut self,
        sender: Principal,
        canister: Principal,
        mode: Mode,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Reject> {
        self.require_controller(sender, canister, "install_code")?;
        self.install_code(sender, canister, mode, module, arg)?;
        let record = CodeDeploymentRecord {
            mode: match mode {
                Mode::Install => CodeDeploymentMode::Install,
                Mode::Reinstall => CodeDeploymentMode::Reinstall,
                Mode::Upgrade { .. } => CodeDeploymentMode::Upgrade,
            },
            module_hash: Sha256::digest(module).to_vec(),
        };
        self.record(canister, sender, ChangeDetails::CodeDeployment(record))
    }

    pub(super) fn uninstall_code_method(&mut self, call: &Call) -> Answer {
        let UninstallCodeArgs { canister_id, .. } = call.argument()?;
        self.check_controller(call, canister_id)?;
        self.uninstall_code(canister_id)?;
        self.record(canister_id, call.sender, ChangeDetails::CodeUninstall)?;
        Ok(no_result())
    }

    pub(super) fn deposit_cycles(&mut self, call: &mut Call) -> Answer {
        call.only_from_canisters()?;
        let canister = self.canister_mut(call.target()?)?;
        canister.state.cycles += std::mem::take(call.cycles);
        Ok(no_result())
    }

    /// Numbers that look random and are the same in every run.
    pub(super) fn raw_rand(&mut self, call: &Call) -> Answer {
        call.only_from_canisters()?;
        self.draws += 1;
        let bytes = Sha256::digest(self.draws.to_be_bytes()).to_vec();
        Ok(encode(&serde_bytes::ByteBuf::from(bytes)))
    }

    /// What any canister may know of any other.
    pub(super) fn canister_info(&mut self, call: &Call) -> Answer {
        call.only_from_canisters()?;
        let args: CanisterInfoArgs = call.argument()?;
        let canister = self.canister(args.canister_id)?;
        let wanted = usize::try_from(args.num_requested_changes.unwrap_or_default())
            .unwrap_or(MAX_CHANGES)
            .min(MAX_CHANGES);
        let older = canister.history.len().saturating_sub(wanted);
        Ok(encode(&CanisterInfoResult {
            total_num_changes: canister.history.len() as u64,
            recent_changes: canister.history[older..].to_vec(),
            module_hash: canister.vm.as_ref().map(|vm| vm.module.hash.to_vec()),
            controllers: canister.controllers.clone(),
        }))
    }

    /// Adds to what [`Self::canister_info`] tells.
    pub(crate) fn record(
        &mut self,
        id: Principal,
        sender: Principal,
        details: ChangeDetails,
    ) -> Result<(), Reject> {
        let origin = match self.canisters.get(&sender) {
            Some(canister) => ChangeOrigin::FromCanister(FromCanisterRecord {
                canister_id: sender,
                canister_version: Some(canister.version),
            }),
            None => ChangeOrigin::FromUser(FromUserRecord { user_id: sender }),
        };
        let timestamp_nanos = self.time;
        let canister = self.canister_mut(id)?;
        canister.history.push(Change {
            timestamp_nanos,
            canister_version: canister.version,
            origin,
            details: Some(details),
        });
        Ok(())
    }
}

fn check_settings(settings: &CanisterSettings) -> Result<(), Reject> {
    let count = settings.controllers.as_ref().map_or(0, Vec::len);
    if count <= MAX_CONTROLLERS {
        return Ok(());
    }
    Err(Reject::new(
        RejectCode::CanisterReject,
        format!("{count} controllers, but at most {MAX_CONTROLLERS} are allowed"),
    ))
}

fn apply(canister: &mut Canister, settings: CanisterSettings) {
    if let Some(controllers) = settings.controllers {
        canister.controllers = controllers;
    }
    if let Some(visibility) = settings.snapshot_visibility {
        canister.snapshot_visibility = visibility;
    }
}

fn mode_of(mode: CanisterInstallMode) -> Result<Mode, Reject> {
    let flags = match mode {
        CanisterInstallMode::Install => return Ok(Mode::Install),
        CanisterInstallMode::Reinstall => return Ok(Mode::Reinstall),
        CanisterInstallMode::Upgrade(flags) => flags.unwrap_or_default(),
    };
    let UpgradeFlags { skip_pre_upgrade, wasm_memory_persistence } = flags;
    if wasm_memory_persistence == Some(WasmMemoryPersistence::Keep) {
        return Err(Reject::new(
            RejectCode::CanisterReject,
            "this simulator does not keep the heap in an upgrade (wasm_memory_persistence)",
        ));
    }
    Ok(Mode::Upgrade { skip_pre_upgrade: skip_pre_upgrade.unwrap_or_default() })
}
