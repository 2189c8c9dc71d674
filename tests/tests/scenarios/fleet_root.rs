//! The root of a fleet, a canister, backs its members up through the coordinator.

use backup_coordinator_client::journal::{
    Attempt,
    api::AuditEventKind,
    journal::{ResumeSummary, RunState},
    plan::BackupOperationKind,
};
use candid::{CandidType, Principal};
use canister_sandbox::{Fault, FaultAction};
use fleet_root_api::RootError;
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{
    Network, Outcome, Setup, callers, modules, on_sandbox, records::Records, scenarios,
};
use std::time::Duration;

scenarios![
    the_root_drives_a_run,
    step_by_step_with_an_upgrade_of_everybody_in_between,
    an_operation_that_the_network_refuses_is_reported_and_retried,
    a_snapshot_that_somebody_else_takes_is_not_taken_for_the_runs_own,
    only_controllers_of_the_root_are_served,
];

/// The batches of a fleet of two levels: the stops and the starts of each level, and the snapshots, the downloads, the
/// verifications and the manifest.
const BATCHES: u32 = 2 + 2 + 4;

type Told = Result<ResumeSummary, RootError>;

/// Asks the root as its operator.
fn ask(setup: &Setup, method: &str, args: impl candid::utils::ArgumentEncoder) -> Told {
    ask_as(callers::operator(), setup, method, args)
}

fn ask_as<T: CandidType + serde::de::DeserializeOwned>(
    caller: Principal,
    setup: &Setup,
    method: &str,
    args: impl candid::utils::ArgumentEncoder,
) -> Result<T, RootError> {
    let root = setup.root.expect("this fleet has a root");
    setup.network.update(caller, root, method, args).expect("the root answers")
}

fn create(setup: &Setup) -> Told {
    ask(setup, "create_run", (setup.coordinator, "nightly"))
}

fn drive(setup: &Setup, max_steps: u32) -> Told {
    ask(setup, "drive", (setup.coordinator, "nightly", max_steps))
}

/// The run is over, every operation was done at the first attempt, and each member has one snapshot.
async fn check_done(setup: &Setup) -> Outcome {
    let records = Records::of(setup).await?;
    records.check();
    let record = &records.runs[0];
    assert_eq!(record.summary.state, RunState::Completed);
    assert!(!record.summary.restart_required);
    let operations = &record.operations[4..];
    assert!(operations.iter().all(|operation| operation.attempt == Attempt(1)));
    assert_eq!(record.receipts.len(), operations.len());
    let root = setup.root.ok_or("this fleet has a root")?;
    assert!(record.receipts.iter().all(|receipt| receipt.recorded_by == root));
    for status in &record.targets {
        let member = setup.network.manage(callers::operator(), status.target.canister_id);
        assert_eq!(member.status()?, CanisterStatusType::Running);
        let snapshots = member.snapshots()?;
        let ids: Vec<_> = snapshots.iter().map(|snapshot| hex::encode(&snapshot.id)).collect();
        let known = status.artifact.clone().and_then(|artifact| artifact.snapshot_id);
        assert_eq!(ids, known.as_slice());
    }
    Ok(())
}

const fn is_claim(event: &AuditEventKind) -> bool {
    use AuditEventKind::{OperationClaimed, OperationsClaimed};
    matches!(event, OperationClaimed { .. } | OperationsClaimed { .. })
}

async fn the_root_drives_a_run(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).with_root().build();
    create(&setup)?;
    let end = drive(&setup, 100)?;
    assert_eq!(end.operations.completed, 4 + 5 * 3 + 1);
    check_done(&setup).await?;
    let before = Records::of(&setup).await?;
    let claims = before.audit.iter().filter(|event| is_claim(&event.kind)).count();
    assert_eq!(claims, BATCHES as usize, "each batch is claimed as a whole");
    // Once more, and nothing happens.
    assert_eq!(create(&setup)?, end);
    assert_eq!(drive(&setup, 100)?, end);
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}

async fn step_by_step_with_an_upgrade_of_everybody_in_between(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(2).with_root().build();
    let root = setup.root.ok_or("this fleet has a root")?;
    let mut summary = create(&setup)?;
    while summary.state != RunState::Completed {
        let none = candid::encode_args(())?;
        let (controller, module) = (callers::controller(), modules::fleet_root());
        setup.network.lock().upgrade(controller, root, module, none)?;
        setup.upgrade(None)?;
        summary = drive(&setup, 1)?;
    }
    check_done(&setup).await
}

async fn an_operation_that_the_network_refuses_is_reported_and_retried(
    network: Network,
) -> Outcome {
    let setup = Setup::builder(network).members(1).with_root().build();
    let member = setup.network.manage(callers::operator(), setup.members[0]);
    for _ in 0..10 {
        member.take_snapshot()?;
    }
    setup.network.advance(Duration::from_secs(1));
    create(&setup)?;

    let refused = drive(&setup, 100).expect_err("there are ten snapshots already");
    assert!(matches!(refused, RootError::OperationFailed { .. }), "{refused:?}");
    let summary = setup.as_auditor().all_journals().await?.remove(0);
    assert_eq!((summary.state, summary.starts_owed), (RunState::Failed, 1));

    let oldest = member.snapshots()?.remove(0);
    member.delete_snapshot(oldest.id)?;
    let end = drive(&setup, 100)?;
    assert_eq!((end.state, end.total_receipts), (RunState::Completed, 7));
    Ok(())
}

