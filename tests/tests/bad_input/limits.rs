//! One more than each limit allows, and exactly as much.

use crate::Victim;
use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, Role},
    limits::{
        LimitExceeded, MAX_DRAFT_BATCH, MAX_NAME_BYTES, MAX_OPEN_DRAFTS, MAX_PLAN_OPERATIONS,
        MAX_PLAN_TARGETS, MAX_PREFLIGHT_BATCH, MAX_REGISTRY_ENTRIES, MAX_ROLE_HOLDERS,
        MAX_TEXT_BYTES, MAX_WAVE_BATCH,
    },
    plan::{BackupOperation, BackupPlan},
    preflight::PreflightReceipts,
};
use integration_tests::{
    Driver, Network, Outcome, Setup, assert_refused, fleet, records::Records, scenarios,
};

scenarios![
    names_of_a_plan,
    targets_of_a_plan,
    operations_of_a_plan,
    entries_of_a_registry,
    texts_of_a_receipt,
    receipts_of_one_call,
    receipts_of_a_preflight,
    receipts_of_a_batch,
    targets_of_a_batch,
    open_drafts,
    holders_of_roles,
];

/// A change that makes something too large.
type Spoil<T> = (&'static str, fn(&mut T));

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

fn is_limit(limit: &LimitExceeded, what: &str, maximum: usize) -> bool {
    (limit.what.as_str(), limit.maximum, limit.actual) == (what, maximum as u64, maximum as u64 + 1)
}

async fn names_of_a_plan(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let client = victim.setup.as_operator();
    let spoils: [Spoil<BackupPlan>; 8] = [
        ("plan_id", |plan| plan.header.plan_id = long(MAX_NAME_BYTES + 1).into()),
        ("run_id", |plan| plan.header.run_id = long(MAX_NAME_BYTES + 1).into()),
        ("fleet", |plan| plan.header.fleet = long(MAX_NAME_BYTES + 1)),
        ("network", |plan| plan.header.network = long(MAX_NAME_BYTES + 1)),
        ("topology_hash_before_quiesce", |plan| {
            plan.header.topology_hash_before_quiesce = long(MAX_NAME_BYTES + 1);
        }),
        ("targets[].role", |plan| plan.targets[0].role = Some(long(MAX_NAME_BYTES + 1))),
        ("targets[].expected_module_hash", |plan| {
            plan.targets[1].expected_module_hash = Some(long(MAX_NAME_BYTES + 1));
        }),
        ("phases[].operation_id", |plan| plan.phases[9].operation_id = long(MAX_NAME_BYTES + 1)),
    ];
    for (what, spoil) in spoils {
        let mut plan = fleet::plan("new", &fleet::paper_fleet(2));
        spoil(&mut plan);
        assert_refused!(
            client.create_journal(&plan).await,
            Error::LimitExceeded(limit) if is_limit(&limit, what, MAX_NAME_BYTES)
        );
    }
    victim.check_unchanged().await?;

    let mut longest = fleet::plan("new", &fleet::paper_fleet(2));
    longest.header.run_id = long(MAX_NAME_BYTES).into();
    longest.header.fleet = long(MAX_NAME_BYTES);
    client.create_journal(&longest).await?;
    client.resume_summary(&longest.header.run_id).await?;
    Ok(())
}

async fn targets_of_a_plan(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let mut plan = fleet::plan("new", &fleet::paper_fleet(1_001));
    plan.phases.truncate(MAX_PLAN_OPERATIONS);
    assert_refused!(
        victim.setup.as_operator().create_journal(&plan).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "targets", MAX_PLAN_TARGETS)
    );
    victim.check_unchanged().await
}

/// A plan of exactly so many operations: of several preflight operations of one kind the first counts.
fn plan_of(operations: usize) -> BackupPlan {
    let mut plan = fleet::plan("new", &fleet::paper_fleet(1));
    let again = plan.phases[0].clone();
    for number in plan.phases.len()..operations {
        let operation_id = format!("validate-again-{number}");
        plan.phases.insert(4, BackupOperation { operation_id, ..again.clone() });
    }
    for (order, operation) in (0..).zip(&mut plan.phases) {
        operation.order = order;
    }
    plan
}

