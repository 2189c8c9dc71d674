//! Brings a fleet on paper to life: canisters in the sandbox, each with a state of its own.

use crate::{
    network::SimulatedNetwork,
    registry::{Fleet, Registry},
};
use anyhow::{Context, Result};
use backup_journal::registry::RegistryEntry;
use candid::{Principal, encode_one};
use std::collections::BTreeMap;

/// The name of the network in plans and manifests.
const NETWORK: &str = "rehearsal";

/// Creates the canisters of `registry`. Each is controlled by the operator, by its parent, and by these others.
pub fn create(
    network: &SimulatedNetwork,
    operator: Principal,
    others: &[Principal],
    registry: &Registry,
    module: &[u8],
) -> Result<Fleet> {
    let ids = create_canisters(network, operator, registry);
    for (position, listed) in registry.canisters.iter().enumerate() {
        let id = ids[&listed.canister_id];
        let parent = listed.parent_canister_id.map(|parent| ids[&parent]);
        let controllers = [operator].into_iter().chain(parent).chain(others.iter().copied());
        network.sandbox().set_controllers(id, &controllers.collect::<Vec<_>>());
        install(network, operator, id, registry, position, module)
            .with_context(|| format!("the member {id} cannot be installed"))?;
    }
    Ok(Fleet {
        name: registry.fleet.clone(),
        network: NETWORK.to_owned(),
        root: root(registry, &ids),
        entries: entries(network, registry, &ids),
    })
}

fn create_canisters(
    network: &SimulatedNetwork,
    operator: Principal,
    registry: &Registry,
) -> BTreeMap<Principal, Principal> {
    let mut sandbox = network.sandbox();
    registry
        .canisters
        .iter()
        .map(|listed| (listed.canister_id, sandbox.create_canister(&[operator])))
        .collect()
}

/// Installs a member and has it count, so that its heap, too, is worth a snapshot.
fn install(
    network: &SimulatedNetwork,
    operator: Principal,
    id: Principal,
    registry: &Registry,
    position: usize,
    module: &[u8],
) -> Result<()> {
    let filling = encode_one(Some(registry.filling(position)))?;
    let nothing = candid::encode_args(())?;
    let mut sandbox = network.sandbox();
    sandbox.install(operator, id, module, filling)?;
    for _ in 0..=position % 3 {
        sandbox.update(operator, id, "bump", nothing.clone())?;
    }
    Ok(())
}

fn root(registry: &Registry, ids: &BTreeMap<Principal, Principal>) -> Principal {
    let root = registry
        .canisters
        .iter()
        .find(|listed| listed.parent_canister_id.is_none())
        .expect("BUG: a registry without a root passed its check");
    ids[&root.canister_id]
}

fn entries(
    network: &SimulatedNetwork,
    registry: &Registry,
    ids: &BTreeMap<Principal, Principal>,
) -> Vec<RegistryEntry> {
    let sandbox = network.sandbox();
    registry
        .canisters
        .iter()
        .map(|listed| RegistryEntry {
            canister_id: ids[&listed.canister_id],
            role: listed.role.clone(),
            kind: listed.kind.clone(),
            parent_canister_id: listed.parent_canister_id.map(|parent| ids[&parent]),
            module_hash: sandbox.module_hash(ids[&listed.canister_id]).map(hex::encode),
        })
        .collect()
}
