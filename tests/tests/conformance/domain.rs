//! Plans, registries, selectors and preflight receipts: both sides judge them alike.

use crate::{
    bundle_flaws::bundle_flaw,
    bundles::{self, bundle},
    convert,
    coverage::Coverage,
    errors::{
        PLAN_ERRORS, PREFLIGHT_ERRORS, plan_error, plan_error_name, preflight_error,
        preflight_error_name,
    },
    pair::expiries,
    plan_flaws::plan_flaw,
    plans::valid_plan,
    registries, requests, runner,
    steps::{START, time},
};
use backup_journal::{
    Rules,
    plan::{BackupPlan, PlanError, ValidationPurpose, build_backup_plan, resolve_backup_selector},
    preflight::{PreflightError, PreflightReceipts, PreflightRequests, check_preflight_receipts},
    topology::topology_hash,
};
use canic_backup::{
    execution::BackupExecutionJournal,
    plan::{self as reference, BackupPlanError},
    topology::TopologyHasher,
};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseResult};
use std::fmt::Debug;

fn expected<T>(theirs: Result<T, BackupPlanError>) -> Result<T, PlanError> {
    theirs.map_err(|error| {
        plan_error(&error).unwrap_or_else(|| panic!("the reference refused with {error:?}"))
    })
}

fn note<T>(answer: &Result<T, PlanError>, coverage: &Coverage) {
    coverage.met(answer.as_ref().err().map_or("accepted", plan_error_name));
}

/// Of [`PLAN_ERRORS`], what only registries and selectors can break.
const OF_REGISTRIES: [&str; 3] = ["CanisterNotInRegistry", "UnknownSelector", "AmbiguousSelector"];

/// Restores, which the reference does not have.
const OF_RESTORES: [&str; 6] = [
    "RestoreOperationInBackup",
    "RestoreTarget",
    "RestoreOperations",
    "RestoreInBatches",
    "NothingSaved",
    "FixedIdentity",
];

#[test]
fn plans_are_judged_alike() {
    let coverage = Coverage::default();
    let plans = (valid_plan(), vec(plan_flaw(), 0..4));
    runner::try_out("plans", 40, &plans, |(mut plan, flaws)| {
        for flaw in flaws {
            flaw.apply(&mut plan);
        }
        same_judgement(&plan, &coverage)
    });
    coverage.assert_all(PLAN_ERRORS, &[&OF_REGISTRIES[..], &OF_RESTORES].concat());
    coverage.assert_often("accepted", 100);
}

fn same_judgement(plan: &BackupPlan, coverage: &Coverage) -> TestCaseResult {
    let theirs = convert::plan(plan);
    let planning = plan.check_under(ValidationPurpose::Planning, Rules::V1);
    prop_assert_eq!(&planning, &expected(theirs.validate()));
    prop_assert_eq!(&planning, &plan.clone().validate_under(Rules::V1).map(drop));
    prop_assert_eq!(planning.is_ok(), BackupExecutionJournal::from_plan(&theirs).is_ok());
    let execution = plan.check_under(ValidationPurpose::Execution, Rules::V1);
    prop_assert_eq!(&execution, &expected(theirs.validate_for_execution()));
    note(&planning, coverage);
    note(&execution, coverage);
    no_less_strict(plan, &planning, ValidationPurpose::Planning, coverage)?;
    no_less_strict(plan, &execution, ValidationPurpose::Execution, coverage)?;
    same_requests(plan, &theirs)
}

/// Departure 10: what the reference refuses is refused for the same reason; of the rest, what cannot work is.
fn no_less_strict(
    plan: &BackupPlan,
    by_the_reference: &Result<(), PlanError>,
    purpose: ValidationPurpose,
    coverage: &Coverage,
) -> TestCaseResult {
    let ours = plan.check(purpose);
    note(&ours, coverage);
    let name = ours.as_ref().err().map_or("accepted", plan_error_name);
    if OF_DEPARTURE_10.contains(&name) {
        prop_assert_eq!(plan.check_under(ValidationPurpose::Planning, Rules::V1), Ok(()));
    } else {
        prop_assert_eq!(&ours, by_the_reference);
    }
    Ok(())
}

/// Of [`PLAN_ERRORS`], what the reference does not refuse.
const OF_DEPARTURE_10: [&str; 11] = [
    "HiddenCharacter",
    "NoCanister",
    "OperationTarget",
    "RepeatedOperation",
    "StopWithoutStart",
    "StartBeforeStop",
    "DownloadBeforeSnapshot",
    "VerifyBeforeDownload",
    "FinalizeNotLast",
    "TargetWithoutOperation",
    "NoSnapshot",
];

/// What an executor is asked: the same, field by field.
fn same_requests(plan: &BackupPlan, theirs: &reference::BackupPlan) -> TestCaseResult {
    let ours = PreflightRequests::new(&plan.header, &plan.targets);
    prop_assert_eq!(requests::topology(&ours.topology), theirs.topology_preflight_request());
    prop_assert_eq!(
        requests::control(&ours.control_authority),
        theirs.control_authority_preflight_request()
    );
    prop_assert_eq!(
        requests::read(&ours.snapshot_read_authority),
        theirs.snapshot_read_authority_preflight_request()
    );
    prop_assert_eq!(requests::quiescence(&ours.quiescence), theirs.quiescence_preflight_request());
    Ok(())
}