async fn operations_of_a_plan(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let client = victim.setup.as_operator();
    assert_refused!(
        client.create_journal(&plan_of(MAX_PLAN_OPERATIONS + 1)).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "phases", MAX_PLAN_OPERATIONS)
    );
    victim.check_unchanged().await?;
    let created = client.create_journal(&plan_of(MAX_PLAN_OPERATIONS)).await?;
    assert_eq!(created.total_operations as usize, MAX_PLAN_OPERATIONS);
    Ok(())
}

async fn entries_of_a_registry(network: Network) -> Outcome {
    let victim = Victim::new(network).await?;
    let client = victim.setup.as_operator();
    let mut registry = fleet::paper_fleet(u32::try_from(MAX_REGISTRY_ENTRIES)?);
    for entry in &mut registry {
        entry.module_hash = None;
    }
    let mut input = fleet::plan_input("new", &[registry[0].clone()]);
    input.registry.clone_from(&registry);
    for refused in [
        client.build_backup_plan(&input).await.map(drop),
        client.resolve_backup_selector(&registry, "member-0").await.map(drop),
    ] {
        assert_refused!(
            refused,
            Error::LimitExceeded(limit) if is_limit(&limit, "registry", MAX_REGISTRY_ENTRIES)
        );
    }
    registry.pop();
    client.resolve_backup_selector(&registry, "member-9998").await?;
    victim.check_unchanged().await
}

/// A run with its first operation claimed.
async fn claimed(
    setup: &Setup,
) -> Result<
    (Driver, backup_coordinator_client::journal::journal::Operation),
    backup_coordinator_client::ClientError,
> {
    let run = setup.driver_of(fleet::plan("new", &fleet::paper_fleet(1)));
    run.begin().await?;
    let operation = run.claim().await?;
    Ok((run, operation))
}

async fn texts_of_a_receipt(network: Network) -> Outcome {
    use backup_coordinator_client::journal::journal::OperationReceipt as Receipt;
    let setup = Setup::builder(network).build();
    let (run, operation) = claimed(&setup).await?;
    let before = Records::of(&setup).await?;
    let spoils: [Spoil<Receipt>; 5] = [
        ("operation_id", |receipt| receipt.operation_id = long(MAX_NAME_BYTES + 1)),
        ("snapshot_id", |receipt| receipt.snapshot_id = Some(long(MAX_TEXT_BYTES + 1))),
        ("artifact_path", |receipt| receipt.artifact_path = Some(long(MAX_TEXT_BYTES + 1))),
        ("checksum", |receipt| receipt.checksum = Some(long(MAX_TEXT_BYTES + 1))),
        ("failure_reason", |receipt| receipt.failure_reason = Some(long(MAX_TEXT_BYTES + 1))),
    ];
    for (what, spoil) in spoils {
        let mut receipt = run.failed(&operation, "on purpose");
        spoil(&mut receipt);
        assert_refused!(
            run.report(&receipt).await,
            Error::LimitExceeded(limit)
                if limit.what == what && limit.actual == limit.maximum + 1
        );
    }
    assert_eq!(Records::of(&setup).await?, before);
    run.report(&run.failed(&operation, &long(MAX_TEXT_BYTES))).await?;
    Ok(())
}

async fn receipts_of_one_call(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (run, operation) = claimed(&setup).await?;
    let (client, run_id) = (setup.as_operator(), &run.plan.header.run_id);
    let before = Records::of(&setup).await?;
    let short = run.failed(&operation, "on purpose");
    assert_refused!(
        client.record_operation_receipts(run_id, &vec![short.clone(); MAX_WAVE_BATCH + 1]).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "receipts", MAX_WAVE_BATCH)
    );
    let longest = run.failed(&operation, &long(MAX_TEXT_BYTES));
    assert_refused!(
        client.record_operation_receipts(run_id, &vec![longest.clone(); MAX_WAVE_BATCH]).await,
        Error::LimitExceeded(limit)
            if limit.what == "bytes of receipts" && limit.actual > limit.maximum
    );
    assert_eq!(Records::of(&setup).await?, before);
    // Each by itself: the first is recorded, the others repeat it.
    let answers = client.record_operation_receipts(run_id, &vec![short; MAX_WAVE_BATCH]).await?;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    Ok(())
}

