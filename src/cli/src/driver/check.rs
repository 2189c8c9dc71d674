//! The final verification: whether fleet, journal and folder say the same, each read anew.

use crate::{
    backup::folder::{Folder, MANIFEST},
    driver::{look::statuses, notes::FolderNotes, restored::RESTORED},
    network::Network,
};
use anyhow::{Context, Result, bail, ensure};
use backup_coordinator_client::CoordinatorClient;
use backup_fleet::{
    Management, SnapshotIds, TakeNotes,
    settle::{self, Taken},
    types::CanisterStatusType,
};
use backup_journal::{
    RunId, Sequence,
    api::TargetStatus,
    journal::{Operation, OperationState, ResumeSummary, RunState, Tally},
    limits::MAX_PAGE,
    plan::BackupOperationKind as Kind,
};
use candid::Principal;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
};

/// At how many canisters it is looked at once.
pub const AT_ONCE: usize = 40;

/// The checks that are about the members alone.
pub const RUNNING: &str = "every member is running";
/// The other one.
pub const NONE_OWED: &str = "no restart is owed";

/// Something that must hold in the end.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Why it does not, if it does not.
    pub problem: Option<String>,
}

/// What is verified, and where.
pub struct Verification<'a, N> {
    /// The network.
    pub network: &'a N,
    /// The journal.
    pub coordinator: &'a CoordinatorClient<N>,
    /// The run.
    pub run_id: &'a RunId,
    /// The files.
    pub folder: &'a Folder,
    /// What is known of the snapshots that there were before the run.
    pub snapshots: Snapshots<'a>,
}

/// What is known of the snapshots that there were before a run.
#[derive(Clone, Copy, Debug)]
pub enum Snapshots<'a> {
    /// The driver has noted them in the folder.
    Noted,
    /// These ones; none of other canisters.
    These(&'a BTreeMap<Principal, SnapshotIds>),
    /// Nothing, so a snapshot is of the run if the journal says so.
    Unknown,
}

impl<N: Network> Verification<'_, N> {
    /// Makes all checks, in an order in which the first that fails says most.
    pub async fn run(&self) -> Result<Vec<Check>> {
        let summary = self.coordinator.resume_summary(self.run_id).await?;
        let targets = self.coordinator.all_targets(self.run_id).await?;
        let operations = self.coordinator.all_operations(self.run_id).await?;
        if summary.restore.is_some() {
            return Ok(vec![
                check("the run is completed", completed(&summary)),
                check(RUNNING, self.running(&operations).await),
                check(NONE_OWED, self.no_restart(&summary).await),
                check("every member has its snapshot loaded", loaded(&targets)),
                check("it is written down what was restored", self.restored()),
                check(
                    "the journal keeps its invariants",
                    check_journal(self.coordinator, &summary).await,
                ),
            ]);
        }
        Ok(vec![
            check("the run is completed", completed(&summary)),
            check(RUNNING, self.running(&operations).await),
            check(NONE_OWED, self.no_restart(&summary).await),
            check(
                "each target has one snapshot of this run",
                self.one_snapshot_each(&targets, &operations).await,
            ),
            check("every checksum is that of the downloaded files", self.checksums(&targets)),
            check("the manifest is written", self.manifest()),
            check(
                "the journal keeps its invariants",
                check_journal(self.coordinator, &summary).await,
            ),
        ])
    }

    /// Makes the checks that are not about the backup.
    pub async fn of_members(&self) -> Result<Vec<Check>> {
        let summary = self.coordinator.resume_summary(self.run_id).await?;
        let operations = self.coordinator.all_operations(self.run_id).await?;
        let running = check(RUNNING, self.running(&operations).await);
        Ok(vec![running, check(NONE_OWED, self.no_restart(&summary).await)])
    }

    /// A member that did not run before the run was left as it was: its stop was skipped, and no abort is the reason.
    async fn running(&self, operations: &[Operation]) -> Result<()> {
        let left = operations.iter().filter(|row| {
            let skipped = row.state == OperationState::Skipped && row.reason.is_none();
            row.kind == Kind::Stop && skipped
        });
        let left: BTreeSet<Principal> = left.filter_map(|row| row.target_canister_id).collect();
        let ids = self.folder.registry()?.into_iter().map(|entry| entry.canister_id);
        let ids = ids.filter(|id| !left.contains(id));
        let mut statuses = pin!(statuses(self.network, ids, AT_ONCE));
        while let Some((id, status)) = statuses.next().await {
            let status = status?.status;
            ensure!(status == CanisterStatusType::Running, "{id} is {status:?}");
        }
        Ok(())
    }

    async fn no_restart(&self, summary: &ResumeSummary) -> Result<()> {
        let owed = self.coordinator.all_starts_owed(self.run_id).await?;
        if let Some(first) = owed.first() {
            bail!("{} owes a start", first.canister_id);
        }
        ensure!(!summary.restart_required, "the journal says that one is");
        Ok(())
    }

    /// A snapshot is of this run if it was not there before the run took one.
    async fn one_snapshot_each(
        &self,
        targets: &[TargetStatus],
        operations: &[Operation],
    ) -> Result<()> {
        let noted = targets.iter().filter_map(|status| {
            Some((status.target.canister_id, status.artifact.as_ref()?.snapshot_id.as_ref()?))
        });
        let noted: BTreeMap<Principal, &String> = noted.collect();
        let compare = async |operation: &Operation| {
            let id = operation.target_canister_id.context("a snapshot of nothing")?;
            let noted =
                noted.get(&id).with_context(|| format!("{id} has no snapshot of this run"))?;
            let taken = self.taken(operation.sequence, id, noted).await?;
            ensure!(taken == **noted, "{id} has snapshot {taken}, and the journal says {noted}");
            Ok(())
        };
        let taken = operations.iter().filter(|row| row.kind == Kind::CreateSnapshot);
        stream::iter(taken).map(compare).buffered(AT_ONCE).try_collect().await
    }

    /// The snapshot of this run that a canister has.
    async fn taken(&self, operation: Sequence, canister: Principal, noted: &str) -> Result<String> {
        let now = Management::new(self.network.clone()).snapshots(canister).await?;
        let before = match self.snapshots {
            Snapshots::These(before) => before.get(&canister).cloned().unwrap_or_default(),
            Snapshots::Noted => {
                let before = FolderNotes::new(self.run_id.clone(), self.folder.clone());
                let before = before.noted(operation, canister)?;
                before.with_context(|| format!("{canister}: nothing was noted before"))?
            }
            Snapshots::Unknown => {
                let found = now.iter().any(|id| id.to_string() == noted);
                ensure!(found, "{canister} has no snapshot {noted} any more");
                return Ok(noted.to_owned());
            }
        };
        match settle::taken(&before, &now) {
            Taken::This(id) => Ok(id.to_string()),
            Taken::Not => bail!("{canister} has no snapshot of this run"),
            Taken::Undecided(new) => bail!("{canister} has {} snapshots of this run", new.len()),
        }
    }

    fn checksums(&self, targets: &[TargetStatus]) -> Result<()> {
        for status in targets.iter().filter(|status| status.has_snapshot()) {
            let id = status.target.canister_id;
            let artifact = status.artifact.clone().unwrap_or_default();
            ensure!(artifact.artifact_path.is_some(), "nothing of {id} was downloaded");
            let found = self.folder.verify(id)?.checksum;
            let noted = artifact.checksum.unwrap_or_default();
            ensure!(
                found == noted,
                "the files of {id} have checksum {found}, and the journal says {noted:?}"
            );
        }
        Ok(())
    }

    fn manifest(&self) -> Result<()> {
        self.names_the_run(MANIFEST)
    }

    fn restored(&self) -> Result<()> {
        self.names_the_run(RESTORED)
    }

    fn names_the_run(&self, file: &str) -> Result<()> {
        let path = self.folder.path().join(file);
        let text =
            std::fs::read(&path).with_context(|| format!("{} is missing", path.display()))?;
        let written: serde_json::Value = serde_json::from_slice(&text)?;
        let run = written["run_id"].as_str().unwrap_or_default();
        ensure!(run == self.run_id.as_str(), "it is about the run {run:?}");
        Ok(())
    }
}

