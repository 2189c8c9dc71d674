//! Everything that a coordinator tells, to be compared before and after.

use crate::{Setup, fleet, setup::Client};
use backup_coordinator_client::Answer;
use backup_journal::{
    RunId,
    api::{
        AuditEvent, FleetDetails, JournalDetails, PlanPage, RoleAssignment, Settings, StartOwed,
        TargetStatus,
    },
    journal::{JournalCheck, Operation, ReceiptRecord, ResumeSummary},
    limits::MAX_PAGE,
    preflight::PreflightRequests,
    registry::RegistryEntry,
};
use sha2::{Digest, Sha256};

/// The answers to all queries about one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    pub summary: ResumeSummary,
    pub details: JournalDetails,
    pub plan: PlanPage,
    pub requests: PreflightRequests,
    pub next: Option<Operation>,
    pub operations: Vec<Operation>,
    pub receipts: Vec<ReceiptRecord>,
    pub targets: Vec<TargetStatus>,
    pub starts_owed: Vec<StartOwed>,
    pub check: JournalCheck,
}

impl RunRecord {
    /// Asks for everything about a run.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn of(client: &Client, run_id: &RunId) -> Answer<Self> {
        Ok(Self {
            summary: client.resume_summary(run_id).await?,
            details: client.get_journal(run_id).await?,
            plan: client.get_plan(run_id, 0, MAX_PAGE).await?,
            requests: client.preflight_requests(run_id, 0, MAX_PAGE).await?,
            next: client.next_ready_operation(run_id).await?,
            operations: client.all_operations(run_id).await?,
            receipts: client.all_operation_receipts(run_id).await?,
            targets: client.all_targets(run_id).await?,
            starts_owed: client.list_starts_owed(run_id, None, MAX_PAGE).await?,
            check: client.validate_journal(run_id, 0, MAX_PAGE).await?,
        })
    }
}

/// All that a coordinator remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    pub runs: Vec<RunRecord>,
    pub summaries: Vec<ResumeSummary>,
    pub roles: Vec<RoleAssignment>,
    pub settings: Settings,
    pub fleets: Vec<(FleetDetails, Vec<RegistryEntry>)>,
    pub audit: Vec<AuditEvent>,
    /// SHA-256 of the stable memory, where it can be had.
    pub memory: Option<String>,
}

impl Records {
    /// Asks for everything, as the auditor.
    ///
    /// # Errors
    /// As the coordinator says.
    pub async fn of(setup: &Setup) -> Answer<Self> {
        let client = setup.as_auditor();
        let summaries = client.all_journals().await?;
        let mut runs = Vec::new();
        for summary in &summaries {
            runs.push(RunRecord::of(&client, &summary.run_id).await?);
        }
        Ok(Self {
            runs,
            summaries,
            roles: client.list_roles().await?,
            settings: client.get_settings().await?,
            fleets: fleets(&client).await?,
            audit: client.all_audit_events().await?,
            memory: memory(setup),
        })
    }

    /// Asserts that a journal keeps its invariants, and that there is one audit event for each change.
    ///
    /// # Panics
    /// When that is not so.
    pub fn check(&self) {
        for (index, event) in (0..).zip(&self.audit) {
            assert_eq!(event.index, index, "the audit trail has a gap");
        }
        for run in &self.runs {
            let RunRecord { summary, check, .. } = run;
            assert_eq!(check.violations, [], "of run {}", summary.run_id);
            assert_eq!(check.tally, summary.operations, "of run {}", summary.run_id);
            let owed = u32::try_from(run.starts_owed.len()).expect("a page");
            assert_eq!(owed, summary.starts_owed, "of run {}", summary.run_id);
        }
    }
}

async fn fleets(client: &Client) -> Answer<Vec<(FleetDetails, Vec<RegistryEntry>)>> {
    let mut fleets = Vec::new();
    for fleet in client.list_fleets(0, MAX_PAGE).await?.items {
        let members = client.all_fleet_members(&fleet.fleet).await?;
        fleets.push((client.get_fleet(&fleet.fleet).await?, members));
    }
    Ok(fleets)
}

/// SHA-256 of the pages of the coordinator's stable memory that hold something. None on `PocketIC`, from which
/// hundreds of mebibytes would have to be fetched.
pub fn memory(setup: &Setup) -> Option<String> {
    static EMPTY: [u8; 65_536] = [0; 65_536];
    let mut network = setup.network.lock();
    let bytes = network.as_sandbox()?.stable_memory(setup.coordinator);
    let pages = (0_u64..).zip(bytes.chunks(EMPTY.len())).filter(|(_, page)| **page != EMPTY[..]);
    let hash = pages.fold(Sha256::new(), |hash, (number, page)| {
        hash.chain_update(number.to_be_bytes()).chain_update(page)
    });
    Some(hex::encode(hash.finalize()))
}

/// One run's records, as the auditor sees them.
///
/// # Errors
/// As the coordinator says.
pub async fn run(setup: &Setup, run_id: &str) -> Answer<RunRecord> {
    RunRecord::of(&setup.as_auditor(), &fleet::run(run_id)).await
}