#[test]
fn plans_are_built_alike() {
    let coverage = Coverage::default();
    runner::try_out("builds", 40, &registries::plan_input(), |input| {
        let registry = convert::registry(&input.registry);
        let theirs = reference::build_backup_plan(convert::plan_input(&input, &registry));
        let ours = build_backup_plan(input);
        note(&ours, &coverage);
        prop_assert_eq!(ours.map(|plan| convert::plan(&plan)), expected(theirs));
        Ok(())
    });
    coverage.assert_often("accepted", 100);
    for error in ["EmptyField", "EmptyTargets", "DuplicateTarget", "CanisterNotInRegistry"] {
        coverage.assert_often(error, 1);
    }
    coverage.assert_often("RootIncludedWithoutMaintenance", 1);
}

#[test]
fn selectors_are_resolved_alike() {
    let coverage = Coverage::default();
    let questions = (registries::registry(), registries::selector());
    runner::try_out("selectors", 20, &questions, |(registry, selector)| {
        let theirs = reference::resolve_backup_selector(&convert::registry(&registry), &selector);
        let ours = resolve_backup_selector(&registry, &selector);
        note(&ours, &coverage);
        prop_assert_eq!(ours.map(|canister| canister.to_text()), expected(theirs));
        Ok(())
    });
    for met in ["accepted", "EmptyField", "UnknownSelector", "AmbiguousSelector"] {
        coverage.assert_often(met, 10);
    }
}

#[test]
fn topologies_have_the_same_hash() {
    runner::try_out("topologies", 5, &registries::registry(), |registry| {
        let theirs = TopologyHasher::hash(&convert::topology(&registry));
        prop_assert_eq!(topology_hash(&registry), theirs.hash);
        Ok(())
    });
}

#[test]
fn preflight_receipts_are_judged_alike() {
    let coverage = Coverage::default();
    let questions = (valid_plan(), bundle(), vec(bundle_flaw(), 0..4));
    runner::try_out("preflight receipts", 60, &questions, |(plan, bundle, flaws)| {
        let mut receipts = bundle.receipts(&plan, &"preflight".into(), START);
        for flaw in flaws {
            flaw.apply(&mut receipts);
        }
        same_proofs(&plan, &receipts, &coverage)
    });
    coverage.assert_all(PREFLIGHT_ERRORS, &[]);
    coverage.assert_often("accepted", 100);
    for error in ["EmptyField", "UnprovenControlAuthority", "MissingRootController"] {
        coverage.assert_often(error, 1);
    }
    coverage.assert_often("UnprovenSnapshotReadAuthority", 1);
}

/// Departure 11: no receipt counts for more than a day. All other rules are those of the reference.
fn no_longer_than_a_day<T: PartialEq + Debug>(
    receipts: &PreflightReceipts,
    by_the_reference: &Result<T, PreflightError>,
    ours: &Result<T, PreflightError>,
    coverage: &Coverage,
) -> TestCaseResult {
    if matches!(ours, Err(PreflightError::WindowTooLong { .. })) {
        let almost_a_day = time(START + 23 * 60 * 60);
        coverage.met("WindowTooLong");
        prop_assert!(expiries(receipts).any(|expires_at| expires_at > almost_a_day));
    } else {
        prop_assert_eq!(ours, by_the_reference);
    }
    Ok(())
}

/// Ours answers with what is proven; the reference writes it into the plan.
fn same_proofs(
    plan: &BackupPlan,
    receipts: &PreflightReceipts,
    coverage: &Coverage,
) -> TestCaseResult {
    let now = time(START);
    let judge = |rules| check_preflight_receipts(&plan.header, &plan.targets, receipts, rules, now);
    let ours = judge(Rules::V1);
    no_longer_than_a_day(receipts, &ours, &judge(Rules::CURRENT), coverage)?;
    let mut theirs = convert::plan(plan);
    let answer = theirs
        .apply_execution_preflight_receipts(&bundles::to_reference(receipts), &convert::marker(now))
        .map_err(|error| {
            preflight_error(&error)
                .unwrap_or_else(|| panic!("the reference refused with {error:?}"))
        });
    match (ours, answer) {
        (Ok(proven), Ok(())) => {
            coverage.met("accepted");
            prop_assert_eq!(proven.len(), theirs.targets.len());
            for (ours, theirs) in proven.iter().zip(&theirs.targets) {
                prop_assert_eq!(ours.canister_id.to_text(), theirs.canister_id.clone());
                prop_assert_eq!(convert::control(&ours.control), theirs.control_authority.clone());
                let read = convert::snapshot_read(ours.snapshot_read);
                prop_assert_eq!(read, theirs.snapshot_read_authority.clone());
            }
        }
        (ours, answer) => {
            if let Err(refusal) = &answer {
                coverage.met(preflight_error_name(refusal));
            }
            if let Err(PreflightError::Plan(error)) = &answer {
                coverage.met(plan_error_name(error));
            }
            prop_assert_eq!(ours.map(drop), answer);
        }
    }
    Ok(())
}
