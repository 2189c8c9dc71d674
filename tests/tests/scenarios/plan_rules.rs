//! A plan that breaks a rule is refused with the same error, be it sent whole or as a draft.

use backup_coordinator_client::{
    Answer, ClientError,
    journal::{
        api::{CoordinatorError as Error, DiscardProgress, SealProgress},
        limits::{MAX_NAME_BYTES, MAX_TEXT_BYTES},
        plan::{
            BackupPlan, BackupScopeKind as Scope, ControlAuthoritySource, PlanError, TargetRestore,
            derive_phases,
        },
    },
};
use candid::Principal;
use integration_tests::{
    Network, Outcome, Setup, fleet,
    pair::{BATCH, mixed_plan},
    setup::Client,
};
use std::collections::BTreeSet;

integration_tests::scenarios![the_same_errors];

/// Makes a plan break one rule. The last target arrives in a later batch than the first one.
type Flaw = fn(&mut BackupPlan, Principal);

const LAST: usize = 39;

const OF_THE_HEADER: [Flaw; 15] = [
    |plan, _| plan.header.run_id = "run\n".into(),
    |plan, _| plan.header.fleet = "shop\u{202e}".to_string(),
    |plan, _| plan.header.network = "\u{1b}[31mic".to_string(),
    |plan, _| plan.header.plan_id = "".into(),
    |plan, _| plan.header.run_id = " ".into(),
    |plan, _| plan.header.fleet = "\t".to_string(),
    |plan, _| plan.header.network = "\u{2003}".to_string(),
    |plan, _| plan.header.topology_hash_before_quiesce.clear(),
    |plan, _| plan.header.root_included = true,
    |plan, _| plan.header.selected_scope_kind = Scope::MaintenanceRoot,
    |plan, _| plan.header.plan_id = long(MAX_NAME_BYTES).into(),
    |plan, _| plan.header.run_id = long(MAX_NAME_BYTES).into(),
    |plan, _| plan.header.fleet = long(MAX_NAME_BYTES),
    |plan, _| plan.header.network = long(MAX_NAME_BYTES),
    |plan, _| plan.header.topology_hash_before_quiesce = long(MAX_NAME_BYTES),
];

const OF_A_TARGET: [Flaw; 15] = [
    |plan, _| plan.targets[LAST].role = Some("or\u{2066}ders".to_string()),
    |plan, _| plan.targets[LAST].canister_id = Principal::anonymous(),
    |plan, _| plan.targets[LAST].canister_id = Principal::management_canister(),
    |plan, _| plan.targets[LAST].role = Some(" ".to_string()),
    |plan, _| plan.targets[LAST].expected_module_hash = Some(String::new()),
    |plan, _| give_reason(plan, " ".to_string()),
    |plan, _| plan.targets[LAST].role = Some(long(MAX_NAME_BYTES)),
    |plan, _| plan.targets[LAST].expected_module_hash = Some(long(MAX_NAME_BYTES)),
    |plan, _| give_reason(plan, long(MAX_TEXT_BYTES)),
    // Listed twice, in one batch and in two.
    |plan, _| plan.targets[LAST] = plan.targets[LAST - 1].clone(),
    |plan, _| plan.targets[LAST] = plan.targets[0].clone(),
    |plan, _| plan.targets[LAST].canister_id = plan.header.root_canister_id,
    |plan, _| plan.header.root_canister_id = plan.targets[0].canister_id,
    |plan, coordinator| plan.targets[LAST].canister_id = coordinator,
    |plan, _| {
        plan.targets[LAST].restore = Some(TargetRestore {
            source_canister_id: plan.targets[LAST].canister_id,
            snapshot_id: "00".to_string(),
            checksum: None,
        });
    },
];

const OF_THE_WHOLE: [Flaw; 8] = [
    |plan, _| plan.targets.clear(),
    |plan, _| select(plan, Scope::NonRootFleet, Some(plan.targets[0].canister_id)),
    |plan, _| select(plan, Scope::Member, None),
    |plan, _| select(plan, Scope::Subtree, None),
    |plan, _| select(plan, Scope::Member, Some(plan.header.root_canister_id)),
    |plan, _| select(plan, Scope::Subtree, Some(fleet::paper_canister(99))),
    |plan, _| maintain(plan, None),
    |plan, _| maintain(plan, Some(plan.header.root_canister_id)),
];

/// One byte more than a text may have.
fn long(maximum: usize) -> String {
    "x".repeat(maximum + 1)
}

fn give_reason(plan: &mut BackupPlan, reason: String) {
    let controller = plan.header.root_canister_id;
    plan.targets[LAST].control_authority.source =
        ControlAuthoritySource::AlternateController { controller, reason };
}

fn select(plan: &mut BackupPlan, scope: Scope, canister: Option<Principal>) {
    plan.header.selected_scope_kind = scope;
    plan.header.selected_subtree_root = canister;
}

fn maintain(plan: &mut BackupPlan, canister: Option<Principal>) {
    select(plan, Scope::MaintenanceRoot, canister);
    plan.header.root_included = true;
}

