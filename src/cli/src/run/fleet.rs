//! Which fleet is backed up: one that the coordinator knows, or one in a file.

use crate::{
    agent::connect::Settings,
    registry::{Fleet, Registry},
    run::args::RunArgs,
    usage::UsageError,
};
use anyhow::Result;
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::FleetName;

/// Finds the fleet.
pub async fn find<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    args: &RunArgs,
    settings: &Settings,
) -> Result<Fleet> {
    let configured = |name: &FleetName| settings.fleets.get(name.as_str())?.registry.as_ref();
    let file = args.registry.as_ref().or_else(|| args.fleet.as_ref().and_then(configured));
    match (&args.fleet, file) {
        (Some(name), None) => registered(coordinator, name).await,
        (_, Some(path)) => Ok(Registry::read(path)?.into_fleet(&settings.network)),
        (None, None) => Err(UsageError("which fleet? Name it with --fleet".to_owned()).into()),
    }
}

async fn registered<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    name: &FleetName,
) -> Result<Fleet> {
    let fleet = match coordinator.get_fleet(name).await {
        Err(ClientError::Refused(refusal)) => return Err(UsageError(refusal.to_string()).into()),
        answer => answer?.fleet,
    };
    Ok(Fleet {
        name: fleet.fleet.to_string(),
        network: fleet.network,
        root: fleet.root_canister_id,
        entries: coordinator.all_fleet_members(name).await?,
    })
}
