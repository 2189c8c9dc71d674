//! A valid call of every method.

use crate::{
    Driver, Setup, callers,
    driver::VALIDITY,
    fleet,
    setup::{Client, create_member},
};
use backup_coordinator_client::Answer;
use backup_journal::{
    RunId,
    api::{GetArchivesArgs, GetBlocksRequest, Role, SettingsUpdate, Visibility},
    execution::{BackupRequest, BackupSelection, RestoreRequest},
    fleet::{Discovery, FleetPolicy, FleetRegistration, FleetUpdate},
    journal::{DrillReport, Operation, OperationReceipt},
    plan::{
        AuthorityEvidence, BackupPlan, BackupPlanInput, ControlAuthority, ControlAuthoritySource,
        ValidationPurpose, build_backup_plan,
    },
    preflight::PreflightReceipts,
    registry::RegistryEntry,
    schedule::{Schedule, Timing},
};
use candid::{Nat, Principal, utils::ArgumentEncoder};
use ic_http_types::HttpRequest;

/// One method with arguments that it accepts.
pub struct Row {
    /// The method.
    pub method: &'static str,
    /// Its arguments in Candid.
    pub arg: Vec<u8>,
}

fn row(method: &'static str, args: impl ArgumentEncoder) -> Row {
    let arg = candid::encode_args(args).expect("the arguments can be encoded");
    Row { method, arg }
}

/// A coordinator in whose state each call of [`Prepared::table`] by itself is accepted.
pub struct Prepared {
    run: Driver,
    claimed: Operation,
    failed: RunId,
    contained: RunId,
    complete: RunId,
    saved: RunId,
    draft: BackupPlan,
    registry: Vec<RegistryEntry>,
}

