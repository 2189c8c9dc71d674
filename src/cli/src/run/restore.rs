//! Restores a backup, and rolls that back.

use crate::{
    agent::{AgentNetwork, connect::Settings},
    backup::{
        folder::{self, Folder},
        manifest::Manifest,
    },
    confirm::confirm,
    driver::{check::Snapshots, origins::Origins},
    exit::Exit,
    names, output,
    run::{
        announce,
        args::{RestoreArgs, RollBackArgs},
        known::{Known, backup_folder, out},
        opening::{open, set_deadline},
        preview,
        record::{self, RestoredFrom, RunRecord},
        work::Work,
    },
    usage::UsageError,
};
use anyhow::{Context, Result, bail, ensure};
use backup_coordinator_client::{ClientError, CoordinatorClient};
use backup_journal::{
    FleetName, RunId,
    api::CoordinatorError,
    execution::RestoreRequest,
    journal::RunState,
    plan::{BackupPlan, RestoreSelection, SnapshotPlace},
    registry::RegistryEntry,
};
use candid::Principal;
use std::{fs, path::Path};

/// What is restored from, and the run that took the snapshots.
struct Origin {
    from: RestoredFrom,
    run_id: RunId,
}

impl Origin {
    fn of(args: &RestoreArgs, settings: &Settings, own: Principal) -> Result<Self> {
        let named = args.backup.display();
        let from_network = args.from_network || args.on_chain;
        if from_network && !args.backup.is_dir() {
            let run_id = args.backup.to_str().unwrap_or_default();
            let run_id = names::parse_run_id(run_id)
                .map_err(|error| UsageError(format!("{named} is no run: {error}")))?;
            return Ok(Self { from: RestoredFrom::Network, run_id });
        }
        let path = backup_folder(&args.backup, settings).map_err(|UsageError(problem)| {
            UsageError(format!(
                "{problem}; a run is restored from its snapshots on the network with --from-network"
            ))
        })?;
        let shown = path.display();
        let run = Manifest::of_finished(&Folder::open(&path))?.run;
        let run = run.ok_or_else(|| {
            UsageError(format!(
                "{shown} was imported, so no coordinator knows it: upload it with icp"
            ))
        })?;
        if run.coordinator != own {
            let coordinator = run.coordinator;
            let problem = format!(
                "{shown} is a backup of the coordinator {coordinator}; name it with --coordinator"
            );
            return Err(UsageError(problem).into());
        }
        if from_network {
            return Ok(Self { from: RestoredFrom::Network, run_id: run.run_id });
        }
        let path = fs::canonicalize(&path).with_context(|| format!("{shown} cannot be found"))?;
        Ok(Self { from: RestoredFrom::Folder(path), run_id: run.run_id })
    }

    const fn place(&self) -> SnapshotPlace {
        match self.from {
            RestoredFrom::Folder(_) => SnapshotPlace::Folder,
            RestoredFrom::Network => SnapshotPlace::Network,
        }
    }

    fn folder(&self) -> Option<Folder> {
        match &self.from {
            RestoredFrom::Folder(path) => Some(Folder::open(path)),
            RestoredFrom::Network => None,
        }
    }
}

/// Begins a restore, and drives it to its end.
pub async fn begin(args: &RestoreArgs) -> Result<Exit> {
    let settings = args.work.connection.settings()?;
    let connection = settings.connect().await?;
    let coordinator = &connection.coordinator;
    let origin = Origin::of(args, &settings, coordinator.coordinator())?;
    let run_id = run_id(args, coordinator, &origin).await?;
    let out = out(&args.work, &settings, &run_id, names::restore_folder_of);
    folder::ensure_usable(&out, folder::NEVER_OVER_ANOTHER)?;
    let plan = plan(args, coordinator, &origin, &run_id).await?;
    let own = coordinator.coordinator();
    let record =
        RunRecord::of(&run_id, own, &settings, args.on_chain, Some(args.new_run.restart_within));
    let record = RunRecord { restores: Some(origin.from.clone()), ..record };
    if args.on_chain {
        let request = request(args, coordinator, &plan).await?;
        preview_on_chain(coordinator, &origin.run_id, &run_id, &request).await?;
        args.new_run.confirm("Restore this backup?")?;
        let folder = folder_of(&plan, &record, &out)?;
        let begun = coordinator.start_restore(&origin.run_id, &request).await;
        begun.context("the restore does not begin")?;
        let work = Work::on(&connection, &run_id, folder, &args.work)?.with(&record);
        work.watch().await?;
        return work.finish(Snapshots::Unknown).await;
    }
    let origins = Origins::of(plan.targets.iter(), origin.folder().as_ref())?;
    let origins = origins.context("BUG: the plan restores nothing")?;
    let targets = preview::look(&connection.network, &plan, &origins).await?;
    preview::tell(&plan, &targets, &out);
    let problems = preview::problems(&targets);
    if !problems.is_empty() {
        bail!("nothing was done: {}", problems.join("; "));
    }
    args.new_run.confirm("Restore this backup?")?;
    let folder = folder_of(&plan, &record, &out)?;
    record::write_plan(&folder, &plan)?;
    let work = Work::on(&connection, &run_id, folder, &args.work)?.with(&record);
    open(coordinator, &plan).await?;
    set_deadline(coordinator, &record).await?;
    work.finish(Snapshots::Noted).await
}

