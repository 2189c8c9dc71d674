//! A rehearsal: the stage, the drivers that run over it, and what they leave.

use crate::{
    backup::{
        compare::compare,
        folder::{self, Folder},
        source::Source,
    },
    driver::{
        CrashMoment, Driver, Ended, Limits, Watcher,
        check::{Check, Snapshots, Verification, check},
        progress::Progress,
        trouble::Trouble,
        watch,
    },
    names,
    network::Network,
    output, plan,
    registry::Registry,
    rehearse::{
        args::RunArgs,
        faults::{Faults, Operations},
        on_chain,
        report::{Course, Disturbances, Report},
        stage::{Scene, Stage},
    },
};
use anyhow::{Context, Result, ensure};
use backup_fleet::Management;
use backup_journal::{
    RunId,
    execution::{BackupSelection, ExecutionStatus},
    journal::{Operation, ResumeSummary},
    plan::{
        BackupOperationKind as Kind, BackupPlan, RestoreSelection, SnapshotPlace,
        derive_restore_phases,
    },
};
use std::{path::Path, time::Duration};

/// What the id of the run has behind it that makes the backup which is restored.
const BACKUP_OF: &str = "-backup";
/// What must hold after a restore.
const RESTORED: &str = "every member has what was backed up";
/// After that time a stop takes effect no more that was under way at the end of a run.
const STOPS_END: Duration = Duration::from_secs(700);

/// The drivers of one run, what they run over, and what is done to them.
pub struct Rehearsal {
    /// What they run over.
    pub stage: Stage,
    /// Where the backup is written to.
    pub folder: Folder,
    run_id: RunId,
    limits: Limits,
    faults: Faults,
    /// Whether the coordinator executes the run.
    on_chain: bool,
    /// The folder that is restored from; none if the run is a backup.
    backup: Option<Folder>,
    progress: Progress,
    disturbances: Disturbances,
}

impl Rehearsal {
    /// Sets the stage and opens the journal. What was typed is checked before anything is written.
    pub async fn open(args: &RunArgs, scene: &Scene, pause_at: Option<u32>) -> Result<Self> {
        let registry = Registry::chosen(args.targets, args.registry.as_deref())?;
        let named = args.run_id.clone();
        let run_id = named.unwrap_or_else(|| names::run_id_of(&registry.fleet));
        let out = args.out.clone().unwrap_or_else(|| names::folder_of(&run_id));
        folder::ensure_usable(&out, folder::NEVER_OVER_ANOTHER)?;
        let stage = Stage::set(&registry, &args.coordinator_module, &args.member_module, scene)?;
        if args.restore {
            return Self::open_restore(args, stage, run_id, &out, pause_at).await;
        }
        let plan = if args.on_chain { None } else { Some(plan_of(&stage, &run_id).await?) };
        let kinds = match &plan {
            Some(plan) => plan.phases.iter().map(|phase| phase.kind).collect(),
            None => begin_on_chain(&stage, &run_id, args).await?,
        };
        let operations = Operations { kinds: &kinds, transfers_only: args.on_chain };
        let faults = Faults::new(args, pause_at, operations)?;
        let folder = Folder::create(&out)?;
        folder.write_registry(&stage.fleet.entries)?;
        let mut rehearsal = Self {
            progress: Progress::new(kinds.len(), stage.fleet.roles()),
            stage,
            folder,
            run_id,
            limits: args.limits(),
            faults,
            on_chain: args.on_chain,
            backup: None,
            disturbances: Disturbances::default(),
        };
        if let Some(plan) = plan {
            let created = plan::open_journal(&rehearsal.stage.client(), &plan).await;
            created.context("the journal cannot be opened")?;
            rehearsal.transitions(1)?;
        }
        Ok(rehearsal)
    }

