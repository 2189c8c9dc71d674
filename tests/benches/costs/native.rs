//! The whole journal of a run in memory, beside that of the reference, in one process and one run.

use crate::report::Report;
use backup_journal::{
    Timestamp,
    journal::{Journal, JournalView, OperationReceipt, ReceiptOutcome, accept_preflight_bundle},
};
use candid::Principal;
use canic_backup::{execution as reference, plan as reference_plan};
use integration_tests::costs::{fill, plans};
use std::time::Instant;

/// Measures both at each size.
pub fn measure(report: &mut Report, quick: bool) {
    let sizes: &[u32] = if quick { &[10, 100] } else { &[10, 100, 300, 1_000] };
    for &targets in sizes {
        let rounds = if targets >= 300 { 1 } else { 5 };
        let ours = median(15, || per_operation(targets, our_run));
        let theirs = median(rounds, || per_operation(targets, reference_run));
        report.add(format!("native_nanos_per_operation_{targets}"), ours, "ns");
        report.add(format!("reference_nanos_per_operation_{targets}"), theirs, "ns");
        report.add(format!("ratio_vs_reference_{targets}"), theirs / ours, "times");
    }
    if quick {
        // The reference needs minutes at this size; ours is measured anyway.
        let ours = median(5, || per_operation(1_000, our_run));
        report.add("native_nanos_per_operation_1000", ours, "ns");
    }
}

fn median(rounds: usize, mut measure: impl FnMut() -> f64) -> f64 {
    let mut values: Vec<f64> = (0..rounds).map(|_| measure()).collect();
    values.sort_by(f64::total_cmp);
    values[rounds / 2]
}

/// Nanoseconds for the claim and the receipt of one operation, over a whole run.
fn per_operation(targets: u32, run: fn(u32) -> (Instant, u32)) -> f64 {
    let (start, operations) = run(targets);
    let elapsed = start.elapsed();
    f64::from(u32::try_from(elapsed.as_micros()).unwrap_or(u32::MAX)) * 1e3 / f64::from(operations)
}

fn our_run(targets: u32) -> (Instant, u32) {
    let plan = plans::plan("bench", targets).validate().expect("the plan is valid");
    let mut journal = Journal::new(plan, Timestamp(1));
    let preflight = "preflight".into();
    journal
        .change(|it| accept_preflight_bundle(it, &preflight, Timestamp(2)))
        .expect("preflight is accepted");
    let start = Instant::now();
    let mut done = 0;
    while let Some(next) = journal.next_ready_operation(journal.header()) {
        journal.mark_operation_pending(next.sequence, Timestamp(3)).expect("it is next");
        let header = journal.header();
        let mut receipt = OperationReceipt::new(
            header.plan_id.clone(),
            header.run_id.clone(),
            Some(preflight.clone()),
            &next,
            ReceiptOutcome::Completed,
        );
        receipt.attempt = None;
        fill(&mut receipt);
        let caller = Principal::anonymous();
        journal.record_operation_receipt(receipt, caller, Timestamp(4)).expect("it fits");
        done += 1;
    }
    (start, done)
}

fn reference_run(targets: u32) -> (Instant, u32) {
    use reference::{BackupExecutionJournal, BackupExecutionOperationReceipt as Receipt};
    use reference_plan::BackupOperationKind as Kind;
    let plan = reference_plan(targets);
    let mut journal = BackupExecutionJournal::from_plan(&plan).expect("the plan is valid");
    let at = Some("unix:1".to_string());
    journal.accept_preflight_bundle_at("preflight".to_string(), at.clone()).expect("accepted");
    let start = Instant::now();
    let mut done = 0;
    while let Some(next) = journal.next_ready_operation().cloned() {
        journal.mark_operation_pending_at(next.sequence, at.clone()).expect("it is next");
        let mut receipt = Receipt::completed(&journal, &next, at.clone());
        match next.kind {
            Kind::CreateSnapshot => {
                receipt.snapshot_id = Some("0000000000000001ffffffffff9000050101".to_string());
            }
            Kind::DownloadSnapshot => receipt.artifact_path = Some("artifacts/member".to_string()),
            Kind::VerifyArtifact => receipt.checksum = Some("ef".repeat(32)),
            _ => {}
        }
        journal.record_operation_receipt(receipt).expect("it fits");
        done += 1;
    }
    (start, done)
}

/// The plan of [`plans::plan`] in the types of the reference.
fn reference_plan(targets: u32) -> reference_plan::BackupPlan {
    let plan = plans::plan("bench", targets);
    let registry: Vec<canic_backup::registry::RegistryEntry> = plan
        .targets
        .iter()
        .map(|target| canic_backup::registry::RegistryEntry {
            pid: target.canister_id.to_text(),
            role: target.role.clone(),
            kind: None,
            parent_pid: target.parent_canister_id.map(|parent| parent.to_text()),
            module_hash: target.expected_module_hash.clone(),
        })
        .collect();
    reference_plan::build_backup_plan(reference_plan::BackupPlanBuildInput {
        plan_id: "plan-bench".to_string(),
        run_id: "bench".to_string(),
        fleet: "demo".to_string(),
        network: "ic".to_string(),
        root_canister_id: plan.header.root_canister_id.to_text(),
        selected_canister_id: None,
        selected_scope_kind: reference_plan::BackupScopeKind::NonRootFleet,
        include_descendants: true,
        topology_hash_before_quiesce: plan.header.topology_hash_before_quiesce,
        registry: &registry,
        control_authority: reference_plan::ControlAuthority::root_controller(
            reference_plan::AuthorityEvidence::Declared,
        ),
        snapshot_read_authority: reference_plan::SnapshotReadAuthority::root_configured_read(
            reference_plan::AuthorityEvidence::Declared,
        ),
        quiescence_policy: reference_plan::QuiescencePolicy::RootCoordinated,
        identity_mode: canic_backup::manifest::IdentityMode::Fixed,
    })
    .expect("the reference takes the plan")
}