impl Prepared {
    /// Opens a run with a claimed operation, one with a failed operation, and a draft.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn new(setup: &Setup) -> Answer<Self> {
        let registry = fleet::paper_fleet(2);
        let run = setup.driver_of(fleet::plan("claimed", &registry));
        run.begin().await?;
        let claimed = run.claim().await?;
        let failing = setup.driver_of(fleet::plan("failed", &fleet::paper_fleet_of("failed", 2)));
        failing.begin().await?;
        let operation = failing.claim().await?;
        failing.report(&failing.failed(&operation, "on purpose")).await?;
        let contained = contain(setup).await?;
        let complete = complete(setup).await?;
        let saved = save(setup).await?;
        let draft = fleet::plan("drafted", &registry);
        begin_draft(&run.client, &draft).await?;
        register_fleets(setup, &registry).await?;
        begin_executions(setup).await?;
        Ok(Self {
            run,
            claimed,
            failed: failing.run_id,
            contained,
            complete,
            saved,
            draft,
            registry,
        })
    }

    /// A valid call of every method.
    pub fn table(&self) -> Vec<Row> {
        let mut rows = self.transitions();
        rows.extend(self.drafts());
        rows.extend(self.administration());
        rows.extend(self.fleets());
        rows.extend(self.executions());
        rows.extend(standards());
        rows.extend(self.planning());
        rows.extend(self.views());
        rows
    }

    fn transitions(&self) -> Vec<Row> {
        let (run_id, sequence) = (&self.run.run_id, self.claimed.sequence);
        let new = with_reason(fleet::plan("new", &self.registry));
        vec![
            row("create_journal", (new,)),
            row("accept_preflight_bundle", (run_id, "preflight-1")),
            row("accept_preflight_receipts", (run_id, self.preflight())),
            row("append_preflight_receipts", (run_id, 0_u32, self.preflight())),
            row("mark_operation_pending", (&self.failed, sequence)),
            row("mark_next_operation_pending", (&self.failed,)),
            row("record_operation_receipt", (run_id, self.receipt())),
            row("retry_failed_operation", (&self.failed, sequence)),
            row("claim_operations", (&self.failed, 100_u32)),
            row("record_operation_receipts", (run_id, vec![self.receipt()])),
            row("abort_run", (run_id, "on purpose")),
            row("record_drill", (&self.complete, DrillReport { proven_targets: 1, note: None })),
            row("roll_back_run", (&self.contained, "on purpose")),
        ]
    }

    fn drafts(&self) -> Vec<Row> {
        let (run_id, targets) = (&self.draft.header.run_id, &self.draft.targets);
        let another = fleet::plan("another", &self.registry).header;
        vec![
            row("begin_journal_draft", (another,)),
            row("append_draft_targets", (run_id, 0_u32, targets)),
            row("seal_journal_draft", (run_id,)),
            row("discard_journal_draft", (run_id,)),
            row("get_journal_draft", (run_id,)),
            row("list_journal_drafts", ()),
        ]
    }

    fn planning(&self) -> Vec<Row> {
        let plan = with_reason(fleet::plan("new", &self.registry));
        let mut input = fleet::plan_input("new", &self.registry);
        input.control_authority = alternate();
        vec![
            row("build_backup_plan", (input,)),
            row("build_restore_plan", (&self.contained, fleet::selection("restored"))),
            row("validate_backup_plan", (plan, ValidationPurpose::Planning)),
            row("resolve_backup_selector", (&self.registry, "member-0")),
        ]
    }

    fn views(&self) -> Vec<Row> {
        let run_id = &self.run.run_id;
        let page = (run_id, 0_u64, 10_u32);
        let nobody: Option<Principal> = None;
        vec![
            row("next_ready_operation", (run_id,)),
            row("resume_summary", (run_id,)),
            row("get_journal", (run_id,)),
            row("get_plan", page),
            row("preflight_requests", page),
            row("validate_journal", page),
            row("list_operations", page),
            row("list_open_operations", page),
            row("current_wave", (run_id,)),
            row("list_operation_receipts", page),
            row("list_targets", page),
            row("list_starts_owed", (run_id, nobody, 10_u32)),
            row("list_journals", (0_u64, 10_u32)),
            row("list_audit_events", (0_u64, 10_u32)),
            row("list_roles", ()),
            row("get_settings", ()),
            row("get_resources", ()),
        ]
    }

    /// Receipts that are valid for longer than the accepted ones, with a remark in each.
    fn preflight(&self) -> PreflightReceipts {
        let mut receipts = self.run.preflight_for("preflight-1", 2 * VALIDITY);
        fleet::set_message(&mut receipts, "seen");
        for receipt in &mut receipts.control_authority {
            receipt.authority = alternate();
            receipt.authority.evidence = AuthorityEvidence::Proven;
        }
        receipts
    }

    fn administration(&self) -> Vec<Row> {
        let (nobody, auditor) = (fleet::paper_canister(9), callers::auditor());
        let settings = SettingsUpdate {
            visibility: Some(Visibility::Members),
            restart_overdue_after_seconds: Some(1_800),
        };
        let stopped = self.claimed.target_canister_id;
        let stopped = stopped.expect("the first operation that is claimed stops a canister");
        vec![
            row("settle_start", (&self.run.run_id, stopped, "it runs")),
            row("grant_role", (nobody, Role::Auditor, Some("kept"))),
            row("revoke_role", (auditor, Role::Auditor, None::<&str>)),
            row("update_settings", (settings,)),
        ]
    }

    fn fleets(&self) -> Vec<Row> {
        let nobody: Option<Principal> = None;
        let mut large = registration("large", &self.registry);
        large.expected_members = Some(200);
        let canister_id = large.root_canister_id;
        large.discovery = Some(Discovery { canister_id, method: "members".to_string() });
        let update = FleetUpdate {
            policy: large.policy,
            removed: vec![fleet::paper_canister(2)],
            set: vec![self.registry[1].clone()],
            discovery: large.discovery.clone(),
            remove_discovery: Some(true),
        };
        vec![
            row("register_fleet", (large,)),
            row("append_fleet_members", (ARRIVING, 1_u32, &self.registry[1..2])),
            row("update_fleet", (KEPT, update)),
            row("set_schedule", (KEPT, nightly("0 3 * * *"))),
            row("pause_schedule", (KEPT, true)),
            row("remove_schedule", (KEPT,)),
            row("fleet_status", (KEPT,)),
            row("list_fleet_statuses", (0_u64, 10_u32)),
            row("list_schedules", (0_u64, 10_u32)),
            row("next_runs", (KEPT, 3_u32)),
            row("preview_retention", (KEPT,)),
            row("drop_snapshots", (KEPT, true)),
            row("remove_fleet", (KEPT,)),
            row("get_fleet", (KEPT,)),
            row("last_discovery", (KEPT,)),
            row("list_fleets", (0_u64, 10_u32)),
            row("list_fleet_members", (KEPT, nobody, 10_u32)),
        ]
    }

    fn executions(&self) -> Vec<Row> {
        let request = BackupRequest {
            run_id: Some("requested".into()),
            selection: Some(BackupSelection::WithoutRoot),
            policy: Some(FleetPolicy::default()),
            start_later: Some(true),
        };
        let restore = RestoreRequest {
            run_id: Some("restore-requested".into()),
            members: None,
            policy: Some(FleetPolicy::default()),
            start_later: Some(true),
        };
        vec![
            row("preview_backup", (KEPT, &request)),
            row("start_backup", (KEPT, request)),
            row("preview_restore", (&self.saved, &restore)),
            row("start_restore", (&self.saved, restore)),
            row("start_execution", ("planned",)),
            row("pause_execution", ("executed", "the network is slow")),
            row("resume_execution", ("paused",)),
            row("set_restart_deadline", (&self.run.run_id, 600_u64)),
            row("execution_status", ("executed",)),
            row("restart_deadline", (&self.run.run_id,)),
        ]
    }

    /// A receipt that says everything that a receipt can say.
    fn receipt(&self) -> OperationReceipt {
        OperationReceipt {
            snapshot_id: Some("snapshot".to_string()),
            artifact_path: Some("path".to_string()),
            checksum: Some("checksum".to_string()),
            ..self.run.failed(&self.claimed, "reason")
        }
    }
}