    /// Makes a backup that nothing disturbs, ruins the fleet, and opens the journal of the restore.
    async fn open_restore(
        args: &RunArgs,
        stage: Stage,
        run_id: RunId,
        out: &Path,
        pause_at: Option<u32>,
    ) -> Result<Self> {
        let backup_id: RunId = format!("{run_id}{BACKUP_OF}").into();
        let plan = plan_of(&stage, &backup_id).await?;
        let phases = derive_restore_phases(SnapshotPlace::Folder, &plan.targets);
        let kinds: Vec<Kind> = phases.iter().map(|phase| phase.kind).collect();
        let faults =
            Faults::new(args, pause_at, Operations { kinds: &kinds, transfers_only: false })?;
        let folder = Folder::create(&out.join("backup"))?;
        folder.write_registry(&stage.fleet.entries)?;
        plan::open_journal(&stage.client(), &plan).await.context("the journal cannot be opened")?;
        let mut backup = Self {
            progress: Progress::new(plan.phases.len(), stage.fleet.roles()),
            stage,
            folder,
            run_id: backup_id,
            limits: args.limits(),
            faults: Faults::default(),
            on_chain: false,
            backup: None,
            disturbances: Disturbances::default(),
        };
        let ended = backup.drive().await?;
        backup.progress.finish();
        ensure!(ended == Ended::Completed, "the backup is not complete");
        backup.stage.ruin_the_fleet()?;
        output::tell("the data of every member are ruined, and are restored");
        let selection = RestoreSelection {
            plan_id: names::plan_id_of(&run_id),
            run_id: run_id.clone(),
            place: SnapshotPlace::Folder,
            members: None,
            map: Vec::new(),
        };
        let client = backup.stage.client();
        let plan = client.build_restore_plan(&backup.run_id, &selection).await?;
        let folder = Folder::create(&out.join("restore"))?;
        folder.write_registry(&backup.stage.fleet.entries)?;
        let mut rehearsal = Self {
            progress: Progress::new(plan.phases.len(), backup.stage.fleet.roles()),
            folder,
            run_id,
            faults,
            backup: Some(backup.folder),
            disturbances: Disturbances::default(),
            ..backup
        };
        plan::open_journal(&client, &plan).await.context("the journal cannot be opened")?;
        rehearsal.transitions(1)?;
        Ok(rehearsal)
    }

