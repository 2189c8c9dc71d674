//! Pages of the longest records there can be: they end where a reply is full, and say where to go on.

use backup_coordinator_client::journal::{
    api::{Page, Visibility},
    journal::ReceiptOutcome,
    limits::{MAX_PAGE, MAX_TEXT_BYTES},
    plan::ControlAuthoritySource,
};
use candid::CandidType;
use integration_tests::{Network, Outcome, Setup, callers, fleet, scenarios, web::http_get};

scenarios![pages_of_the_longest_records_fit_a_reply];

/// So many that their records fill more than a page.
const TARGETS: u32 = 200;

/// A reply to another canister has no more.
const MAX_REPLY_BYTES: usize = 2 * 1024 * 1024;

async fn pages_of_the_longest_records_fit_a_reply(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let long = || Some("x".repeat(MAX_TEXT_BYTES));
    let mut plan = fleet::plan("long", &fleet::paper_fleet(TARGETS));
    for target in &mut plan.targets {
        target.control_authority.source = ControlAuthoritySource::AlternateController {
            controller: callers::stranger(),
            reason: long().unwrap_or_default(),
        };
    }
    plan.header.requires_root_controller = false;
    let run = setup.driver_of(plan);
    run.create().await?;
    run.client.accept_preflight_bundle(&run.run_id, &"preflight-1".into()).await?;
    let mut recorded = 0;
    while let Some(next) = run.client.next_ready_operation(&run.run_id).await? {
        let claimed = run.client.mark_operation_pending(&run.run_id, next.sequence).await?;
        let mut receipt = run.receipt(&claimed, ReceiptOutcome::Completed);
        receipt.snapshot_id = long();
        receipt.artifact_path = long();
        receipt.checksum = long();
        run.report(&receipt).await?;
        recorded += 1;
    }

    // Installing, creating and accepting are told of as well.
    let told = 3 + 2 * recorded;
    let (client, id) = (&run.client, &run.run_id);
    for start in [0, 400] {
        check_cut(&client.list_operation_receipts(id, start, MAX_PAGE).await?, start, recorded);
        let events = client.list_audit_events(start, MAX_PAGE).await?;
        check_cut(&events, start, told);
    }
    check_cut(&client.list_targets(id, 0, MAX_PAGE).await?, 0, TARGETS.into());
    let requests = client.preflight_requests(id, 0, MAX_PAGE).await?;
    assert_eq!(requests.topology.targets.len(), TARGETS as usize, "no target is left out");

    assert_eq!(client.all_operation_receipts(id).await?.len() as u64, recorded);
    assert_eq!(client.all_audit_events().await?.len() as u64, told);
    let targets = client.all_targets(id).await?;
    assert!(targets.iter().all(|status| status.artifact.is_some()), "each has an artifact");
    assert_eq!(targets.len(), TARGETS as usize);
    for page in 1..=20 {
        let answer = http_get(&setup, &format!("/dashboard/run/long?page={page}"));
        assert_eq!(answer.status, 200, "page {page}");
    }
    assert_eq!(http_get(&setup, "/dashboard/audit").status, 200);
    Ok(())
}

/// The page holds fewer records than were asked for, because no more fit, and says where to go on.
fn check_cut<T: CandidType>(page: &Page<T>, start: u64, total: u64) {
    let bytes = candid::encode_one(page).expect("it came as Candid").len();
    assert!(bytes <= MAX_REPLY_BYTES, "{bytes} bytes");
    assert!(bytes * 2 >= MAX_REPLY_BYTES, "{bytes} bytes are far from full");
    assert_eq!(page.total, total);
    let next = start + page.items.len() as u64;
    assert!(page.items.len() < MAX_PAGE as usize && next < total, "{next} of {total}");
    assert_eq!(page.next, Some(next));
}