fn standards() -> Vec<Row> {
    let blocks = GetBlocksRequest { start: Nat::from(0_u64), length: Nat::from(10_u64) };
    vec![
        row("http_request", (health(),)),
        row("icrc3_get_blocks", (vec![blocks],)),
        row("icrc3_get_archives", (GetArchivesArgs { from: None },)),
        row("icrc3_get_tip_certificate", ()),
        row("icrc3_supported_block_types", ()),
        row("icrc10_supported_standards", ()),
    ]
}

/// The request of a gateway for `/health`.
fn health() -> HttpRequest {
    HttpRequest {
        method: "GET".to_string(),
        url: "/health".to_string(),
        headers: Vec::new(),
        body: serde_bytes::ByteBuf::new(),
    }
}

/// A fleet that is complete.
const KEPT: &str = "kept";

/// A fleet of which some members have arrived.
const ARRIVING: &str = "arriving";

async fn register_fleets(setup: &Setup, registry: &[RegistryEntry]) -> Answer<()> {
    let administrator = setup.as_administrator();
    administrator.register_fleet(&registration(KEPT, registry)).await?;
    administrator.set_schedule(&KEPT.into(), &nightly("0 4 * * *")).await?;
    let mut arriving = registration(ARRIVING, &registry[..1]);
    arriving.expected_members = Some(3);
    administrator.register_fleet(&arriving).await.map(drop)
}

