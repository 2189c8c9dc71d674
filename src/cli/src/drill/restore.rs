//! Restores one canister into an empty simulated network.

use crate::{
    backup::{
        compare::compare, files::Part, in_flight::InFlight, meter::NoMeter, sending::Sending,
        slices_done::Done, source::Source,
    },
    network::SimulatedNetwork,
};
use anyhow::{Context, Result, ensure};
use backup_fleet::{Management, SnapshotId, types::CanisterStatusType};
use candid::{IDLArgs, Principal, encode_args};
use serde::Serialize;

/// What was restored.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// SHA-256 of the module, in hexadecimal.
    pub module_hash: String,
    /// The length of the heap.
    pub heap_bytes: u64,
    /// The length of the stable memory.
    pub stable_bytes: u64,
    /// What the canister has answered to the query, if there was one.
    pub answer: Option<String>,
}

/// Restores a canister under its own id, compares what it then has with what was downloaded, starts it, and asks it.
pub async fn restore(source: &Source, query: Option<&str>) -> Result<Restored> {
    source.verify(&NoMeter)?;
    let drill = Drill::new(source.record().canister_id)?;
    let (canister, metadata) = (drill.canister, source.metadata());
    let uploaded = drill.upload(source).await.context("the snapshot cannot be uploaded")?;
    drill.management.stop(canister).await?;
    drill.management.load_snapshot(canister, &uploaded).await.context("it cannot be loaded")?;
    let module_hash = compare(&drill.management, canister, source).await?;
    drill.management.start(canister).await.context("it does not start")?;
    let status = drill.management.status(canister).await?.status;
    ensure!(status == CanisterStatusType::Running, "it is {status:?} after its start");
    Ok(Restored {
        module_hash,
        heap_bytes: metadata.wasm_memory_size,
        stable_bytes: metadata.stable_memory_size,
        answer: query.map(|method| drill.ask(method)).transpose()?,
    })
}

/// A simulated network with one empty canister.
struct Drill {
    canister: Principal,
    controller: Principal,
    network: SimulatedNetwork,
    management: Management<SimulatedNetwork>,
}

impl Drill {
    fn new(canister: Principal) -> Result<Self> {
        let controller = Principal::self_authenticating(b"who drills");
        let network = SimulatedNetwork::new(controller);
        network.sandbox().create_canister_with_id(canister, &[controller])?;
        let management = Management::new(network.clone());
        Ok(Self { canister, controller, network, management })
    }

    async fn upload(&self, source: &Source) -> Result<SnapshotId> {
        let (network, management, target) = (&self.network, &self.management, self.canister);
        let snapshot = management.upload_snapshot_metadata(source.arguments(target)).await?;
        let (in_flight, meter) = (&InFlight::default(), &NoMeter);
        let sending = Sending { network, management, source, target, in_flight, meter };
        let parts = Part::of(source.metadata())?;
        sending.run(&snapshot, &parts, &Done::new(), |_| Ok(())).await?;
        Ok(snapshot)
    }

    /// Asks the restored canister; its answer in Candid's text.
    fn ask(&self, method: &str) -> Result<String> {
        let arg = encode_args(())?;
        let answer = self.network.sandbox().query(self.controller, self.canister, method, arg);
        let answer = answer.with_context(|| format!("{method} is not answered"))?;
        Ok(IDLArgs::from_bytes(&answer)?.to_string())
    }
}
