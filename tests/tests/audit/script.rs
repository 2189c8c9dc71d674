//! What a replay of the log gives is what the coordinator has stored, whatever was done to it.

use crate::{
    setting::audit,
    steps::{Step, World, step},
};
use backup_coordinator_client::journal::{
    api::{DiscardProgress, Role, SealProgress},
    journal::{DrillReport, RunOutcome, RunState},
    limits::MAX_DRAFT_BATCH,
};
use integration_tests::{Driver, Outcome, Setup, fleet, on_sandbox};
use proptest::{prelude::*, test_runner::FileFailurePersistence};

/// Takes the steps, and audits once on the way and in the end.
fn replay(script: &[Step]) -> (usize, usize, u64) {
    let mut counts = (0, 0, 0);
    on_sandbox(async |network| {
        let setup = Setup::builder(network).build();
        let mut world = World::new(&setup);
        let (first, second) = script.split_at(script.len() / 2);
        for half in [first, second] {
            for step in half {
                world.take(step).await?;
            }
            let verified = audit(&setup).await?;
            counts = (world.accepted, world.refused, verified.replay.length());
        }
        Ok(())
    });
    counts
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_replay_of_any_script_gives_what_is_stored(script in prop::collection::vec(step(), 150)) {
        let (accepted, refused, blocks) = replay(&script);
        println!("{accepted} steps accepted, {refused} refused, {blocks} blocks");
        prop_assert!(refused > 0 && accepted > 0);
    }
}

#[test]
fn a_replay_of_a_whole_backup_gives_what_is_stored() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).members(3).with_root().build();
        let run = setup.driver("nightly");
        run.begin().await?;
        run.finish().await?;
        let verified = audit(&setup).await?;
        let replayed = verified.replay.run(&run.run_id).expect("the run");
        assert_eq!(replayed.details().summary.state, RunState::Completed);
        assert_eq!(verified.replay.length(), 3 + 2 * 16);
        Ok(())
    });
}

/// A restore that is rolled back after its first load, and another one that is not; both of made-up snapshots.
#[test]
fn a_replay_of_restores_and_a_drill_gives_what_is_stored() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let backup = setup.driver_of(fleet::plan("backup", &fleet::paper_fleet(3)));
        backup.begin().await?;
        finish(&setup, &backup).await?;
        let report = DrillReport { proven_targets: 3, note: Some("in the simulator".to_string()) };
        backup.client.record_drill(&backup.run_id, &report).await?;
        audit(&setup).await?;
        for (run_id, rolled_back) in [("first", true), ("second", false)] {
            let selection = fleet::selection(run_id);
            let plan = backup.client.build_restore_plan(&backup.run_id, &selection).await?;
            let run = setup.driver_of(plan);
            run.begin().await?;
            let summary = async || run.client.resume_summary(&run.run_id).await;
            while rolled_back && summary().await?.state != RunState::Contained {
                run.pretend().await?;
                audit(&setup).await?;
            }
            if rolled_back {
                run.client.roll_back_run(&run.run_id, "on purpose").await?;
                audit(&setup).await?;
            }
            finish(&setup, &run).await?;
            let verified = audit(&setup).await?;
            let replayed = verified.replay.run(&run.run_id).expect("the run").details();
            let expected = if rolled_back { RunOutcome::RolledBack } else { RunOutcome::Restored };
            assert_eq!(replayed.summary.outcome, Some(expected));
        }
        Ok(())
    });
}

/// Completes a run in waves, with an upgrade between them.
async fn finish(setup: &Setup, run: &Driver) -> Outcome {
    loop {
        let claimed = run.client.claim_operations(&run.run_id, 2).await?;
        for operation in &claimed {
            run.report(&run.completed(operation)).await?;
        }
        audit(setup).await?;
        setup.upgrade(None)?;
        if run.client.next_ready_operation(&run.run_id).await?.is_none() {
            return Ok(());
        }
    }
}

/// More targets than fit into a batch, a page of blocks or one step of sealing.
fn large(setup: &Setup) -> Driver {
    setup.driver_of(fleet::plan("large", &fleet::paper_fleet(900)))
}

async fn begin(setup: &Setup, run: &Driver) -> Outcome {
    run.client.begin_journal_draft(&run.plan.header).await?;
    let mut start = 0;
    for batch in run.plan.targets.chunks(MAX_DRAFT_BATCH) {
        start = run.client.append_draft_targets(&run.run_id, start, batch).await?.targets;
        setup.upgrade(None)?;
        audit(setup).await?;
    }
    Ok(())
}

#[test]
fn a_replay_of_a_large_draft_gives_what_is_stored() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let run = large(&setup);
        begin(&setup, &run).await?;
        while let SealProgress::Sealing(_) = run.client.seal_journal_draft(&run.run_id).await? {
            setup.upgrade(None)?;
            audit(&setup).await?;
        }
        let receipts = run.preflight("preflight-1");
        run.client.accept_preflight_in_batches(&run.run_id, &receipts).await?;
        for _ in 0..3 {
            run.pretend().await?;
        }
        let verified = audit(&setup).await?;
        let replayed = verified.replay.run(&run.run_id).expect("the run");
        assert_eq!(replayed.starts_owed().len(), 3);
        Ok(())
    });
}

#[test]
fn a_replay_of_a_discarded_draft_gives_what_is_stored() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let run = large(&setup);
        begin(&setup, &run).await?;
        run.client.seal_journal_draft(&run.run_id).await?;
        while run.client.discard_journal_draft(&run.run_id).await? != DiscardProgress::Discarded {
            audit(&setup).await?;
            setup.upgrade(None)?;
        }
        assert_eq!(audit(&setup).await?.replay.drafts(), []);
        run.client.begin_journal_draft(&run.plan.header).await?;
        audit(&setup).await?;
        Ok(())
    });
}

#[test]
fn a_log_of_many_pages_is_fetched_whole() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let administrator = setup.as_administrator();
        for number in 0..260 {
            let (somebody, role) = (fleet::paper_canister(number % 7), Role::Auditor);
            administrator.grant_role(somebody, role).await?;
            administrator.revoke_role(somebody, role).await?;
        }
        assert_eq!(audit(&setup).await?.replay.length(), 521);
        Ok(())
    });
}