/// The operation is claimed by a driver that dies, and then somebody else takes a snapshot.
async fn a_snapshot_that_somebody_else_takes_is_not_taken_for_the_runs_own(
    network: Network,
) -> Outcome {
    let setup = Setup::builder(network).members(1).with_root().build();
    create(&setup)?;
    drive(&setup, 2)?; // the preflight, and the stop
    let operator = setup.client(callers::operator());
    let claimed = operator.mark_next_operation_pending(&"nightly".into()).await?;
    assert_eq!(claimed.kind, BackupOperationKind::CreateSnapshot);
    setup.network.advance(Duration::from_secs(1));
    let member = setup.network.manage(callers::operator(), setup.members[0]);
    let foreign = member.take_snapshot()?.id;

    assert_eq!(drive(&setup, 100)?.state, RunState::Completed);
    assert_ne!(recorded_snapshot(&setup).await?, hex::encode(foreign));
    assert_eq!(member.snapshots()?.len(), 2);
    Ok(())
}

/// What the run says that its only member's snapshot is.
async fn recorded_snapshot(setup: &Setup) -> Result<String, Box<dyn std::error::Error>> {
    let targets = setup.as_auditor().all_targets(&"nightly".into()).await?;
    let artifact = targets[0].artifact.clone().ok_or("the run has a snapshot")?;
    Ok(artifact.snapshot_id.ok_or("the run has a snapshot")?)
}

/// The reply to the root's own snapshot is lost, and somebody else takes one: nobody can tell them apart.
#[test]
fn between_two_new_snapshots_a_person_decides() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).members(1).with_root().build();
        let member = setup.network.manage(callers::operator(), setup.members[0]);
        member.take_snapshot()?; // an old one is nobody's concern
        create(&setup)?;
        drive(&setup, 2)?;
        let fault = Fault {
            callee: None,
            method: Some("take_canister_snapshot".to_string()),
            sender: None,
            skip: 0,
            action: FaultAction::DropReply,
        };
        setup.network.lock().as_sandbox().ok_or("this is the sandbox")?.inject(fault);
        assert!(matches!(drive(&setup, 1), Err(RootError::NoAnswer(_))));
        let own = member.snapshots()?[1].id.clone();
        setup.network.advance(Duration::from_secs(1));
        let foreign = member.take_snapshot()?.id;

        for _ in 0..2 {
            let undecided = drive(&setup, 100).expect_err("two snapshots are new");
            let RootError::OperationFailed { reason, .. } = undecided else {
                return Err(format!("{undecided:?}").into());
            };
            for id in [&own, &foreign] {
                assert!(reason.contains(&hex::encode(id)), "{reason}");
            }
        }
        assert_eq!(member.snapshots()?.len(), 3, "nothing more is taken");
        // An upgrade of the root does not make it forget what there was before.
        let (controller, module) = (callers::controller(), modules::fleet_root());
        let root = setup.root.ok_or("this fleet has a root")?;
        setup.network.lock().upgrade(controller, root, module, candid::encode_args(())?)?;
        member.delete_snapshot(foreign)?;
        assert_eq!(drive(&setup, 100)?.state, RunState::Completed);
        assert_eq!(recorded_snapshot(&setup).await?, hex::encode(own));
        Ok(())
    });
}

async fn only_controllers_of_the_root_are_served(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).with_root().build();
    for caller in [callers::stranger(), callers::auditor(), Principal::anonymous()] {
        let told: Told = ask_as(caller, &setup, "create_run", (setup.coordinator, "nightly"));
        assert_eq!(told, Err(RootError::NotController));
    }
    assert_eq!(setup.as_auditor().all_journals().await?, []);
    Ok(())
}

/// Whatever reply is lost on the way: the root is asked again, and everything has been done once.
#[test]
fn any_lost_reply_is_made_good_by_asking_again() {
    for method in [
        "build_backup_plan",
        "create_journal",
        "resume_summary",
        "get_plan",
        "canister_status",
        "accept_preflight_receipts",
        "list_open_operations",
        "claim_operations",
        "stop_canister",
        "list_canister_snapshots",
        "take_canister_snapshot",
        "start_canister",
        "record_operation_receipts",
    ] {
        on_sandbox(|network| lose_reply(network, method, 0));
    }
}

#[test]
fn any_lost_receipt_is_made_good_by_asking_again() {
    for skip in 1..BATCHES {
        on_sandbox(|network| lose_reply(network, "record_operation_receipts", skip));
        on_sandbox(|network| lose_reply(network, "claim_operations", skip));
    }
}

/// Drives a whole run in which the reply to one call of `method` is lost, after `skip` that are not.
async fn lose_reply(network: Network, method: &str, skip: u32) -> Outcome {
    let setup = Setup::builder(network).members(2).with_root().build();
    let fault = Fault {
        callee: None,
        method: Some(method.to_string()),
        sender: None,
        skip,
        action: FaultAction::DropReply,
    };
    setup.network.lock().as_sandbox().ok_or("this is the sandbox")?.inject(fault);

    let mut unanswered = 0;
    while let Err(error) = create(&setup).and_then(|_| drive(&setup, 100)) {
        assert!(matches!(error, RootError::NoAnswer(_)), "{method}: {error:?}");
        unanswered += 1;
        assert_eq!(unanswered, 1, "{method}: one reply is lost, not more");
    }
    assert_eq!(unanswered, 1, "{method} is called");
    check_done(&setup).await
}
