//! What is in the coordinator of which an image is made: something of everything that it stores.

use crate::choices;
use backup_coordinator_client::journal::{
    api::{
        CoordinatorArgs, DiscardProgress, Role, RoleAssignment, SealProgress, SettingsUpdate,
        Visibility,
    },
    fleet::{Discovery, FleetPolicy, FleetUpdate},
    journal::{DrillReport, OperationReceipt, ReceiptOutcome},
    limits::MAX_DRAFT_BATCH,
    plan::ControlAuthoritySource,
    schedule::{Schedule, Timing},
};
use integration_tests::{
    Driver, Outcome, Setup, answers::FLEET, callers, calls, driver::VALIDITY, fleet,
};
use std::time::Duration;

/// More targets than one step of sealing derives operations for.
const LARGE: u32 = 310;

/// Does all that can be done, and lets time pass in between.
pub async fn fill(setup: &Setup) -> Outcome {
    complete(setup).await?;
    restores(setup).await?;
    skipping(setup).await?;
    roles_come_and_go(setup).await?;
    expiring(setup).await?;
    underway(setup).await?;
    unlucky(setup).await?;
    waiting(setup).await?;
    aborts(setup).await?;
    executions(setup).await?;
    dropped(setup).await?;
    choices::make(setup).await?;
    batches(setup).await?;
    preflights(setup).await?;
    drafts(setup).await?;
    setup.network.advance(VALIDITY * 2);
    waiting_for_nothing(setup).await
}

fn run(setup: &Setup, run_id: &str, members: u32) -> Driver {
    // A canister is stopped in one run at a time, so each run has canisters of its own.
    setup.driver_of(fleet::plan(run_id, &fleet::paper_fleet_of(run_id, members)))
}

fn pass(setup: &Setup, seconds: u64) {
    setup.network.advance(Duration::from_secs(seconds));
}

async fn pretend(setup: &Setup, run: &Driver, operations: u32) -> Outcome {
    for _ in 0..operations {
        pass(setup, 3);
        run.pretend().await?;
    }
    Ok(())
}

/// A run that went well, with an upgrade in the middle.
async fn complete(setup: &Setup) -> Outcome {
    let run = run(setup, "complete", 2);
    run.begin().await?;
    pretend(setup, &run, 4).await?;
    setup.upgrade(None)?;
    pretend(setup, &run, 7).await
}

/// A drill of a backup; a restore that was rolled back, and one that is contained.
async fn restores(setup: &Setup) -> Outcome {
    let client = setup.as_operator();
    let registry = fleet::paper_fleet_of("restored", 2);
    let backup = setup.driver_of(fleet::plan("restorable", &registry));
    backup.begin().await?;
    pretend(setup, &backup, 11).await?;
    let report = DrillReport { proven_targets: 2, note: Some("in the simulator".to_string()) };
    client.record_drill(&backup.run_id, &report).await?;
    for run_id in ["rolled-back", "contained"] {
        let selection = fleet::selection(run_id);
        let plan = client.build_restore_plan(&backup.run_id, &selection).await?;
        let run = setup.driver_of(plan);
        run.begin().await?;
        // Two stops, two safety snapshots, and the first load.
        pretend(setup, &run, 5).await?;
        if run_id == "rolled-back" {
            client.roll_back_run(&run.run_id, "on purpose").await?;
            pretend(setup, &run, 3).await?;
        }
    }
    Ok(())
}

/// A run of another fleet, over with a failure and with something left out.
async fn skipping(setup: &Setup) -> Outcome {
    let mut plan = fleet::plan("skipping", &fleet::paper_fleet(1));
    plan.header.fleet = "bakery \"east\"".to_string();
    let run = Driver::new(setup, callers::second_operator(), plan);
    run.begin().await?;
    pretend(setup, &run, 1).await?;
    let claimed = run.claim().await?;
    run.report(&run.failed(&claimed, "the subnet is busy")).await?;
    pass(setup, 5);
    run.client.retry_failed_operation(&run.run_id, claimed.sequence).await?;
    pretend(setup, &run, 2).await?;
    for _ in 0..2 {
        let claimed = run.claim().await?;
        run.report(&run.receipt(&claimed, ReceiptOutcome::Skipped)).await?;
    }
    pretend(setup, &run, 1).await
}

/// A run that is being aborted, of which a start was settled, and one that is over.
async fn aborts(setup: &Setup) -> Outcome {
    for run_id in ["aborting", "aborted"] {
        let run = run(setup, run_id, 2);
        run.begin().await?;
        let claimed = run.client.claim_operations(&run.run_id, 100).await?;
        let receipts: Vec<_> = claimed.iter().map(|row| run.completed(row)).collect();
        run.client.record_operation_receipts(&run.run_id, &receipts).await?;
        run.client.abort_run(&run.run_id, "on purpose").await?;
        if run_id == "aborting" {
            let stopped = claimed.iter().find_map(|row| row.target_canister_id);
            let client = setup.as_administrator();
            client.settle_start(&run.run_id, stopped.ok_or("a target")?, "it runs").await?;
        }
        if run_id == "aborted" {
            while run.client.next_ready_operation(&run.run_id).await?.is_some() {
                pretend(setup, &run, 1).await?;
            }
        }
    }
    Ok(())
}