/// A canister whose coordinator has three runs of it: one that waits, one that is paused, and one that is planned. None goes
/// on, because a run of the operator holds the canister.
///
/// # Errors
/// As the coordinator says.
pub async fn begin_executions(setup: &Setup) -> Answer<()> {
    let member = create_member(&setup.network, [setup.coordinator], 0);
    let registry = fleet::registry(member, &[], "");
    let mut held = fleet::registry(fleet::paper_canister(7), &[member], "");
    held[1].module_hash = None;
    let holder = setup.driver_of(fleet::plan("holder", &held));
    holder.begin().await?;
    holder.claim().await?;
    let (administrator, operator) = (setup.as_administrator(), setup.as_operator());
    for (run_id, start_later) in [("executed", false), ("paused", false), ("planned", true)] {
        administrator.register_fleet(&fleet::registration(run_id, &registry)).await?;
        let request = BackupRequest {
            run_id: Some(run_id.into()),
            start_later: Some(start_later),
            ..BackupRequest::default()
        };
        operator.start_backup(&run_id.into(), &request).await?;
    }
    operator.pause_execution(&"paused".into(), "the operator looks at it").await?;
    // The coordinator goes on as far as it can.
    setup.network.lock().run();
    Ok(())
}

/// Once a day, at the time of this expression.
fn nightly(expression: &str) -> Schedule {
    let timing = Timing::Cron(expression.to_string());
    Schedule { timing, window_seconds: Some(3_600), paused: false, keep_on_network: None }
}

fn registration(name: &str, registry: &[RegistryEntry]) -> FleetRegistration {
    let policy = FleetPolicy { max_parallel: 7, ..FleetPolicy::default() };
    FleetRegistration { policy: Some(policy), ..fleet::registration(name, registry) }
}

async fn begin_draft(client: &Client, plan: &BackupPlan) -> Answer<()> {
    client.begin_journal_draft(&plan.header).await?;
    client.append_draft_targets(&plan.header.run_id, 0, &plan.targets).await.map(drop)
}

/// Control by another principal, with a reason.
fn alternate() -> ControlAuthority {
    ControlAuthority {
        source: ControlAuthoritySource::AlternateController {
            controller: callers::operator(),
            reason: "the root is gone".to_string(),
        },
        evidence: AuthorityEvidence::Declared,
    }
}

/// A plan in which an authority has a reason.
fn with_reason(mut plan: BackupPlan) -> BackupPlan {
    plan.targets[0].control_authority = alternate();
    plan
}

/// A backup of a registered fleet that has taken all its snapshots.
async fn save(setup: &Setup) -> Answer<RunId> {
    let registry = fleet::paper_fleet_of("saved", 2);
    setup.as_administrator().register_fleet(&fleet::registration("saved", &registry)).await?;
    let input = BackupPlanInput {
        fleet: "saved".to_string(),
        ..fleet::plan_input("with-snapshots", &registry)
    };
    let run = setup.driver_of(build_backup_plan(input).expect("the registry makes a plan"));
    run.begin().await?;
    while run.client.resume_summary(&run.run_id).await?.targets_with_snapshot < 2 {
        run.pretend().await?;
    }
    Ok(run.run_id)
}

/// A restore that has loaded one snapshot of two.
async fn contain(setup: &Setup) -> Answer<RunId> {
    let backup = fleet::plan("restored-from", &fleet::paper_fleet_of("contained", 2));
    let run = setup.driver_of(fleet::restore_plan("contained", &backup));
    run.begin().await?;
    while run.client.resume_summary(&run.run_id).await?.restore.is_none_or(|it| it.loads_over == 0)
    {
        run.pretend().await?;
    }
    Ok(run.run_id)
}

/// A complete backup.
async fn complete(setup: &Setup) -> Answer<RunId> {
    let run = setup.driver_of(fleet::plan("complete", &fleet::paper_fleet_of("complete", 1)));
    run.begin().await?;
    while run.client.next_ready_operation(&run.run_id).await?.is_some() {
        run.pretend().await?;
    }
    Ok(run.run_id)
}
