//! Many runs, and runs of many operations: pages reach every end of them.

use backup_coordinator_client::journal::{
    Sequence, Timestamp,
    journal::{OperationState, Stage},
    plan::BackupOperationKind as Kind,
};
use integration_tests::{Network, Outcome, Setup, fleet, records, scenarios};

scenarios![five_hundred_runs_page_by_page, a_run_of_five_thousand_operations];

async fn five_hundred_runs_page_by_page(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (client, fleet) = (setup.as_operator(), fleet::paper_fleet(1));
    let ids: Vec<_> = (0..500).map(|number| fleet::run(&format!("run-{number}"))).collect();
    for id in &ids {
        client.create_journal(&fleet::plan(id.as_str(), &fleet)).await?;
    }

    let auditor = setup.as_auditor();
    for limit in [500, 499, 64] {
        let (mut listed, mut next) = (Vec::new(), Some(0));
        while let Some(start) = next {
            let page = auditor.list_journals(start, limit).await?;
            assert!(page.items.len() <= limit as usize);
            assert_eq!(page.total, 500);
            listed.extend(page.items.into_iter().map(|summary| summary.run_id));
            next = page.next;
        }
        assert_eq!(listed, ids, "in pages of {limit}");
    }
    let last = auditor.list_journals(500, 1).await?;
    assert_eq!((last.items, last.next, last.total), (vec![], None, 500));
    assert_eq!(auditor.all_audit_events().await?.len(), 501);
    Ok(())
}

async fn a_run_of_five_thousand_operations(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let plan = fleet::plan("fleet-of-1000", &fleet::paper_fleet(1_000));
    let run = setup.driver_of(plan);
    let created = run.create().await?;
    assert_eq!((created.total_targets, created.total_operations), (1_000, 5_005));
    run.accept_preflight().await?;
    let first = run.client.list_operations(&run.run_id, 0, 500).await?;
    let last = run.client.list_operations(&run.run_id, 5_000, 500).await?;
    assert_eq!((first.items.len(), first.next), (500, Some(500)));
    assert_eq!((last.items.len(), last.next), (5, None));
    assert_eq!(last.items[4].kind, Kind::FinalizeManifest);
    assert_eq!(last.items[4].sequence, Sequence(5_004));
    check_ends(&setup, &run).await?;

    for _ in 0..1_001 {
        run.pretend().await?;
    }
    let summary = run.client.resume_summary(&run.run_id).await?;
    assert_eq!((summary.stage, summary.starts_owed), (Some(Stage::Snapshot), 1_000));
    assert_eq!(summary.operations.completed, 4 + 1_001);
    let page = run.client.list_operation_receipts(&run.run_id, 1_000, 500).await?;
    assert_eq!((page.items.len(), page.total), (1, 1_001));
    check_starts_owed(&run).await
}

/// The pages of targets at both ends, whatever page of storage they lie in.
async fn check_ends(setup: &Setup, run: &integration_tests::Driver) -> Outcome {
    for (start, limit) in [(0, 1), (0, 33), (31, 2), (500, 500), (968, 500), (999, 1)] {
        let page = run.client.get_plan(&run.run_id, start, limit).await?.targets;
        let ids: Vec<_> = page.items.iter().map(|target| target.canister_id).collect();
        let expected = run.plan.targets.iter().skip(usize::try_from(start)?);
        let expected: Vec<_> =
            expected.take(limit as usize).map(|target| target.canister_id).collect();
        assert_eq!(ids, expected, "from {start}, at most {limit}");
    }
    let record = records::run(setup, "fleet-of-1000").await?;
    for (expected, found) in run.plan.phases.iter().zip(&record.operations).skip(4) {
        assert_eq!(found.state, OperationState::Ready);
        assert_eq!(found.operation_id, expected.operation_id);
        assert_eq!(
            (found.kind, found.target_canister_id),
            (expected.kind, expected.target_canister_id)
        );
    }
    Ok(())
}

/// A thousand stopped canisters, fetched page by page, each of them once.
async fn check_starts_owed(run: &integration_tests::Driver) -> Outcome {
    let mut owed = Vec::new();
    loop {
        let after =
            owed.last().map(|start: &backup_coordinator_client::journal::api::StartOwed| {
                assert_ne!(start.owed.since, Timestamp(0));
                start.canister_id
            });
        let page = run.client.list_starts_owed(&run.run_id, after, 300).await?;
        if page.is_empty() {
            break;
        }
        owed.extend(page);
    }
    let mut owed: Vec<_> = owed.into_iter().map(|start| start.canister_id).collect();
    owed.dedup();
    let mut targets: Vec<_> = run.plan.targets.iter().map(|target| target.canister_id).collect();
    targets.sort();
    assert_eq!(owed, targets);
    Ok(())
}