/// Looks whether a journal keeps its invariants, and whether its rows add up to what its header says.
pub async fn check_journal<N: Network>(
    coordinator: &CoordinatorClient<N>,
    summary: &ResumeSummary,
) -> Result<()> {
    let (mut tally, mut next) = (Tally::default(), Some(0));
    let (mut owed, mut snapshots, mut verified) = (0, 0, 0);
    while let Some(start) = next {
        let page = coordinator.validate_journal(&summary.run_id, start, MAX_PAGE).await?;
        if let Some(violation) = page.violations.first() {
            anyhow::bail!("{violation:?}");
        }
        add(&mut tally, page.tally);
        owed += page.starts_owed;
        snapshots += page.targets_with_snapshot;
        verified += page.targets_verified;
        next = page.next;
    }
    let noted = summary.operations;
    ensure!(tally == noted, "the rows add up to {tally:?}, and the header says {noted:?}");
    let found = (owed, snapshots, verified);
    let noted = (summary.starts_owed, summary.targets_with_snapshot, summary.targets_verified);
    ensure!(found == noted, "the targets add up to {found:?}, and the header says {noted:?}");
    Ok(())
}

fn completed(summary: &ResumeSummary) -> Result<()> {
    let state = summary.state;
    ensure!(state == RunState::Completed, "it is {state:?}");
    Ok(())
}

/// What was loaded last is what was uploaded, or what the plan names.
fn loaded(targets: &[TargetStatus]) -> Result<()> {
    for TargetStatus { target, artifact, .. } in targets {
        let artifact = artifact.clone().unwrap_or_default();
        let restore = target.restore.as_ref().map(|restore| restore.snapshot_id.clone());
        let expected = artifact.uploaded_snapshot_id.or(restore);
        ensure!(artifact.loaded_snapshot_id == expected, "{} has not", target.canister_id);
    }
    Ok(())
}

/// A check with its result.
pub fn check(name: &'static str, result: Result<()>) -> Check {
    Check { name, problem: result.err().map(|problem| format!("{problem:#}")) }
}

fn add(sum: &mut Tally, part: Tally) {
    for (state, count) in part.by_state() {
        *sum.of(state) += count;
    }
}
