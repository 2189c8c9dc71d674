//! `backupctl rehearse`: sets the stage, lets drivers run over it, verifies what they leave, and reports.

use crate::{
    args::{CrashMoment, RehearseArgs},
    audit::Auditor,
    check::Verification,
    driver::{Driver, Ended, Watcher},
    faults::Faults,
    folder::{self, Folder},
    plan,
    progress::Progress,
    registry::Registry,
    report::{Course, Disturbances, Report},
    stage::Stage,
    table,
    trouble::Trouble,
};
use anyhow::{Context, Result};
use backup_journal::{RunId, journal::Operation, limits::MAX_PLAN_TARGETS, plan::BackupPlan};
use candid::Principal;
use std::{collections::BTreeMap, path::PathBuf};

/// Rehearses a backup; true when everything holds in the end.
pub fn rehearse(args: &RehearseArgs) -> Result<bool> {
    pollster::block_on(run(args))
}

async fn run(args: &RehearseArgs) -> Result<bool> {
    let registry = match (args.targets, &args.registry) {
        (Some(targets), _) => Registry::of_size(targets)?,
        (None, Some(path)) => Registry::read(path)?,
        (None, None) => Registry::demo()?,
    };
    let run_id = run_id(args, &registry.fleet);
    let out = out(args, &run_id);
    folder::ensure_empty(&out)?;
    let stage = Stage::set(&registry, &args.coordinator_module, &args.member_module)?;
    let plan = plan::build(&stage.client(), &stage.fleet, &run_id).await?;
    let faults = Faults::new(args, &plan)?;
    let folder = Folder::create(&out)?;
    folder.write_registry(&stage.fleet.entries)?;

    let mut rehearsal = Rehearsal::new(stage, faults, &plan);
    rehearsal.open(&plan).await?;
    let auditor = Auditor::begin(args, &rehearsal.stage).await?;
    let course = rehearsal.play(&run_id, &folder).await;
    rehearsal.progress.finish();
    let trouble = course.trouble.clone();
    let audit = auditor.end(&rehearsal.stage).await?;
    let report = Report::of(&rehearsal.stage.client(), &run_id, &folder, course).await?;
    let report = report.with_audit(audit);
    show(args, &report, trouble.as_ref(), &folder)
}

/// Writes the result to standard output and, if there is one, the problem to standard error.
fn show(
    args: &RehearseArgs,
    report: &Report,
    trouble: Option<&Trouble>,
    folder: &Folder,
) -> Result<bool> {
    if args.json {
        print!("{}", folder::to_json(report)?);
    } else {
        print!("{}", table::render(report));
    }
    match (trouble, report.first_problem()) {
        (Some(trouble), _) => eprintln!("{}", trouble.explain(&report.run_id, folder)),
        (None, Some(problem)) => eprintln!("error: {problem}"),
        (None, None) => {}
    }
    Ok(report.ok)
}

fn run_id(args: &RehearseArgs, fleet: &str) -> RunId {
    args.run_id.clone().map_or_else(
        || {
            let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
            RunId(format!("{}-{now}", safe(fleet)))
        },
        RunId,
    )
}

/// A name as part of a folder's name.
fn safe(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().take(40).map(safe).collect()
}

fn out(args: &RehearseArgs, run_id: &RunId) -> PathBuf {
    let default = || PathBuf::from(format!("./backup-{run_id}"));
    args.out.clone().unwrap_or_else(default)
}

/// The drivers of one run, what they run over, and what is done to them.
struct Rehearsal {
    stage: Stage,
    faults: Faults,
    progress: Progress,
    disturbances: Disturbances,
}

impl Rehearsal {
    fn new(stage: Stage, faults: Faults, plan: &BackupPlan) -> Self {
        let role = |entry: &backup_journal::registry::RegistryEntry| {
            Some((entry.canister_id, entry.role.clone()?))
        };
        let roles: BTreeMap<Principal, String> =
            stage.fleet.entries.iter().filter_map(role).collect();
        Self {
            progress: Progress::new(plan.phases.len(), roles),
            stage,
            faults,
            disturbances: Disturbances::default(),
        }
    }

    /// Opens the journal.
    async fn open(&mut self, plan: &BackupPlan) -> Result<()> {
        let client = self.stage.client();
        let created = if plan.targets.len() > MAX_PLAN_TARGETS {
            client.create_journal_in_batches(&plan.header, &plan.targets).await
        } else {
            client.create_journal(plan).await
        };
        created.context("the journal cannot be opened")?;
        self.transition()
    }

    /// Lets drivers run until the run is complete or in trouble, and verifies what they leave.
    async fn play(&mut self, run_id: &RunId, folder: &Folder) -> Course {
        let mut course = Course::default();
        let played = match self.drive(run_id, folder).await {
            Ok(()) => self.verify(run_id, folder).await,
            Err(error) => Err(error),
        };
        match played {
            Ok(checks) => course.checks = checks,
            Err(error) => {
                let client = self.stage.client();
                let network = &self.stage.network;
                let trouble = Trouble::after(&error, network, &client, run_id, folder);
                course.trouble = Some(trouble.await);
            }
        }
        self.disturbances.transitions = self.faults.transitions;
        course.disturbances = self.disturbances.clone();
        course
    }

    /// One driver after the other; each knows nothing but the id of the run and the folder.
    async fn drive(&mut self, run_id: &RunId, folder: &Folder) -> Result<()> {
        loop {
            self.disturbances.drivers += 1;
            let (network, client) = (self.stage.network.clone(), self.stage.client());
            let folder = Folder::open(folder.path());
            let driver = Driver::of(network, client, run_id, &folder).await?;
            match driver.drive(self).await? {
                Ended::Completed => return Ok(()),
                Ended::Died(sequence) => self.progress.note(&format!(
                    "the driver died over operation {sequence}; another one resumes"
                )),
            }
        }
    }

    async fn verify(&self, run_id: &RunId, folder: &Folder) -> Result<Vec<crate::check::Check>> {
        let verification = Verification {
            network: &self.stage.network,
            coordinator: &self.stage.client(),
            run_id,
            folder,
        };
        verification.run().await.context("the result cannot be verified")
    }
}

impl Watcher for Rehearsal {
    fn transition(&mut self) -> Result<()> {
        if self.faults.count_transition() {
            self.stage.upgrade_coordinator()?;
            self.disturbances.upgrades += 1;
        }
        Ok(())
    }

    fn failure(&mut self, operation: &Operation) -> Option<String> {
        self.faults.failure(operation)
    }

    fn crash(&mut self, operation: &Operation) -> Option<CrashMoment> {
        self.faults.crash(operation)
    }

    fn reported(&mut self, operation: &Operation, failure: Option<&str>) {
        self.disturbances.failures += u32::from(failure.is_some());
        self.progress.reported(operation, failure);
    }
}
