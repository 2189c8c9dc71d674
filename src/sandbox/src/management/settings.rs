//! Creation, settings, cycles, randomness, and the information that every canister can read about another.

use crate::canister::Canister;
use crate::management::call::{Answer, Call, check_controller, encode, no_result};
use crate::model::reject::Reject;
use crate::world::World;
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInfoArgs, CanisterInfoResult, CanisterSettings, ChangeDetails,
    ControllersChangeRecord, CreateCanisterArgs, ProvisionalCreateCanisterWithCyclesArgs,
    UpdateSettingsArgs,
};
use sha2::{Digest, Sha256};

const MAX_CONTROLLERS: usize = 10;
/// The most changes that one answer has.
const MAX_CHANGES: usize = 20;

pub(super) fn create_canister(world: &mut World, call: &mut Call) -> Answer {
    let settings = if call.method == "create_canister" {
        call.only_from_canisters()?;
        call.argument::<CreateCanisterArgs>()?.settings
    } else {
        call.argument::<ProvisionalCreateCanisterWithCyclesArgs>()?.settings
    };
    let settings = settings.unwrap_or_default();
    check_settings(&settings)?;
    let id = world.create_canister(&[call.sender]);
    let canister = world.canister_mut(id)?;
    apply(canister, settings);
    if *call.cycles > 0 {
        canister.state.cycles = std::mem::take(call.cycles);
    }
    world.record_creation(id, call.sender)?;
    Ok(encode(&CanisterIdRecord { canister_id: id }))
}

/// Changes controllers and who may read snapshots; other settings have no effect here.
pub(super) fn update_settings(world: &mut World, call: &Call) -> Answer {
    let UpdateSettingsArgs { canister_id, settings, .. } = call.argument()?;
    check_controller(world, call, canister_id)?;
    check_settings(&settings)?;
    let changes_controllers = settings.controllers.is_some();
    let canister = world.canister_mut(canister_id)?;
    apply(canister, settings);
    canister.version += 1;
    if changes_controllers {
        let controllers = canister.controllers.clone();
        let change = ControllersChangeRecord { controllers };
        let details = ChangeDetails::ControllersChange(change);
        world.record(canister_id, call.sender, details)?;
    }
    Ok(no_result())
}

pub(super) fn deposit_cycles(world: &mut World, call: &mut Call) -> Answer {
    call.only_from_canisters()?;
    let canister = world.canister_mut(call.target()?)?;
    canister.state.cycles += std::mem::take(call.cycles);
    Ok(no_result())
}

/// Pseudo-random bytes, the same in every run.
pub(super) fn raw_rand(world: &mut World, call: &Call) -> Answer {
    call.only_from_canisters()?;
    world.draws += 1;
    let bytes = Sha256::digest(world.draws.to_be_bytes()).to_vec();
    Ok(encode(&serde_bytes::ByteBuf::from(bytes)))
}

/// The history and the controllers of a canister, for every canister.
pub(super) fn canister_info(world: &World, call: &Call) -> Answer {
    call.only_from_canisters()?;
    let args: CanisterInfoArgs = call.argument()?;
    let canister = world.canister(args.canister_id)?;
    let count = usize::try_from(args.num_requested_changes.unwrap_or_default())
        .unwrap_or(MAX_CHANGES)
        .min(MAX_CHANGES);
    let older = canister.history.len().saturating_sub(count);
    Ok(encode(&CanisterInfoResult {
        total_num_changes: canister.history.len() as u64,
        recent_changes: canister.history[older..].to_vec(),
        module_hash: canister.vm.as_ref().map(|vm| vm.module().hash.to_vec()),
        controllers: canister.controllers.clone(),
    }))
}

fn check_settings(settings: &CanisterSettings) -> Result<(), Reject> {
    let count = settings.controllers.as_ref().map_or(0, Vec::len);
    if count <= MAX_CONTROLLERS {
        return Ok(());
    }
    Err(Reject::refused(format!("{count} controllers, but at most {MAX_CONTROLLERS} are allowed")))
}

fn apply(canister: &mut Canister, settings: CanisterSettings) {
    if let Some(controllers) = settings.controllers {
        canister.controllers = controllers;
    }
    if let Some(visibility) = settings.snapshot_visibility {
        canister.snapshot_visibility = visibility;
    }
}
