//! `backupctl run`, `resume`, `fetch`, `restore` and `rollback`: make and restore backups of a fleet on a network.

mod announce;
pub mod args;
mod drive;
mod fleet;
pub mod known;
mod live;
pub mod lock;
mod opening;
mod outcome;
mod preview;
pub mod record;
mod restore;
mod work;

use crate::{
    backup::folder::{self, Folder},
    driver::check::Snapshots,
    exit::Exit,
    names, plan,
    registry::Fleet,
    task::block_on,
    usage::UsageError,
};
use anyhow::{Context, Result, bail, ensure};
use args::{RestoreArgs, ResumeArgs, RollBackArgs, RunArgs};
use backup_coordinator_client::{CoordinatorClient, Runtime};
use backup_journal::{
    FleetName, RunId,
    api::TargetStatus,
    execution::{BackupRequest, ExecutionPhase},
    fleet::{FleetPolicy, TransferPolicy},
    journal::{RunState, Stage},
    plan::BackupPlan,
    registry::RegistryEntry,
};
use known::{Known, out};
use opening::{is_unknown, open, set_deadline};
use record::RunRecord;
use std::path::Path;
use work::Work;

/// Makes a backup.
pub fn run(args: &RunArgs) -> Result<Exit> {
    block_on(begin(args))
}

/// Goes on with a backup that this or an earlier command has begun.
pub fn resume(args: ResumeArgs) -> Result<Exit> {
    block_on(go_on(args))
}

/// Downloads the snapshots of a run that the coordinator executes.
pub fn fetch(args: ResumeArgs) -> Result<Exit> {
    block_on(transfer(args))
}

/// Restores a backup.
pub fn restore(args: &RestoreArgs) -> Result<Exit> {
    block_on(restore::begin(args))
}

/// Rolls a restore back.
pub fn roll_back(args: &RollBackArgs) -> Result<Exit> {
    block_on(restore::roll_back(args))
}

async fn begin(args: &RunArgs) -> Result<Exit> {
    let settings = args.work.connection.settings()?;
    let connection = settings.connect().await?;
    let coordinator = &connection.coordinator;
    let fleet = fleet::find(coordinator, args, &settings).await?;
    let run_id = args.new_run.run_id_of(&fleet.name);
    let out = out(&args.work, &settings, &run_id, names::folder_of);
    folder::ensure_usable(&out, folder::NEVER_OVER_ANOTHER)?;
    let deadline = args.fleet.as_ref().map(|_| args.new_run.restart_within);
    let own = coordinator.coordinator();
    let record = RunRecord::of(&run_id, own, &settings, args.on_chain, deadline);
    let begun = Begun { args, fleet: &fleet, run_id: &run_id, out: &out, record: &record };
    if args.on_chain {
        let folder = begun.on_chain(coordinator).await?;
        let work = Work::on(&connection, &run_id, folder, &args.work)?;
        work.watch().await?;
        return work.finish(Snapshots::Unknown).await;
    }
    let (folder, plan) = begun.by_driver(coordinator).await?;
    let work = Work::on(&connection, &run_id, folder, &args.work)?.with(&record);
    open(coordinator, &plan).await?;
    set_deadline(coordinator, &record).await?;
    work.finish(Snapshots::Noted).await
}

/// A run that is about to begin.
struct Begun<'a> {
    args: &'a RunArgs,
    fleet: &'a Fleet,
    run_id: &'a RunId,
    out: &'a Path,
    record: &'a RunRecord,
}

impl Begun<'_> {
    /// Plans the run, asks, and makes the folder.
    async fn by_driver<R: Runtime>(
        &self,
        coordinator: &CoordinatorClient<R>,
    ) -> Result<(Folder, BackupPlan)> {
        let subject = self.fleet.subject(names::own_plan_id(), self.run_id.clone());
        let plan = plan::build(coordinator, subject, self.args.select).await?;
        announce::plan(self.fleet, &plan, self.out);
        self.confirm()?;
        let folder = self.folder()?;
        record::write_plan(&folder, &plan)?;
        Ok((folder, plan))
    }

    /// Asks, makes the folder, and has the coordinator begin.
    async fn on_chain<R: Runtime>(&self, coordinator: &CoordinatorClient<R>) -> Result<Folder> {
        let fleet: FleetName = self.fleet.name.as_str().into();
        let policy = coordinator.get_fleet(&fleet).await?.fleet.policy;
        let request = BackupRequest {
            run_id: Some(self.run_id.clone()),
            selection: Some(self.args.select),
            policy: Some(FleetPolicy {
                transfer: TransferPolicy::Await,
                ..self.args.new_run.policy(policy, self.args.work.parallel)
            }),
            start_later: None,
        };
        let preview = coordinator.preview_backup(&fleet, &request).await?;
        announce::preview(&preview, self.run_id, self.out);
        if let Some(problem) = announce::problem(&preview) {
            bail!("nothing was done: {problem}");
        }
        self.confirm()?;
        let folder = self.folder()?;
        coordinator.start_backup(&fleet, &request).await.context("the backup does not begin")?;
        Ok(folder)
    }

    fn confirm(&self) -> Result<()> {
        self.args.new_run.confirm("Make this backup?")
    }

    fn folder(&self) -> Result<Folder> {
        let folder = Folder::create(self.out)?;
        folder.write_registry(&self.fleet.entries)?;
        self.record.write(&folder)?;
        Ok(folder)
    }
}

