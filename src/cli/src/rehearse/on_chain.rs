//! A run that the coordinator executes by itself: what comes before it, and what it has to show afterwards.

use crate::{
    driver::check::{Check, check},
    rehearse::{args::RunArgs, report::Disturbances, stage::Stage},
    usage::UsageError,
};
use anyhow::{Context, Result, ensure};
use backup_coordinator_client::ClientError;
use backup_fleet::SnapshotIds;
use backup_journal::{
    FleetName, RunId,
    execution::{BackupRequest, BackupSelection},
    fleet::{FleetPolicy, FleetRegistration, MemberFailure, TransferPolicy},
    journal::ReceiptOutcome,
    registry::RegistryEntry,
};
use candid::Principal;
use canister_sandbox::CallFaults;
use std::collections::{BTreeMap, BTreeSet};

/// Registers the fleet and has the coordinator back it up, all but its root.
pub async fn begin(stage: &Stage, run_id: &RunId, args: &RunArgs) -> Result<()> {
    stage.plan_faults(args.fault.iter().map(|spec| spec.0.clone()).collect())?;
    let name = register(stage, policy(args)).await?;
    let request = BackupRequest {
        run_id: Some(run_id.clone()),
        selection: Some(BackupSelection::WithoutRoot),
        ..BackupRequest::default()
    };
    let started = stage.client().start_backup(&name, &request).await;
    started.map_err(refused).context("the backup cannot be started")?;
    Ok(())
}

/// Registers the fleet, and makes the coordinator a controller of its canisters.
pub async fn register(stage: &Stage, policy: FleetPolicy) -> Result<FleetName> {
    stage.let_coordinator_control_the_fleet();
    let fleet = &stage.fleet;
    let registration = FleetRegistration {
        fleet: fleet.name.as_str().into(),
        network: fleet.network.clone(),
        root_canister_id: fleet.root,
        policy: Some(policy),
        members: parents_first(&fleet.entries),
        expected_members: None,
        discovery: None,
    };
    let name = registration.fleet.clone();
    let registered = stage.administrator().register_large_fleet(registration).await;
    registered.map_err(refused).context("the fleet cannot be registered")?;
    Ok(name)
}

/// The policy of the fleet, as it was typed.
pub fn policy(args: &RunArgs) -> FleetPolicy {
    FleetPolicy {
        max_parallel: args.parallel,
        restart_within_seconds: args.restart_within,
        on_member_failure: if args.skip_failed_members {
            MemberFailure::SkipMember
        } else {
            MemberFailure::AbortRun
        },
        transfer: TransferPolicy::Await,
        ..FleetPolicy::default()
    }
}

/// What the coordinator refuses was typed, or is in the registry.
fn refused(error: ClientError) -> anyhow::Error {
    match error {
        ClientError::Refused(refusal) => UsageError(refusal.to_string()).into(),
        ClientError::Call(_) => error.into(),
    }
}

/// The entries in an order in which they can be registered in batches.
fn parents_first(entries: &[RegistryEntry]) -> Vec<RegistryEntry> {
    let mut children: BTreeMap<Option<Principal>, Vec<&RegistryEntry>> = BTreeMap::new();
    for entry in entries {
        children.entry(entry.parent_canister_id).or_default().push(entry);
    }
    let (mut sorted, mut parents) = (Vec::with_capacity(entries.len()), vec![None]);
    while let Some(parent) = parents.pop() {
        for entry in children.remove(&parent).unwrap_or_default() {
            parents.push(Some(entry.canister_id));
            sorted.push(entry.clone());
        }
    }
    sorted
}

/// Adds what was done to the coordinator, and how often an operation failed.
pub async fn count(stage: &Stage, run_id: &RunId, disturbances: &mut Disturbances) -> Result<()> {
    stage.network.with_faults(|faults| {
        disturbances.calls = number(faults.calls().len());
        disturbances.faults = number(faults.happened().count());
        disturbances.upgrades += faults.upgrades();
    });
    let receipts = stage.client().all_operation_receipts(run_id).await?;
    let failed = receipts.iter().filter(|it| it.receipt.outcome == ReceiptOutcome::Failed);
    disturbances.failures += number(failed.count());
    Ok(())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The snapshots of the fleet that others have taken. There were none before the run.
pub fn foreign_snapshots(stage: &Stage) -> BTreeMap<Principal, SnapshotIds> {
    let ids = |ids: BTreeSet<Vec<u8>>| ids.into_iter().map(Into::into).collect();
    let of_fleet = |faults: &CallFaults| {
        let members = stage.fleet.entries.iter().map(|entry| entry.canister_id);
        members.map(|id| (id, ids(faults.foreign_snapshots(id)))).collect()
    };
    stage.network.with_faults(of_fleet).unwrap_or_default()
}

/// Whether what was to go wrong did.
pub fn check_faults(stage: &Stage) -> Check {
    let happened = |faults: &CallFaults| {
        if let Some(problem) = faults.problems().first() {
            anyhow::bail!("{problem}");
        }
        let (missing, calls) = (faults.outstanding().next(), faults.calls().len());
        let missing = missing.map(ToString::to_string).unwrap_or_default();
        ensure!(missing.is_empty(), "{missing} has not, after {calls} calls of the coordinator");
        Ok(())
    };
    let result = stage.network.with_faults(happened).unwrap_or(Ok(()));
    check("every fault has happened that was ordered", result)
}
