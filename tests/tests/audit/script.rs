//! What a replay of the log gives is what the coordinator has stored, whatever was done to it.

use crate::{
    setting::audit,
    steps::{Step, World, step},
};
use backup_coordinator_client::journal::{
    api::{DiscardProgress, Role, SealProgress},
    journal::RunState,
    limits::MAX_DRAFT_BATCH,
};
use integration_tests::{Outcome, Setup, fleet, on_sandbox};
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

/// More targets than fit into a batch, a page of blocks or one step of sealing.
fn large(setup: &Setup) -> integration_tests::Driver {
    setup.driver_of(fleet::plan("large", &fleet::paper_fleet(900)))
}

async fn begin(setup: &Setup, run: &integration_tests::Driver) -> Outcome {
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