/// Runs that the coordinator executes: one that waits, one that is paused, and one that is planned.
async fn executions(setup: &Setup) -> Outcome {
    calls::begin_executions(setup).await?;
    let (client, paused) = (setup.as_operator(), "paused".into());
    client.resume_execution(&paused).await?;
    client.pause_execution(&paused, "once more").await?;
    client.set_restart_deadline(&"waiting".into(), 3_600).await?;
    // No backup is begun beside the one that is planned.
    let hourly = Schedule {
        timing: Timing::EverySeconds(3_600),
        window_seconds: None,
        paused: false,
        keep_on_network: None,
    };
    setup.as_administrator().set_schedule(&"planned".into(), &hourly).await?;
    pass(setup, 3_600);
    setup.network.lock().run();
    Ok(())
}

/// A fleet whose snapshots are dropped. Its canisters are gone, and their snapshots with them.
async fn dropped(setup: &Setup) -> Outcome {
    let registry = fleet::paper_fleet_of("dropped", 2);
    let mut plan = fleet::plan("dropped", &registry);
    plan.header.fleet = "dropped".to_string();
    let run = setup.driver_of(plan);
    run.begin().await?;
    for number in 0..11_u8 {
        let claimed = run.claim().await?;
        let receipt = run.completed(&claimed);
        let snapshot_id = receipt.snapshot_id.as_ref().map(|_| hex::encode([number]));
        run.report(&OperationReceipt { snapshot_id, ..receipt }).await?;
    }
    let administrator = setup.as_administrator();
    administrator.register_fleet(&fleet::registration("dropped", &registry)).await?;
    administrator.drop_snapshots(&"dropped".into(), false).await?;
    pass(setup, 60);
    setup.network.lock().run();
    Ok(())
}

async fn roles_come_and_go(setup: &Setup) -> Outcome {
    let administrator = setup.as_administrator();
    let somebody = fleet::paper_canister(7_000);
    administrator.grant_role(somebody, Role::Operator).await?;
    administrator.grant_role(somebody, Role::Auditor).await?;
    administrator.grant_role(callers::stranger(), Role::Operator).await?;
    pass(setup, 60);
    administrator.revoke_role(callers::stranger(), Role::Operator).await?;
    administrator.revoke_role(somebody, Role::Auditor).await?;
    for role in [Role::Operator, Role::Administrator] {
        administrator.grant_role_for(somebody, role, &FLEET.into()).await?;
    }
    administrator.revoke_role_for(somebody, Role::Operator, &FLEET.into()).await?;
    let principal = fleet::paper_canister(7_001);
    setup.upgrade(Some(CoordinatorArgs {
        roles: vec![RoleAssignment { principal, role: Role::Auditor, fleet: None }],
        visibility: Some(Visibility::Public),
        restart_overdue_after_seconds: Some(900),
    }))?;
    let update = SettingsUpdate { restart_overdue_after_seconds: Some(600), ..Default::default() };
    administrator.update_settings(update).await?;
    fleets(setup).await
}

/// A fleet that was changed, one whose members are arriving, and one that was removed.
async fn fleets(setup: &Setup) -> Outcome {
    let administrator = setup.as_administrator();
    let registry = fleet::paper_fleet(4);
    for name in [FLEET, "gone"] {
        administrator.register_fleet(&fleet::registration(name, &registry)).await?;
    }
    let update = FleetUpdate {
        policy: Some(FleetPolicy { max_attempts: 2, ..FleetPolicy::default() }),
        removed: vec![registry[4].canister_id],
        set: vec![registry[1].clone()],
        discovery: Some(Discovery {
            canister_id: registry[0].canister_id,
            method: "members".to_string(),
        }),
        ..FleetUpdate::default()
    };
    administrator.update_fleet(&FLEET.into(), &update).await?;
    let timing = Timing::Cron("30 3 * * *".to_string());
    let schedule =
        Schedule { timing, window_seconds: Some(7_200), paused: false, keep_on_network: None };
    for name in [FLEET, "gone"] {
        administrator.set_schedule(&name.into(), &schedule).await?;
    }
    administrator.remove_schedule(&"gone".into()).await?;
    administrator.remove_whole_fleet(&"gone".into()).await?;
    let mut arriving = fleet::registration("arriving", &registry[..1]);
    arriving.expected_members = Some(9);
    administrator.register_fleet(&arriving).await?;
    administrator.append_fleet_members(&arriving.fleet, 1, &registry[1..3]).await?;
    Ok(())
}

/// A run whose preflight is no longer fresh when the image is made, and was replaced once.
async fn expiring(setup: &Setup) -> Outcome {
    let run = run(setup, "expiring", 1);
    run.create().await?;
    run.accept(&run.preflight("preflight-0")).await?;
    setup.network.advance(VALIDITY + Duration::from_secs(1));
    run.accept_preflight().await?;
    Ok(())
}

