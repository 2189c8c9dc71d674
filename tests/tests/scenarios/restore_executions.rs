//! The coordinator restores a fleet by itself, from snapshots that are still on the network.

use crate::executions::{FLEET, all_run, finish, registered, skipping, step_until};
use backup_coordinator_client::journal::{
    RunId, Timestamp,
    api::CoordinatorError as Error,
    execution::{BackupRequest, ExecutionError, ExecutionPhase, RestoreRequest},
    fleet::FleetPolicy,
    journal::{
        JournalError as Journal, OperationReceipt, ReceiptOutcome, RestoreProgress, RunOutcome,
        RunState,
    },
    plan::{BackupOperationKind as Kind, PlanError},
};
use candid::Principal;
use ic_management_canister_types::CanisterStatusType;
use integration_tests::{
    Network, Outcome, Setup, assert_refused, callers, records::Records, scenarios,
};
use std::{error::Error as StdError, time::Duration};

scenarios![
    one_call_restores_a_fleet,
    a_part_of_a_fleet_is_restored,
    upgrades_in_the_midst_of_a_restore_lose_nothing,
    what_is_against_a_restore_is_told_before_anything_is_stopped,
    a_restore_that_is_aborted_before_its_first_load_leaves_all_as_it_was,
    a_load_that_is_refused_rolls_the_fleet_back,
    a_fleet_that_cannot_be_rolled_back_is_contained,
    a_roll_back_that_cannot_be_done_is_reported_by_hand,
    a_restore_is_undone_by_another_restore,
];

/// A fleet with a backup on the network, and members that have changed since.
struct Ruined {
    setup: Setup,
    backup: RunId,
}

/// What the members count in the backup, and after it.
const SAVED: u64 = 1;
const SINCE: u64 = 3;

impl Ruined {
    async fn new(network: Network, members: u32) -> Result<Self, Box<dyn StdError>> {
        let setup = registered(network, members).await?;
        let ruined = Self { backup: "backup".into(), setup };
        ruined.bump(SAVED)?;
        let request = BackupRequest { run_id: Some(ruined.backup.clone()), ..skipping() };
        ruined.setup.as_operator().start_backup(&FLEET.into(), &request).await?;
        finish(&ruined.setup, &ruined.backup).await?;
        ruined.bump(SINCE - SAVED)?;
        assert_eq!(ruined.values()?, vec![SINCE; members as usize]);
        Ok(ruined)
    }

    fn bump(&self, times: u64) -> Outcome {
        for member in &self.setup.members {
            for _ in 0..times {
                let network = &self.setup.network;
                network.update::<u64>(callers::stranger(), *member, "bump", ())?;
            }
        }
        Ok(())
    }

    /// What the members count.
    fn values(&self) -> Result<Vec<u64>, Box<dyn StdError>> {
        let value = |member: &Principal| {
            self.setup.network.query::<u64>(callers::stranger(), *member, "value", ())
        };
        Ok(self.setup.members.iter().map(value).collect::<Result<_, _>>()?)
    }

    /// Every member runs, and has counted so far.
    fn check(&self, expected: u64) -> Outcome {
        all_run(&self.setup)?;
        assert_eq!(self.values()?, vec![expected; self.setup.members.len()]);
        Ok(())
    }

    /// Begins a restore.
    async fn start(&self) -> Result<RunId, Box<dyn StdError>> {
        let request =
            RestoreRequest { run_id: Some("restore".into()), ..RestoreRequest::default() };
        let started = self.setup.as_operator().start_restore(&self.backup, &request).await?;
        assert_eq!(started.phase, ExecutionPhase::Preflight);
        Ok(started.run_id)
    }

    /// Deletes the snapshot of the backup.
    fn delete_saved(&self, member: Principal) -> Outcome {
        let managed = self.setup.network.manage(callers::operator(), member);
        let oldest = managed.snapshots()?.into_iter().min_by_key(|it| it.taken_at_timestamp);
        managed.delete_snapshot(oldest.ok_or("it has a snapshot")?.id)?;
        Ok(())
    }
}

async fn one_call_restores_a_fleet(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 6).await?;
    let setup = &ruined.setup;
    let preview =
        setup.as_operator().preview_restore(&ruined.backup, &RestoreRequest::default()).await?;
    assert_eq!((preview.targets, preview.problems.len(), preview.free_snapshots), (7, 0, 9));

    let run_id = ruined.start().await?;
    let (status, summary) = finish(setup, &run_id).await?;
    assert_eq!(status.problem, None);
    assert_eq!((summary.state, summary.starts_owed), (RunState::Completed, 0));
    assert_eq!(summary.outcome, Some(RunOutcome::Restored));
    let done = RestoreProgress {
        loads: 7,
        loads_claimed: 7,
        loads_over: 7,
        verified: 7,
        ..RestoreProgress::default()
    };
    assert_eq!((status.restore, summary.restore), (Some(done), Some(done)));
    ruined.check(SAVED)?;
    for member in setup.members.iter().chain(&setup.root) {
        let snapshots = setup.network.manage(callers::operator(), *member).snapshots()?;
        assert_eq!(snapshots.len(), 2, "{member}: the backup's and the safety snapshot");
    }
    Records::of(setup).await?.check();
    Ok(())
}