async fn receipts_of_a_preflight(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = setup.driver_of(fleet::plan("new", &fleet::paper_fleet(1)));
    run.create().await?;
    let before = Records::of(&setup).await?;
    let mut many = run.preflight("preflight-1");
    many.control_authority = vec![many.control_authority[0].clone(); MAX_PLAN_TARGETS + 1];
    assert_refused!(
        run.accept(&many).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "control_authority", MAX_PLAN_TARGETS)
    );
    assert_refused!(
        run.accept(&run.preflight(&long(MAX_NAME_BYTES + 1))).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "preflight_id", MAX_NAME_BYTES)
    );
    assert_eq!(Records::of(&setup).await?, before);
    run.accept(&run.preflight(&long(MAX_NAME_BYTES))).await?;
    Ok(())
}

async fn receipts_of_a_batch(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let members = u32::try_from(MAX_PREFLIGHT_BATCH + 1)?;
    let run = setup.driver_of(fleet::plan("new", &fleet::paper_fleet(members)));
    run.create().await?;
    let append = async |receipts: &PreflightReceipts| {
        run.client.append_preflight_receipts(&run.run_id, 0, receipts).await
    };
    let before = Records::of(&setup).await?;
    let spoils: [Spoil<PreflightReceipts>; 4] = [
        ("control_authority", |_| ()),
        ("snapshot_read_authority", |batch| batch.control_authority.clear()),
        ("topology.targets", |batch| batch.snapshot_read_authority.clear()),
        ("quiescence.targets", |batch| batch.topology.targets.clear()),
    ];
    let mut batch = run.preflight("preflight-1");
    for (what, spoil) in spoils {
        spoil(&mut batch);
        assert_refused!(
            append(&batch).await,
            Error::LimitExceeded(limit) if is_limit(&limit, what, MAX_PREFLIGHT_BATCH)
        );
    }
    let receipts = run.preflight(&long(MAX_NAME_BYTES + 1));
    let (_, too_long) = &receipts.batches(1)[0];
    assert_refused!(
        append(too_long).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "preflight_id", MAX_NAME_BYTES)
    );
    assert_eq!(Records::of(&setup).await?, before);
    let receipts = run.preflight(&long(MAX_NAME_BYTES));
    append(&receipts.batches(MAX_PREFLIGHT_BATCH)[0].1).await?;
    Ok(())
}

async fn targets_of_a_batch(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (client, plan) = (setup.as_operator(), fleet::plan("new", &fleet::paper_fleet(97)));
    let run_id = &plan.header.run_id;
    client.begin_journal_draft(&plan.header).await?;
    let before = Records::of(&setup).await?;
    assert_refused!(
        client.append_draft_targets(run_id, 0, &plan.targets).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "targets", MAX_DRAFT_BATCH)
    );
    assert_eq!(Records::of(&setup).await?, before);
    client.append_draft_targets(run_id, 0, &plan.targets[..MAX_DRAFT_BATCH]).await?;
    Ok(())
}

async fn open_drafts(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (client, fleet) = (setup.as_operator(), fleet::paper_fleet(1));
    let header = |number| fleet::plan(&format!("draft-{number}"), &fleet).header;
    for number in 0..MAX_OPEN_DRAFTS {
        client.begin_journal_draft(&header(number)).await?;
    }
    let before = Records::of(&setup).await?;
    assert_refused!(
        client.begin_journal_draft(&header(MAX_OPEN_DRAFTS)).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "drafts", MAX_OPEN_DRAFTS)
    );
    assert_eq!(Records::of(&setup).await?, before);
    client.discard_journal_draft(&header(0).run_id).await?;
    client.begin_journal_draft(&header(MAX_OPEN_DRAFTS)).await?;
    Ok(())
}

async fn holders_of_roles(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (client, holders) = (setup.as_administrator(), integration_tests::setup::roles().len());
    for number in holders..MAX_ROLE_HOLDERS {
        client.grant_role(fleet::paper_canister(u32::try_from(number)?), Role::Auditor).await?;
    }
    let before = Records::of(&setup).await?;
    let one_more = fleet::paper_canister(0);
    assert_refused!(
        client.grant_role(one_more, Role::Auditor).await,
        Error::LimitExceeded(limit) if is_limit(&limit, "roles", MAX_ROLE_HOLDERS)
    );
    assert_eq!(Records::of(&setup).await?, before);
    client.revoke_role(fleet::paper_canister(499), Role::Auditor).await?;
    client.grant_role(one_more, Role::Auditor).await?;
    Ok(())
}
