//! The chunk store, and the installation of a module from it.

use crate::canister::chunks::ChunkStore;
use crate::management::call::{Answer, Call, check_controller, encode, no_result};
use crate::management::code::{install_as, mode_of};
use crate::model::reject::{Reject, error_code};
use crate::world::World;
use candid::Principal;
use ic_management_canister_types::{ChunkHash, InstallChunkedCodeArgs, UploadChunkArgs};
use sha2::{Digest, Sha256};

pub(super) fn upload_chunk(world: &mut World, call: &Call) -> Answer {
    let UploadChunkArgs { canister_id, chunk } = call.argument()?;
    check_controller_or_itself(world, call, canister_id)?;
    let hash = world.canister_mut(canister_id)?.chunks.insert(chunk);
    let hash = hash.map_err(|why| refused(&why))?;
    Ok(encode(&ChunkHash { hash: hash.to_vec() }))
}

pub(super) fn stored_chunks(world: &World, call: &Call) -> Answer {
    let id = call.target()?;
    check_controller_or_itself(world, call, id)?;
    let hashes = world.canister(id)?.chunks.hashes();
    Ok(encode(&hashes.map(|hash| ChunkHash { hash: hash.to_vec() }).collect::<Vec<_>>()))
}

pub(super) fn clear_chunk_store(world: &mut World, call: &Call) -> Answer {
    let id = call.target()?;
    check_controller_or_itself(world, call, id)?;
    world.canister_mut(id)?.chunks = ChunkStore::default();
    Ok(no_result())
}

/// Installs a module that is put together from the chunks of a canister.
pub(super) fn install_chunked_code(world: &mut World, call: &Call) -> Answer {
    let args: InstallChunkedCodeArgs = call.argument()?;
    let target = args.target_canister;
    let store = args.store_canister.unwrap_or(target);
    check_controller(world, call, target)?;
    check_controller_or_itself(world, call, store)?;
    let chunks = &world.canister(store)?.chunks;
    let mut module = Vec::new();
    for ChunkHash { hash } in &args.chunk_hashes_list {
        let chunk = chunks.get(hash);
        module.extend_from_slice(chunk.ok_or_else(|| not_found(hash))?);
    }
    if Sha256::digest(&module).as_slice() != args.wasm_module_hash {
        return Err(refused("the chunks are not the module with this hash"));
    }
    install_as(world, call.sender, target, mode_of(args.mode)?, &module, args.arg)?;
    Ok(no_result())
}

fn check_controller_or_itself(world: &World, call: &Call, id: Principal) -> Result<(), Reject> {
    if call.sender == id {
        return world.canister(id).map(drop);
    }
    check_controller(world, call, id)
}

/// Why the chunk store refuses something.
pub(super) fn refused(why: &str) -> Reject {
    let message = format!("Error from Wasm chunk store: {why}.");
    Reject::canister_error(error_code::CONTRACT_VIOLATION, message)
}

/// There is no chunk with this hash.
pub(super) fn not_found(hash: &[u8]) -> Reject {
    refused(&format!("WasmChunkHash {hash:02x?} not found"))
}
