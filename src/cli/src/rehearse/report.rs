//! What a rehearsal has to show: read from the coordinator, for the table and for JSON alike.

use crate::{
    audit::check::Audit,
    backup::folder::Folder,
    driver::downtime::Downtime,
    driver::{check::Check, trouble::Trouble},
    network::Network,
};
use anyhow::Result;
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    PlanId, RunId, Sequence, Timestamp,
    api::{AuditEvent, AuditEventKind, TargetStatus},
    journal::{Artifact, Operation, OperationState, RunState, Tally},
};
use candid::Principal;
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

/// The result of a rehearsal.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// What went wrong before the end, if something did.
    pub error: Option<String>,
    /// The run.
    pub run_id: RunId,
    /// Its plan.
    pub plan_id: PlanId,
    /// The fleet.
    pub fleet: String,
    /// The coordinator.
    pub coordinator: Principal,
    /// Where the run stands.
    pub state: RunState,
    /// Operations by state.
    pub counts: Tally,
    /// Whether a restart is owed.
    pub restart_required: bool,
    /// By whom.
    pub starts_owed: Vec<Principal>,
    /// The canisters that are stopped, according to the network.
    pub stopped: Vec<Principal>,
    /// Length of the audit trail.
    pub audit_events: usize,
    /// Time from opening the journal to its last change, in nanoseconds of network time.
    pub duration_nanos: u64,
    /// How long the members were down, if any was.
    pub downtime: Option<Downtime>,
    /// What was done to the drivers and the coordinator on the way.
    pub rehearsal: Disturbances,
    /// Where the artifacts lie.
    pub out: PathBuf,
    /// The targets and what the run has of them.
    pub targets: Vec<TargetRow>,
    /// The operations.
    pub operations: Vec<OperationRow>,
    /// The final verification.
    pub checks: Vec<Check>,
    /// The result of the audit, if it was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
}

/// What was done to the drivers and the coordinator on the way.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Disturbances {
    /// Transitions that were accepted.
    pub transitions: u32,
    /// Upgrades of the coordinator.
    pub upgrades: u32,
    /// Drivers that it took.
    pub drivers: u32,
    /// Attempts that failed.
    pub failures: u32,
    /// Calls that the coordinator has made to the fleet.
    pub calls: u32,
    /// Faults of these calls.
    pub faults: u32,
}

/// A target and what the run has of it.
#[derive(Debug, Serialize)]
pub struct TargetRow {
    /// The canister.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// Snapshot, download and checksum.
    #[serde(flatten)]
    pub artifact: Artifact,
}

/// An operation.
#[derive(Debug, Serialize)]
pub struct OperationRow {
    /// Its position.
    pub sequence: Sequence,
    /// Its id.
    pub operation_id: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its target.
    pub target: Option<Principal>,
    /// What the target does in its fleet.
    pub role: Option<String>,
    /// How often it was claimed.
    pub attempts: u32,
    /// When it was first claimed, in network time.
    pub claimed_at: Option<Timestamp>,
    /// When it was last reported.
    pub reported_at: Option<Timestamp>,
    /// From the first claim to the last report, in nanoseconds.
    pub duration_nanos: Option<u64>,
    /// Where it stands.
    pub outcome: OperationState,
    /// Why it is blocked or failed.
    pub reason: Option<String>,
}

/// How a rehearsal went, apart from what the coordinator knows.
#[derive(Debug, Default)]
pub struct Course {
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// What was done on the way.
    pub disturbances: Disturbances,
    /// The final verification.
    pub checks: Vec<Check>,
}