/// The id of the restore: named, or the fleet and the time.
async fn run_id(
    args: &RestoreArgs,
    coordinator: &CoordinatorClient<AgentNetwork>,
    origin: &Origin,
) -> Result<RunId> {
    let backup = match coordinator.get_journal(&origin.run_id).await {
        Err(ClientError::Refused(error @ CoordinatorError::RunNotFound { .. })) => {
            return Err(UsageError(error.to_string()).into());
        }
        found => found?,
    };
    Ok(args.new_run.run_id_of(&format!("{}-restore", backup.plan.fleet)))
}

/// Has the plan made from what the coordinator knows of the backup.
async fn plan(
    args: &RestoreArgs,
    coordinator: &CoordinatorClient<AgentNetwork>,
    origin: &Origin,
    run_id: &RunId,
) -> Result<BackupPlan> {
    let selection = RestoreSelection {
        plan_id: names::own_plan_id(),
        run_id: run_id.clone(),
        place: origin.place(),
        members: (!args.member.is_empty()).then(|| args.member.clone()),
        map: args.map.clone(),
    };
    match coordinator.build_restore_plan(&origin.run_id, &selection).await {
        Err(ClientError::Refused(error)) => {
            Err(UsageError(format!("this cannot be restored: {error}")).into())
        }
        built => built.context("the coordinator makes no plan"),
    }
}

/// The folder of the restore, with what `resume` has to know.
fn folder_of(plan: &BackupPlan, record: &RunRecord, out: &Path) -> Result<Folder> {
    let folder = Folder::create(out)?;
    folder.write_registry(&entries(plan))?;
    record.write(&folder)?;
    Ok(folder)
}

/// What the coordinator is asked for.
async fn request(
    args: &RestoreArgs,
    coordinator: &CoordinatorClient<AgentNetwork>,
    plan: &BackupPlan,
) -> Result<RestoreRequest> {
    let fleet: FleetName = plan.header.fleet.as_str().into();
    let policy = coordinator.get_fleet(&fleet).await?.fleet.policy;
    Ok(RestoreRequest {
        run_id: Some(plan.header.run_id.clone()),
        members: (!args.member.is_empty()).then(|| args.member.clone()),
        policy: Some(args.new_run.policy(policy, args.work.parallel)),
        start_later: None,
    })
}

async fn preview_on_chain(
    coordinator: &CoordinatorClient<AgentNetwork>,
    backup: &RunId,
    run_id: &RunId,
    request: &RestoreRequest,
) -> Result<()> {
    let preview = match coordinator.preview_restore(backup, request).await {
        Err(ClientError::Refused(error)) => {
            return Err(UsageError(format!("this cannot be restored: {error}")).into());
        }
        preview => preview?,
    };
    announce::restore(&preview, backup, run_id);
    if let Some(problem) = announce::problem(&preview) {
        bail!("nothing was done: {problem}");
    }
    Ok(())
}

/// The canisters that are restored, which are all that the restore is about.
fn entries(plan: &BackupPlan) -> Vec<RegistryEntry> {
    let entries = plan.targets.iter().map(|target| RegistryEntry {
        canister_id: target.canister_id,
        role: target.role.clone(),
        kind: None,
        parent_canister_id: target.parent_canister_id,
        module_hash: None,
    });
    entries.collect()
}

/// Rolls a restore back, and starts what it has stopped.
pub async fn roll_back(args: &RollBackArgs) -> Result<Exit> {
    let RollBackArgs { run_id, reason, yes, work } = args;
    let Known { folder, record, settings } = Known::of(run_id, work)?;
    let shown = folder.path().display().to_string();
    let Some(record) = record.filter(|record| record.restores.is_some()) else {
        let problem = format!("{shown} is not the folder of the restore; name it with --out");
        return Err(UsageError(problem).into());
    };
    let connection = settings.connect().await?;
    let summary = connection.coordinator.resume_summary(run_id).await?;
    let running = Work::on(&connection, run_id, folder, work)?.with(&record);
    let was_rolled_back = summary.abort.as_ref().is_some_and(|abort| abort.rolled_back);
    if !was_rolled_back {
        if summary.state != RunState::Contained {
            let problem = format!(
                "there is nothing to roll back: no member was loaded, or all were. Before the first load: \
                 backupctl abort {run_id}. To undo a restore that is over: backupctl restore {run_id} --from-network"
            );
            return Err(UsageError(problem).into());
        }
        output::tell(&format!(
            "the restore {run_id} is rolled back: what was loaded is replaced by its safety snapshot, and all are started"
        ));
        ensure!(*yes || confirm("Roll it back?")?, "nothing was done");
        if record.on_chain {
            connection.coordinator.roll_back_run(run_id, reason).await?;
        } else {
            running.roll_back(reason).await?;
        }
    }
    if record.on_chain {
        running.watch().await?;
        return running.finish(Snapshots::Unknown).await;
    }
    running.finish(Snapshots::Noted).await
}
