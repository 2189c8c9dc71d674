//! Which fleet is backed up: one that the coordinator knows, or one in a file.

use crate::{
    registry::{Fleet, Registry},
    run::args::RunArgs,
    usage::UsageError,
};
use anyhow::Result;
use backup_coordinator_client::{ClientError, CoordinatorClient, Runtime};
use backup_journal::FleetName;
use std::path::Path;

/// Finds the fleet.
pub async fn find<R: Runtime>(coordinator: &CoordinatorClient<R>, args: &RunArgs) -> Result<Fleet> {
    match (&args.fleet, &args.registry) {
        (Some(name), _) => registered(coordinator, name).await,
        (None, Some(path)) => listed(path, args.work.connection.network.as_deref()),
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

fn listed(path: &Path, network: Option<&str>) -> Result<Fleet> {
    Ok(Registry::read(path)?.into_fleet(network.unwrap_or("ic")))
}