/// Preflight by its id alone, all is stopped, and a snapshot is being taken.
async fn underway(setup: &Setup) -> Outcome {
    let run = run(setup, "underway", 2);
    run.create().await?;
    run.client.accept_preflight_bundle(&run.run_id, &"preflight-1".into()).await?;
    pretend(setup, &run, 3).await?;
    run.claim().await?;
    Ok(())
}

/// A failed operation, with everything that a receipt can say, and a run in which one was retried.
async fn unlucky(setup: &Setup) -> Outcome {
    let failed = run(setup, "failed", 2);
    failed.begin().await?;
    pretend(setup, &failed, 2).await?;
    let claimed = failed.claim().await?;
    let receipt = OperationReceipt {
        snapshot_id: Some("half a snapshot".to_string()),
        artifact_path: Some("snapshots/half".to_string()),
        checksum: Some("c0ffee".to_string()),
        ..failed.failed(&claimed, "out of \"cycles\",\nor nearly so")
    };
    failed.report(&receipt).await?;

    let retried = run(setup, "retried", 1);
    retried.begin().await?;
    for _ in 0..2 {
        let claimed = retried.claim().await?;
        retried.report(&retried.failed(&claimed, "no answer")).await?;
        pass(setup, 30);
    }
    let next = retried.client.next_ready_operation(&retried.run_id).await?;
    let next = next.ok_or("the failed operation is the next one")?;
    retried.client.retry_failed_operation(&retried.run_id, next.sequence).await?;
    Ok(())
}

/// Runs without a preflight: one that is untouched, and one whose first check is claimed.
async fn waiting(setup: &Setup) -> Outcome {
    run(setup, "waiting", 1).create().await?;
    let checking = run(setup, "checking", 1);
    checking.create().await?;
    checking.claim().await?;
    Ok(())
}

async fn append(run: &Driver, targets: std::ops::Range<usize>) -> Outcome {
    let mut start = u32::try_from(targets.start)?;
    for batch in run.plan.targets[targets].chunks(MAX_DRAFT_BATCH) {
        start = run.client.append_draft_targets(&run.run_id, start, batch).await?.targets;
    }
    Ok(())
}

/// A run that was drafted, whose operations fill more than one page; some are stopped.
async fn batches(setup: &Setup) -> Outcome {
    let run = run(setup, "batches", 7);
    run.client.begin_journal_draft(&run.plan.header).await?;
    append(&run, 0..4).await?;
    pass(setup, 3);
    append(&run, 4..7).await?;
    run.client.seal_journal_draft(&run.run_id).await?;
    run.accept_preflight().await?;
    pretend(setup, &run, 9).await
}

/// Preflights whose receipts came in batches: one that is accepted, and one whose other half is missing, while
/// what the one before has proven is still shown.
async fn preflights(setup: &Setup) -> Outcome {
    let (half, all) = (run(setup, "half", 3), run(setup, "all", 3));
    half.begin().await?;
    all.create().await?;
    all.client.accept_preflight_in_batches(&all.run_id, &all.preflight("preflight-1")).await?;
    setup.network.advance(VALIDITY + Duration::from_secs(1));
    let mut receipts = half.preflight("preflight-2");
    for receipt in &mut receipts.control_authority {
        receipt.authority.source = ControlAuthoritySource::RootController;
    }
    let (start, batch) = &receipts.batches(2)[0];
    half.client.append_preflight_receipts(&half.run_id, *start, batch).await?;
    Ok(())
}

/// Drafts in every phase, and one that is gone.
async fn drafts(setup: &Setup) -> Outcome {
    let arriving = run(setup, "arriving", 6);
    arriving.client.begin_journal_draft(&arriving.plan.header).await?;
    append(&arriving, 0..2).await?;
    append(&arriving, 2..3).await?;

    let sealing = run(setup, "sealing", LARGE);
    sealing.client.begin_journal_draft(&sealing.plan.header).await?;
    append(&sealing, 0..LARGE as usize).await?;
    let step = sealing.client.seal_journal_draft(&sealing.run_id).await?;
    assert!(matches!(step, SealProgress::Sealing(_)), "it is sealed at once");

    let gone = run(setup, "gone", 1);
    let leaving = run(setup, "leaving", 3);
    for run in [&gone, &leaving] {
        run.client.begin_journal_draft(&run.plan.header).await?;
        append(run, 0..1).await?;
        run.client.discard_journal_draft(&run.run_id).await?;
    }
    let step = gone.client.discard_journal_draft(&gone.run_id).await?;
    assert_eq!(step, DiscardProgress::Discarded);
    Ok(())
}

/// The last thing: a run after a draft's number was given up.
async fn waiting_for_nothing(setup: &Setup) -> Outcome {
    run(setup, "last", 1).begin().await?;
    // Counts of refusals and costs begin again, so that the figures are of what is stored.
    setup.upgrade(None)?;
    Ok(())
}
