//! What a run has come to.

use crate::{
    backup::folder::Folder,
    driver::{
        check::{Check, NONE_OWED, RUNNING, Snapshots, Verification},
        downtime::Downtime,
    },
    exit::Exit,
    network::Network,
    tables::table,
};
use anyhow::Result;
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    RunId, Span,
    api::TargetStatus,
    journal::{Artifact, ResumeSummary, RunOutcome, RunState},
};
use candid::Principal;
use serde::Serialize;
use std::{fmt::Write, path::PathBuf};

/// What a run has come to.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The run.
    pub run_id: RunId,
    /// The fleet.
    pub fleet: String,
    /// The coordinator.
    pub coordinator: Principal,
    /// Where the run stands.
    pub state: RunState,
    /// What it is worth; none while it is not over.
    #[serde(rename = "outcome")]
    pub worth: Option<RunOutcome>,
    /// How long the members were down, if any was.
    pub downtime: Option<Downtime>,
    /// The members, and what the run has of them.
    pub members: Vec<MemberRow>,
    /// Where the backup lies.
    pub out: PathBuf,
    /// The final verification.
    pub checks: Vec<Check>,
    /// Whether the run is a restore.
    #[serde(skip)]
    pub restores: bool,
    /// Why the run did not go on, if it did not.
    pub error: Option<String>,
}

/// A member, and what the run has of it.
#[derive(Debug, Serialize)]
pub struct MemberRow {
    /// The canister.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// Snapshot, download and checksum.
    #[serde(flatten)]
    pub artifact: Artifact,
}

impl Outcome {
    /// Asks coordinator and network, and reads the folder.
    pub async fn of<N: Network>(
        network: &N,
        coordinator: &CoordinatorClient<N>,
        run_id: &RunId,
        folder: &Folder,
        snapshots: Snapshots<'_>,
    ) -> Result<Self> {
        let verification = Verification { network, coordinator, run_id, folder, snapshots };
        let summary = coordinator.resume_summary(run_id).await?;
        let checks = match summary.state {
            RunState::Completed => verification.run().await?,
            _ => verification.of_members().await?,
        };
        let targets = coordinator.all_targets(run_id).await?;
        let receipts = coordinator.all_operation_receipts(run_id).await?;
        let ResumeSummary { run_id, fleet, state, outcome, updated_at, restore, .. } = summary;
        Ok(Self {
            run_id,
            fleet,
            coordinator: coordinator.coordinator(),
            state,
            worth: outcome,
            downtime: Downtime::of(&receipts, &targets, updated_at),
            members: targets.into_iter().map(MemberRow::of).collect(),
            out: folder.path().to_owned(),
            checks,
            restores: restore.is_some(),
            error: None,
        })
    }

    /// The first thing that does not hold.
    pub fn problem(&self) -> Option<String> {
        let problem = |check: &Check| {
            let problem = check.problem.as_ref()?;
            Some(format!("it does not hold that {}: {problem}", check.name))
        };
        self.checks.iter().find_map(problem)
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        let fails = |check: &&Check| check.problem.is_some();
        let of_members = |check: &Check| check.name == RUNNING || check.name == NONE_OWED;
        let stopped = self.checks.iter().filter(fails).any(of_members);
        if self.error.is_some() {
            let saved = self.members.iter().any(|member| member.artifact.snapshot_id.is_some());
            return if saved && !stopped { Exit::Incomplete } else { Exit::Failed };
        }
        match self.worth.map(Exit::of) {
            Some(Exit::Complete) if self.problem().is_some() => Exit::Failed,
            Some(exit) if !stopped => exit,
            _ => Exit::Failed,
        }
    }

    /// For a person.
    pub fn render(&self) -> String {
        let rows = self.members.iter().map(|member| {
            let Artifact { snapshot_id, checksum, .. } = &member.artifact;
            let verified = checksum.as_ref().map_or("-", |_| "yes");
            [
                member.role.clone().unwrap_or_default(),
                member.canister_id.to_text(),
                snapshot_id.clone().unwrap_or_else(|| "-".to_owned()),
                verified.to_owned(),
            ]
        });
        let mut text = if self.restores {
            let rows = self.members.iter().map(MemberRow::restored);
            table(["member", "canister", "restored", "before"], rows, &[])
        } else {
            table(["member", "canister", "snapshot", "verified"], rows, &[])
        };
        let mut line = |name: &str, value: String| {
            let _ = write!(text, "\n{name:<9} {value}"); // writing to a string cannot fail
        };
        let worth = self.worth.map_or("not over".to_owned(), |it| format!("{it:?}"));
        line("run", format!("{} ({:?}, {worth})", self.run_id, self.state));
        if let Some(down) = &self.downtime {
            let (fleet, longest) = (Span(down.fleet_nanos), Span(down.longest_nanos));
            line(
                "downtime",
                format!("{fleet} from the first stop to the last start; longest {longest}"),
            );
        }
        let folder = if self.restores { "record" } else { "backup" };
        line(folder, self.out.display().to_string());
        text + "\n"
    }
}

impl MemberRow {
    /// What was loaded last, and the snapshot of what there was before.
    fn restored(&self) -> [String; 4] {
        let Artifact { snapshot_id, loaded_snapshot_id, .. } = &self.artifact;
        let shown = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
        [
            self.role.clone().unwrap_or_default(),
            self.canister_id.to_text(),
            shown(loaded_snapshot_id),
            shown(snapshot_id),
        ]
    }

    fn of(status: TargetStatus) -> Self {
        Self {
            canister_id: status.target.canister_id,
            role: status.target.role,
            artifact: status.artifact.unwrap_or_default(),
        }
    }
}