async fn a_part_of_a_fleet_is_restored(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 3).await?;
    let operator = ruined.setup.as_operator();
    let only = |members: Vec<Principal>| RestoreRequest {
        members: Some(members),
        ..RestoreRequest::default()
    };
    let unknown = Principal::from_slice(&[7]);
    assert_refused!(
        operator.start_restore(&ruined.backup, &only(vec![unknown])).await,
        Error::InvalidPlan(PlanError::CanisterNotInRegistry { canister_id }) if canister_id == unknown
    );
    assert_refused!(
        operator.start_restore(&"nothing".into(), &RestoreRequest::default()).await,
        Error::RunNotFound { .. }
    );
    let member = ruined.setup.members[1];
    let started = operator.start_restore(&ruined.backup, &only(vec![member])).await?;
    assert!(started.run_id.as_str().starts_with("shop-restore-"), "{}", started.run_id);
    assert_refused!(
        operator.start_restore(&ruined.backup, &RestoreRequest::default()).await,
        Error::Execution(ExecutionError::FleetBusy { .. })
    );
    let (_, summary) = finish(&ruined.setup, &started.run_id).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::Restored));
    assert_eq!(ruined.values()?, [SINCE, SAVED, SINCE]);
    all_run(&ruined.setup)
}

async fn upgrades_in_the_midst_of_a_restore_lose_nothing(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 6).await?;
    let run_id = ruined.start().await?;
    let coordinator = ruined.setup.network.manage(callers::controller(), ruined.setup.coordinator);
    for _ in 0..8 {
        coordinator.stop()?;
        ruined.setup.upgrade(None)?;
        coordinator.start()?;
    }
    let (_, summary) = finish(&ruined.setup, &run_id).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::Restored));
    ruined.check(SAVED)?;
    Records::of(&ruined.setup).await?.check();
    Ok(())
}

async fn what_is_against_a_restore_is_told_before_anything_is_stopped(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 3).await?;
    let (setup, request) = (&ruined.setup, RestoreRequest::default());
    let lost = setup.members[1];
    ruined.delete_saved(lost)?;
    let preview = setup.as_operator().preview_restore(&ruined.backup, &request).await?;
    let problems: Vec<_> = preview.problems.iter().map(|problem| problem.canister_id).collect();
    assert_eq!(problems, [lost]);

    let run_id = ruined.start().await?;
    let (status, summary) = finish(setup, &run_id).await?;
    assert_eq!((summary.state, summary.outcome), (RunState::Aborted, Some(RunOutcome::Nothing)));
    let problem = status.problem.ok_or("the problem is told")?;
    assert!(
        problem.contains(&lost.to_text()) && problem.contains("not on the network"),
        "{problem}"
    );
    assert_eq!(status.deadline.and_then(|deadline| deadline.at), None, "nothing was stopped");
    ruined.check(SINCE)
}

async fn a_restore_that_is_aborted_before_its_first_load_leaves_all_as_it_was(
    network: Network,
) -> Outcome {
    let ruined = Ruined::new(network, 6).await?;
    let run_id = ruined.start().await?;
    step_until(&ruined.setup, &run_id, |summary| summary.starts_owed > 0).await?;
    ruined.setup.as_operator().abort_run(&run_id, "not tonight").await?;
    let (_, summary) = finish(&ruined.setup, &run_id).await?;
    assert_eq!((summary.state, summary.outcome), (RunState::Aborted, Some(RunOutcome::Nothing)));
    ruined.check(SINCE)?;
    Records::of(&ruined.setup).await?.check();
    Ok(())
}

/// All are stopped, and a snapshot that is to be loaded is gone.
async fn a_load_that_is_refused_rolls_the_fleet_back(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 6).await?;
    let run_id = ruined.start().await?;
    step_until(&ruined.setup, &run_id, |summary| summary.starts_owed == 7).await?;
    ruined.delete_saved(ruined.setup.members[2])?;
    let (status, summary) = finish(&ruined.setup, &run_id).await?;
    let problem = status.problem.ok_or("the problem is told")?;
    assert!(problem.contains(&ruined.setup.members[2].to_text()), "{problem}");
    assert!(summary.abort.is_some_and(|abort| abort.rolled_back));
    assert_eq!((summary.state, summary.outcome), (RunState::Aborted, Some(RunOutcome::RolledBack)));
    ruined.check(SINCE)?;
    Records::of(&ruined.setup).await?.check();
    Ok(())
}