impl Report {
    /// Reads the result of a run.
    pub async fn of<N: Network>(
        coordinator: &CoordinatorClient<N>,
        run_id: &RunId,
        folder: &Folder,
        course: Course,
    ) -> Result<Self> {
        let details = coordinator.get_journal(run_id).await?;
        let events = coordinator.all_audit_events().await?;
        let targets = coordinator.all_targets(run_id).await?;
        let operations = coordinator.all_operations(run_id).await?;
        let receipts = coordinator.all_operation_receipts(run_id).await?;
        let owed = coordinator.all_starts_owed(run_id).await?;
        let summary = details.summary;
        let failed_check = course.checks.iter().any(|check| check.problem.is_some());
        let (error, stopped) = match course.trouble {
            Some(trouble) => (Some(trouble.what), trouble.stopped),
            None => (None, Vec::new()),
        };
        Ok(Self {
            ok: error.is_none() && !failed_check && !course.checks.is_empty(),
            error,
            run_id: summary.run_id,
            plan_id: summary.plan_id,
            fleet: summary.fleet,
            coordinator: coordinator.coordinator(),
            state: summary.state,
            counts: summary.operations,
            restart_required: summary.restart_required,
            starts_owed: owed.into_iter().map(|start| start.canister_id).collect(),
            stopped,
            audit_events: events.len(),
            duration_nanos: summary.updated_at.nanos_since(summary.created_at),
            downtime: Downtime::of(&receipts, &targets, summary.updated_at),
            rehearsal: course.disturbances,
            out: folder.path().to_owned(),
            operations: operation_rows(operations, &targets, &times(&events, run_id)),
            targets: targets.into_iter().map(target_row).collect(),
            checks: course.checks,
            audit: None,
        })
    }

    /// The same with an audit, which has a say in whether everything holds.
    pub fn with_audit(self, audit: Option<Audit>) -> Self {
        let ok = self.ok && audit.as_ref().is_none_or(|audit| audit.ok);
        Self { ok, audit, ..self }
    }

    /// The first thing that does not hold.
    pub fn first_problem(&self) -> Option<String> {
        if let Some(error) = &self.error {
            return Some(error.clone());
        }
        let broken = |check: &Check| {
            let problem = check.problem.as_ref()?;
            Some(format!("it does not hold that {}: {problem}", check.name))
        };
        let log = || {
            let problem = self.audit.as_ref()?.problem.as_ref()?;
            Some(format!("the log does not hold: {problem}"))
        };
        self.checks.iter().find_map(broken).or_else(log)
    }
}

/// When an operation was first claimed and last reported.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    claimed: Option<Timestamp>,
    reported: Option<Timestamp>,
}

/// The times of each operation of the run.
fn times(events: &[AuditEvent], run_id: &RunId) -> BTreeMap<Sequence, Times> {
    let of_run = |event: &&AuditEvent| event.run_id.as_ref() == Some(run_id);
    let mut times: BTreeMap<Sequence, Times> = BTreeMap::new();
    for event in events.iter().filter(of_run) {
        let mut claimed = |sequence: &Sequence| {
            times.entry(*sequence).or_default().claimed.get_or_insert(event.time);
        };
        match &event.kind {
            AuditEventKind::OperationClaimed { sequence, .. } => claimed(sequence),
            AuditEventKind::OperationsClaimed { operations } => {
                for operation in operations {
                    claimed(&operation.sequence);
                }
            }
            AuditEventKind::ReceiptRecorded { sequence, .. } => {
                times.entry(*sequence).or_default().reported = Some(event.time);
            }
            _ => {}
        }
    }
    times
}

fn operation_rows(
    operations: Vec<Operation>,
    targets: &[TargetStatus],
    times: &BTreeMap<Sequence, Times>,
) -> Vec<OperationRow> {
    let roles: BTreeMap<Principal, &Option<String>> =
        targets.iter().map(|status| (status.target.canister_id, &status.target.role)).collect();
    operations
        .into_iter()
        .map(|operation| {
            let times = times.get(&operation.sequence).copied().unwrap_or_default();
            let duration = || Some(times.reported?.nanos_since(times.claimed?));
            OperationRow {
                claimed_at: times.claimed,
                reported_at: times.reported,
                duration_nanos: duration(),
                role: operation.target_canister_id.and_then(|id| (*roles.get(&id)?).clone()),
                sequence: operation.sequence,
                operation_id: operation.operation_id,
                kind: operation.kind.name(),
                target: operation.target_canister_id,
                attempts: operation.attempt.0,
                outcome: operation.state,
                reason: operation.reason,
            }
        })
        .collect()
}

fn target_row(status: TargetStatus) -> TargetRow {
    TargetRow {
        canister_id: status.target.canister_id,
        role: status.target.role,
        artifact: status.artifact.unwrap_or_default(),
    }
}