    /// Lets drivers run until the run is over, paused or in trouble, and verifies what one leaves that is over.
    pub async fn play(&mut self) -> Course {
        let mut course = Course::default();
        let played = match self.run().await {
            Ok(Ended::Completed | Ended::Aborted) => self.verify().await,
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        self.progress.finish();
        match played {
            Ok(checks) => course.checks = checks,
            Err(error) => {
                let client = self.stage.client();
                let network = &self.stage.network;
                let trouble = Trouble::after(&error, network, &client, &self.run_id, &self.folder);
                course.trouble = Some(trouble.await);
            }
        }
        self.disturbances.transitions = self.faults.transitions;
        course.disturbances = self.disturbances.clone();
        course
    }

    /// What there is to show, read from the coordinator.
    pub async fn report(&self, course: Course) -> Result<Report> {
        Report::of(&self.stage.client(), &self.run_id, &self.folder, course).await
    }

    /// The coordinator first, if it executes the run; then drivers.
    async fn run(&mut self) -> Result<Ended> {
        if self.on_chain {
            self.watch().await?;
        }
        self.drive().await
    }

    /// Watches what the coordinator does by itself, with all that is to go wrong.
    async fn watch(&mut self) -> Result<()> {
        let (network, client) = (self.stage.network.clone(), self.stage.client());
        let run_id = self.run_id.clone();
        let watched = watch(&network, &client, &run_id, self).await;
        network.sandbox().withdraw_faults();
        on_chain::count(&self.stage, &run_id, &mut self.disturbances).await?;
        watched
    }

    /// One driver after the other; each knows nothing but the id of the run and the folder.
    async fn drive(&mut self) -> Result<Ended> {
        loop {
            self.disturbances.drivers += 1;
            let (network, client) = (self.stage.network.clone(), self.stage.client());
            let folder = Folder::open(self.folder.path());
            let (run_id, backup) = (self.run_id.clone(), self.backup.clone());
            let driver =
                Driver::of(network, client, &run_id, &folder, backup.as_ref(), self.limits);
            match driver.await?.drive(self).await? {
                Ended::Died(sequence) => output::tell(&format!(
                    "the driver died over operation {sequence}; another one resumes"
                )),
                ended => return Ok(ended),
            }
        }
    }

    async fn verify(&self) -> Result<Vec<Check>> {
        if self.on_chain {
            self.stage.network.sleep(STOPS_END).await;
        }
        let foreign = self.on_chain.then(|| on_chain::foreign_snapshots(&self.stage));
        let verification = Verification {
            network: &self.stage.network,
            coordinator: &self.stage.client(),
            run_id: &self.run_id,
            folder: &self.folder,
            snapshots: foreign.as_ref().map_or(Snapshots::Noted, Snapshots::These),
        };
        let checks = verification.run().await.context("the result cannot be verified")?;
        let faults = self.on_chain.then(|| on_chain::check_faults(&self.stage));
        let compared = match &self.backup {
            Some(backup) => Some(check(RESTORED, self.compare(backup).await)),
            None => None,
        };
        Ok(checks.into_iter().chain(faults).chain(compared).collect())
    }

    /// Compares every member with what was backed up of it.
    async fn compare(&self, backup: &Folder) -> Result<()> {
        let management = Management::new(self.stage.network.clone());
        for source in Source::all(backup)? {
            let member = source.record().canister_id;
            let compared = compare(&management, member, &source).await;
            compared.with_context(|| format!("{member} is not restored"))?;
        }
        Ok(())
    }
}

impl Watcher for Rehearsal {
    fn transitions(&mut self, count: u32) -> Result<()> {
        if self.faults.count_transitions(count) {
            self.stage.upgrade_coordinator()?;
            self.disturbances.upgrades += 1;
        }
        Ok(())
    }

    fn claimed(&mut self, operation: &Operation) -> Result<()> {
        if !self.faults.aborts(operation) {
            return Ok(());
        }
        let told = format!("it was told to be aborted (--abort-at {})", operation.sequence);
        self.stage.abort_run(&self.run_id, &told)?;
        self.transitions(1)
    }

    fn failure(&mut self, operation: &Operation) -> Option<String> {
        self.faults.failure(operation)
    }

    fn pause(&self, operation: &Operation) -> bool {
        self.faults.pauses(operation)
    }

    fn crash(&mut self, operation: &Operation) -> Option<CrashMoment> {
        self.faults.crash(operation)
    }

    fn reported(&mut self, operation: &Operation, failure: Option<&str>) {
        self.disturbances.failures += u32::from(failure.is_some());
        self.progress.reported(operation, failure);
    }

    fn watched(&mut self, status: &ExecutionStatus, summary: &ResumeSummary) {
        self.progress.watched(status, summary);
    }

    fn note(&mut self, text: &str) {
        output::tell(text);
    }
}

/// A plan that backs up every member but the root.
async fn plan_of(stage: &Stage, run_id: &RunId) -> Result<BackupPlan> {
    let subject = stage.fleet.subject(names::plan_id_of(run_id), run_id.clone());
    plan::build(&stage.client(), subject, BackupSelection::WithoutRoot).await
}

/// Has the coordinator begin the run; answers with the kinds of its operations.
async fn begin_on_chain(stage: &Stage, run_id: &RunId, args: &RunArgs) -> Result<Vec<Kind>> {
    on_chain::begin(stage, run_id, args).await?;
    let operations = stage.client().all_operations(run_id).await?;
    Ok(operations.into_iter().map(|operation| operation.kind).collect())
}
