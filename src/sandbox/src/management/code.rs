//! Installs and uninstalls modules.

use crate::canister::install::Mode;
use crate::management::call::{Answer, Call, check_controller, no_result, require_controller};
use crate::model::reject::Reject;
use crate::world::World;
use candid::Principal;
use ic_management_canister_types::{
    CanisterInstallMode, ChangeDetails, CodeDeploymentMode, CodeDeploymentRecord, InstallCodeArgs,
    UninstallCodeArgs, UpgradeFlags, WasmMemoryPersistence,
};
use sha2::{Digest, Sha256};

pub(super) fn install_code(world: &mut World, call: &Call) -> Answer {
    let args: InstallCodeArgs = call.argument()?;
    let mode = mode_of(args.mode)?;
    install_as(world, call.sender, args.canister_id, mode, &args.wasm_module, args.arg)?;
    Ok(no_result())
}

/// Installs a module, if the sender may.
pub(crate) fn install_as(
    world: &mut World,
    sender: Principal,
    canister: Principal,
    mode: Mode,
    module: &[u8],
    arg: Vec<u8>,
) -> Result<(), Reject> {
    require_controller(world, sender, canister, "install_code")?;
    let time = world.time;
    let cost = world.canister_mut(canister)?.install(sender, mode, module, arg, time)?;
    world.executed(canister);
    world.last_cost = cost;
    let record = CodeDeploymentRecord {
        mode: match mode {
            Mode::Install => CodeDeploymentMode::Install,
            Mode::Reinstall => CodeDeploymentMode::Reinstall,
            Mode::Upgrade { .. } => CodeDeploymentMode::Upgrade,
        },
        module_hash: Sha256::digest(module).to_vec(),
    };
    world.record(canister, sender, ChangeDetails::CodeDeployment(record))
}

pub(super) fn uninstall_code(world: &mut World, call: &Call) -> Answer {
    let UninstallCodeArgs { canister_id, .. } = call.argument()?;
    check_controller(world, call, canister_id)?;
    uninstall(world, call.sender, canister_id)?;
    Ok(no_result())
}

/// Removes a module with all state, and rejects the calls that the canister has not answered.
pub(super) fn uninstall(
    world: &mut World,
    sender: Principal,
    canister: Principal,
) -> Result<(), Reject> {
    let contexts = world.canister_mut(canister)?.uninstall();
    for context in contexts.into_iter().filter(|context| !context.responded) {
        let reject = Reject::refused(format!("Canister {canister} has been uninstalled."));
        world.answer(&context.origin, Err(reject), context.cycles);
    }
    world.record(canister, sender, ChangeDetails::CodeUninstall)
}

pub(super) fn mode_of(mode: CanisterInstallMode) -> Result<Mode, Reject> {
    let flags = match mode {
        CanisterInstallMode::Install => return Ok(Mode::Install),
        CanisterInstallMode::Reinstall => return Ok(Mode::Reinstall),
        CanisterInstallMode::Upgrade(flags) => flags.unwrap_or_default(),
    };
    let UpgradeFlags { skip_pre_upgrade, wasm_memory_persistence } = flags;
    if wasm_memory_persistence == Some(WasmMemoryPersistence::Keep) {
        return Err(Reject::refused(
            "this simulator does not keep the heap in an upgrade (wasm_memory_persistence)",
        ));
    }
    Ok(Mode::Upgrade { skip_pre_upgrade: skip_pre_upgrade.unwrap_or_default() })
}