/// The coordinator loses a member in the midst of the loads: nothing is started, whatever the deadline, until it has the
/// member back.
async fn a_fleet_that_cannot_be_rolled_back_is_contained(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 4).await?;
    let setup = &ruined.setup;
    let policy = FleetPolicy { restart_within_seconds: 120, ..FleetPolicy::default() };
    let request = RestoreRequest { policy: Some(policy), ..RestoreRequest::default() };
    let operator = setup.as_operator();
    let run_id = operator.start_restore(&ruined.backup, &request).await?.run_id;
    let claimed = |restore: Option<RestoreProgress>| restore.is_some_and(|it| it.loads_claimed > 0);
    step_until(setup, &run_id, |summary| claimed(summary.restore)).await?;
    let lost = setup.network.manage(callers::operator(), setup.members[3]);
    lost.set_controllers(vec![callers::controller(), callers::operator()])?;
    assert_refused!(
        operator.abort_run(&run_id, "enough").await,
        Error::Journal(Journal::Contained { .. })
    );
    for _ in 0..60 {
        setup.network.advance(Duration::from_secs(10));
        setup.network.lock().run();
    }
    for member in setup.members.iter().chain(&setup.root) {
        let managed = setup.network.manage(callers::operator(), *member);
        assert_eq!(managed.status()?, CanisterStatusType::Stopped, "{member}");
    }
    let status = operator.execution_status(&run_id).await?;
    assert_eq!(status.state, RunState::Contained);
    let at = status.deadline.and_then(|deadline| deadline.at).ok_or("there is a deadline")?;
    assert!(at < Timestamp(setup.network.now()), "the deadline has passed");
    let waiting = status.waiting.iter().find(|it| it.canister_id == setup.members[3]);
    assert!(waiting.is_some(), "{status:?}");

    let coordinator = setup.coordinator;
    lost.set_controllers(vec![callers::controller(), callers::operator(), coordinator])?;
    let (_, summary) = finish(setup, &run_id).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::RolledBack));
    ruined.check(SINCE)?;
    Records::of(setup).await?.check();
    Ok(())
}

/// Somebody has deleted both snapshots of a member. The coordinator tries until somebody reports what has become of it.
async fn a_roll_back_that_cannot_be_done_is_reported_by_hand(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 4).await?;
    let (setup, operator) = (&ruined.setup, ruined.setup.as_operator());
    let run_id = ruined.start().await?;
    let lost = setup.members[3];
    step_until(setup, &run_id, |summary| summary.starts_owed == 5).await?;
    ruined.delete_saved(lost)?;
    let claimed = |restore: Option<RestoreProgress>| restore.is_some_and(|it| it.loads_claimed > 0);
    step_until(setup, &run_id, |summary| claimed(summary.restore)).await?;
    let managed = setup.network.manage(callers::operator(), lost);
    managed.delete_snapshot(managed.snapshots()?.remove(0).id)?;
    for _ in 0..30 {
        setup.network.advance(Duration::from_secs(10));
        setup.network.lock().run();
    }
    let status = operator.execution_status(&run_id).await?;
    assert_eq!(status.state, RunState::Contained);
    let waiting: Vec<_> = status.waiting.iter().map(|it| (it.kind, it.canister_id)).collect();
    assert_eq!(waiting, [(Kind::RollBack, lost)], "all others are rolled back");

    let operations = operator.all_operations(&run_id).await?;
    let roll_back = operations.iter().find(|it| it.sequence == status.waiting[0].sequence);
    let roll_back = roll_back.ok_or("it is an operation")?;
    let summary = operator.resume_summary(&run_id).await?;
    let preflight = summary.preflight.map(|preflight| preflight.preflight_id);
    let skipped = ReceiptOutcome::Skipped;
    let receipt =
        OperationReceipt::new(summary.plan_id, run_id.clone(), preflight, roll_back, skipped);
    operator.record_operation_receipt(&run_id, &receipt).await?;
    let (_, summary) = finish(setup, &run_id).await?;
    assert_eq!((summary.state, summary.outcome), (RunState::Aborted, Some(RunOutcome::Partial)));
    ruined.check(SINCE)?;
    Records::of(setup).await?.check();
    Ok(())
}

/// The safety snapshots of a restore are snapshots of a run as well.
async fn a_restore_is_undone_by_another_restore(network: Network) -> Outcome {
    let ruined = Ruined::new(network, 2).await?;
    let run_id = ruined.start().await?;
    finish(&ruined.setup, &run_id).await?;
    ruined.check(SAVED)?;
    let operator = ruined.setup.as_operator();
    let undo = operator.start_restore(&run_id, &RestoreRequest::default()).await?.run_id;
    let (_, summary) = finish(&ruined.setup, &undo).await?;
    assert_eq!(summary.outcome, Some(RunOutcome::Restored));
    ruined.check(SINCE)
}