async fn go_on(args: ResumeArgs) -> Result<Exit> {
    let ResumeArgs { run_id, work } = args;
    let Known { folder, record, settings } = Known::of(&run_id, &work)?;
    let connection = settings.connect().await?;
    let coordinator = &connection.coordinator;
    let Some(record) = record else {
        let summary = coordinator.resume_summary(&run_id).await?;
        if summary.state != RunState::Aborting {
            return Err(UsageError(format!(
                "{} is not the folder of the run; name it with --out. If it is lost: backupctl abort {run_id}, then \
                 this command again, which starts the members",
                folder.path().display()
            ))
            .into());
        }
        let folder = fetch_folder(coordinator, &run_id, folder.path()).await?;
        return Work::on(&connection, &run_id, folder, &work)?.finish(Snapshots::Unknown).await;
    };
    let snapshots = if record.on_chain { Snapshots::Unknown } else { Snapshots::Noted };
    let running = Work::on(&connection, &run_id, folder, &work)?.with(&record);
    let is_unknown = is_unknown(coordinator, &run_id).await?;
    if record.on_chain {
        let shown = running.folder.path().display();
        ensure!(
            !is_unknown,
            "the run was not begun: the coordinator does not know it. Remove {shown}, and begin again"
        );
        running.watch().await?;
    } else {
        if is_unknown {
            open(coordinator, &record::read_plan(&running.folder)?).await?;
        }
        // The command may have died between the two calls.
        if coordinator.resume_summary(&run_id).await?.state == RunState::AwaitingPreflight {
            set_deadline(coordinator, &record).await?;
        }
    }
    running.finish(snapshots).await
}

async fn transfer(args: ResumeArgs) -> Result<Exit> {
    let ResumeArgs { run_id, work } = args;
    let Known { folder, record, settings } = Known::of(&run_id, &work)?;
    let connection = settings.connect().await?;
    let coordinator = &connection.coordinator;
    let summary = coordinator.resume_summary(&run_id).await?;
    if summary.restore.is_some() {
        let problem = format!("{run_id} is a restore, which downloads nothing");
        return Err(UsageError(problem).into());
    }
    let executed = coordinator.execution_status(&run_id).await;
    let executed = executed.is_ok_and(|status| status.phase != ExecutionPhase::Over);
    let rest = matches!(summary.stage, None | Some(Stage::Transfer | Stage::Finalize));
    if !executed && !rest {
        return Err(UsageError(format!(
            "the run is driven from outside, and its members do not all run yet: backupctl resume {run_id}"
        ))
        .into());
    }
    let folder = if record.is_some() {
        folder
    } else {
        let folder = fetch_folder(coordinator, &run_id, folder.path()).await?;
        let coordinator = coordinator.coordinator();
        RunRecord::of(&run_id, coordinator, &settings, true, None).write(&folder)?;
        folder
    };
    let work = Work::on(&connection, &run_id, folder, &work)?;
    if executed {
        work.watch().await?;
    }
    work.finish(Snapshots::Unknown).await
}

/// Makes a folder for a run that was begun elsewhere.
pub async fn fetch_folder<R: Runtime>(
    coordinator: &CoordinatorClient<R>,
    run_id: &RunId,
    path: &Path,
) -> Result<Folder> {
    let targets = coordinator.all_targets(run_id).await?;
    let folder = Folder::create(path)?;
    let entries = targets.into_iter().map(|TargetStatus { target, .. }| RegistryEntry {
        canister_id: target.canister_id,
        role: target.role,
        kind: None,
        parent_canister_id: target.parent_canister_id,
        module_hash: target.expected_module_hash,
    });
    folder.write_registry(&entries.collect::<Vec<_>>())?;
    Ok(folder)
}