async fn the_same_errors(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let client = setup.as_operator();
    let mut broken = BTreeSet::new();
    for flaw in OF_THE_HEADER.iter().chain(&OF_A_TARGET).chain(&OF_THE_WHOLE) {
        let mut plan = mixed_plan("flawed");
        flaw(&mut plan, setup.coordinator);
        // So that no rule about operations is broken as well, which a draft cannot break.
        plan.phases = derive_phases(&plan.targets);
        let whole = refusal(client.create_journal(&plan).await)?;
        assert_eq!(client.all_journals().await?, []);
        let drafted = refusal(draft(&client, &plan).await)?;
        assert_eq!(client.all_journals().await?, []);
        assert_eq!(whole, drafted);
        broken.insert(rule(&whole));
        discard(&client).await?;
    }
    assert_eq!(broken, BTreeSet::from_iter(RULES));

    // Nothing else was wrong with the plan, and its run id is free.
    draft(&client, &mixed_plan("flawed")).await?;
    assert_eq!(client.all_journals().await?.len(), 1);
    Ok(())
}

/// All that a header, a target or a selection can break; [`rule`] knows whether one is missing here.
const RULES: [&str; 12] = [
    "CoordinatorIsTarget",
    "DuplicateTarget",
    "EmptyField",
    "EmptyTargets",
    "HiddenCharacter",
    "LimitExceeded",
    "MaintenanceRootExcludesRoot",
    "NoCanister",
    "NonRootFleetHasSelectedRoot",
    "RestoreTarget",
    "RootIncludedWithoutMaintenance",
    "SelectedRootNotInTargets",
];

fn rule(error: &Error) -> &'static str {
    let plan_error = match error {
        Error::CoordinatorIsTarget { .. } => return "CoordinatorIsTarget",
        Error::LimitExceeded(_) => return "LimitExceeded",
        Error::InvalidPlan(plan_error) => plan_error,
        other => panic!("no rule of a plan: {other:?}"),
    };
    match plan_error {
        PlanError::EmptyField { .. } => "EmptyField",
        PlanError::EmptyTargets => "EmptyTargets",
        PlanError::HiddenCharacter { .. } => "HiddenCharacter",
        PlanError::NoCanister { .. } => "NoCanister",
        PlanError::DuplicateTarget { .. } => "DuplicateTarget",
        PlanError::RootIncludedWithoutMaintenance => "RootIncludedWithoutMaintenance",
        PlanError::MaintenanceRootExcludesRoot => "MaintenanceRootExcludesRoot",
        PlanError::SelectedRootNotInTargets { .. } => "SelectedRootNotInTargets",
        PlanError::NonRootFleetHasSelectedRoot => "NonRootFleetHasSelectedRoot",
        PlanError::EmptyPhases
        | PlanError::DuplicateOperationId { .. }
        | PlanError::OperationOrderMismatch { .. }
        | PlanError::UnknownOperationTarget { .. }
        | PlanError::MissingPreflight { .. }
        | PlanError::MutationBeforePreflight { .. }
        | PlanError::OperationTarget { .. }
        | PlanError::RepeatedOperation { .. }
        | PlanError::StopWithoutStart { .. }
        | PlanError::StartBeforeStop { .. }
        | PlanError::DownloadBeforeSnapshot { .. }
        | PlanError::VerifyBeforeDownload { .. }
        | PlanError::FinalizeNotLast { .. }
        | PlanError::TargetWithoutOperation { .. }
        | PlanError::NoSnapshot => panic!("operations of a draft are derived"),
        PlanError::RestoreTarget { .. } => "RestoreTarget",
        PlanError::RestoreOperationInBackup { .. }
        | PlanError::RestoreOperations { .. }
        | PlanError::RestoreInBatches => panic!("a plan without a restore is sent"),
        PlanError::NothingSaved { .. } | PlanError::FixedIdentity { .. } => {
            panic!("no plan is made from a backup")
        }
        PlanError::UnprovenControlAuthority { .. }
        | PlanError::UnprovenSnapshotReadAuthority { .. }
        | PlanError::MissingRootController { .. } => panic!("preflight proves authorities"),
        PlanError::CanisterNotInRegistry { .. }
        | PlanError::UnknownSelector { .. }
        | PlanError::AmbiguousSelector { .. } => panic!("a plan has no registry"),
    }
}

/// Sends a plan as a draft, up to the first refusal.
async fn draft(client: &Client, plan: &BackupPlan) -> Answer<()> {
    let run_id = &plan.header.run_id;
    let mut draft = client.begin_journal_draft(&plan.header).await?;
    for batch in plan.targets.chunks(BATCH) {
        draft = client.append_draft_targets(run_id, draft.targets, batch).await?;
    }
    while let SealProgress::Sealing(_) = client.seal_journal_draft(run_id).await? {}
    Ok(())
}

fn refusal<T: std::fmt::Debug>(answer: Answer<T>) -> Result<Error, ClientError> {
    match answer {
        Err(ClientError::Refused(error)) => Ok(error),
        Err(other) => Err(other),
        Ok(accepted) => panic!("it is accepted: {accepted:?}"),
    }
}

/// Removes the draft that a refusal has left.
async fn discard(client: &Client) -> Answer<()> {
    for draft in client.list_journal_drafts().await? {
        while client.discard_journal_draft(&draft.run_id).await? != DiscardProgress::Discarded {}
    }
    Ok(())
}
