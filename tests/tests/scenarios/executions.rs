//! The coordinator backs a fleet up by itself.

use backup_coordinator_client::journal::{
    FleetName, RunId,
    execution::{BackupRequest, ExecutionPhase, ExecutionStatus},
    fleet::{FleetPolicy, TransferPolicy},
    journal::{OperationState, ResumeSummary, RunOutcome, RunState},
};
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{Network, Outcome, Setup, callers, fleet, records::Records, scenarios};
use std::time::Duration;

scenarios![one_call_backs_a_fleet_up];

const FLEET: &str = "shop";

/// A fleet of a root and so many members, which the coordinator controls.
async fn registered(network: Network, members: u32) -> Result<Setup, Box<dyn std::error::Error>> {
    let setup = Setup::builder(network).members(members).with_root().executed().build();
    let registration = fleet::registration(FLEET, &setup.registry);
    setup.as_administrator().register_fleet(&registration).await?;
    Ok(setup)
}

/// Leaves the coordinator to itself until it has done its part, or that takes too long.
async fn finish(
    setup: &Setup,
    run_id: &RunId,
) -> Result<(ExecutionStatus, ResumeSummary), Box<dyn std::error::Error>> {
    let client = setup.as_auditor();
    for _ in 0..1_000 {
        setup.network.lock().run();
        let status = client.execution_status(run_id).await?;
        if status.phase == ExecutionPhase::Over {
            return Ok((status, client.resume_summary(run_id).await?));
        }
        setup.network.advance(Duration::from_secs(5));
    }
    Err(format!("it is not over: {:?}", client.execution_status(run_id).await?).into())
}

async fn one_call_backs_a_fleet_up(network: Network) -> Outcome {
    let setup = registered(network, 6).await?;
    let fleet = FleetName::from(FLEET);
    let policy = FleetPolicy { transfer: TransferPolicy::Skip, ..FleetPolicy::default() };
    let request = BackupRequest { policy: Some(policy), ..BackupRequest::default() };
    let started = setup.as_operator().start_backup(&fleet, &request).await?;
    assert_eq!(started.phase, ExecutionPhase::Preflight);

    let (status, summary) = finish(&setup, &started.run_id).await?;
    assert_eq!(status.problem, None);
    assert_eq!((summary.state, summary.starts_owed), (RunState::Completed, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::OnNetwork));
    assert_eq!((summary.total_targets, summary.targets_with_snapshot), (7, 7));
    for member in setup.members.iter().chain(&setup.root) {
        let managed = setup.network.manage(callers::operator(), *member);
        assert_eq!(managed.status()?, CanisterStatusType::Running);
        assert_eq!(managed.snapshots()?.len(), 1, "{member}");
    }
    let operations = setup.as_auditor().all_operations(&started.run_id).await?;
    assert!(operations.iter().all(|operation| operation.state != OperationState::Pending));
    Records::of(&setup).await?.check();
    Ok(())
}
