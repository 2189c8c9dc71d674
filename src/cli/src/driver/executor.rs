//! Performs one operation of a run: on the fleet through `backup-fleet`, and on the folder of the backup.

use crate::{
    backup::{
        download::Download,
        folder::{Folder, MANIFEST},
        in_flight::InFlight,
        meter::{Meter, NoMeter},
    },
    disk::unfinished,
    driver::{
        evidence::Evidence, manifest, notes::FolderNotes, origins::Origins, preflight::Preflight,
        restored, restoring::Restoring,
    },
    network::Network,
};
use anyhow::{Context, Result, bail};
use backup_coordinator_client::CoordinatorClient;
use backup_fleet::{Performer, SnapshotId};
use backup_journal::{
    RunId, Timestamp,
    journal::{Artifact, Operation},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;
use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

/// Performs the operations of one run.
pub struct Executor<N> {
    network: N,
    performer: Performer<N, FolderNotes>,
    coordinator: CoordinatorClient<N>,
    run_id: RunId,
    folder: Folder,
    in_flight: InFlight,
    meter: Arc<dyn Meter>,
    /// What is restored; none if the run is a backup.
    origins: Option<Origins>,
    /// Where each target stands in the coordinator's list, so that one can be fetched by itself.
    positions: BTreeMap<Principal, u64>,
    /// At how many canisters a preflight looks at once.
    parallel: usize,
}

impl<N: Network> Executor<N> {
    /// An executor that knows of the run only what the journal says. A preflight looks at `parallel` canisters at once.
    /// `backup` is the folder that is restored from, if one is.
    pub async fn of(
        network: N,
        coordinator: CoordinatorClient<N>,
        run_id: RunId,
        folder: Folder,
        backup: Option<&Folder>,
        parallel: usize,
    ) -> Result<Self> {
        let targets = coordinator.all_targets(&run_id).await?;
        let origins = Origins::of(targets.iter().map(|status| &status.target), backup)?;
        let positions = targets
            .into_iter()
            .zip(0..)
            .map(|(status, position)| (status.target.canister_id, position))
            .collect();
        Ok(Self {
            performer: Performer::new(
                network.clone(),
                FolderNotes::new(run_id.clone(), folder.clone()),
            ),
            network,
            coordinator,
            run_id,
            folder,
            in_flight: InFlight::default(),
            meter: Arc::new(NoMeter),
            origins,
            positions,
            parallel,
        })
    }

    /// The same, and `meter` observes its downloads.
    pub fn with_meter(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// The checks before anything is touched.
    pub async fn preflight(&self) -> Result<Preflight<'_, N>> {
        let (network, folder, origins) = (&self.network, &self.folder, self.origins.as_ref());
        let run_id = &self.run_id;
        Preflight::of(network, &self.coordinator, run_id, folder, origins, self.parallel).await
    }

    /// Network time.
    pub fn now(&self) -> Timestamp {
        self.network.now()
    }

    /// Lets this time pass.
    pub async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            self.network.sleep(time).await;
        }
    }

    /// Performs an operation. It may be performed again, also after another driver has done a part of it.
    ///
    /// None if there is nothing to do: the run went on without a target, so there is no snapshot of it to be brought here.
    pub async fn perform(&self, operation: &Operation) -> Result<Option<Evidence>> {
        let Some(target) = operation.target_canister_id else {
            return self.perform_on_run(operation.kind).await.map(Some);
        };
        let is_load = operation.kind.is_restore() || operation.kind == Kind::VerifyArtifact;
        if let Some(restoring) = self.restoring().filter(|_| is_load) {
            return restoring.perform(operation, target, &self.artifact(target).await?).await;
        }
        if operation.kind.is_transfer() && self.artifact(target).await?.snapshot_id.is_none() {
            return Ok(None);
        }
        let mut evidence = Evidence::default();
        match operation.kind {
            Kind::Stop => self.performer.stop(target).await?,
            Kind::CreateSnapshot => {
                // The network takes no snapshot of an empty canister, and a restore has nothing to lose there.
                if self.origins.is_some() && self.is_empty(target).await? {
                    return Ok(None);
                }
                let taken = self.performer.take_snapshot(operation.sequence, target).await?;
                evidence.snapshot_id = Some(taken.to_string());
            }
            Kind::Start => self.performer.start(target).await?,
            Kind::DownloadSnapshot => {
                self.download(target).await?.run().await?;
                evidence.artifact_path = Some(Folder::artifact(target));
            }
            Kind::VerifyArtifact => evidence.checksum = Some(self.verify(target).await?),
            other => bail!("{other} is not done to a canister"),
        }
        Ok(Some(evidence))
    }

    /// What was done of an operation that is not performed any more; none if nothing is known to be.
    pub async fn find(&self, operation: &Operation) -> Result<Option<Evidence>> {
        let target = operation.target_canister_id;
        let Some(target) = target.filter(|_| operation.kind == Kind::CreateSnapshot) else {
            return Ok(None);
        };
        let found = self.performer.find_snapshot(operation.sequence, target).await?;
        let evidence =
            |id: SnapshotId| Evidence { snapshot_id: Some(id.to_string()), ..Evidence::default() };
        Ok(found.map(evidence))
    }

    /// Performs as much of an operation as one does who dies over it.
    pub async fn perform_half(&self, operation: &Operation) -> Result<()> {
        match (operation.kind, operation.target_canister_id) {
            (Kind::DownloadSnapshot, Some(target)) => self.download(target).await?.run_half().await,
            (Kind::UploadSnapshot, Some(target)) => {
                let restoring = self.restoring().context("BUG: a backup uploads nothing")?;
                restoring.upload_half(operation, target).await
            }
            (Kind::FinalizeManifest, _) => {
                let path = self.folder.path().join(unfinished(MANIFEST));
                Ok(fs::write(path, "{\n")?)
            }
            // A single call is done as soon as it is sent, whether or not its answer is seen.
            _ => self.perform(operation).await.map(drop),
        }
    }

    async fn perform_on_run(&self, kind: Kind) -> Result<Evidence> {
        let (coordinator, run_id, folder) = (&self.coordinator, &self.run_id, &self.folder);
        match kind {
            Kind::FinalizeManifest => {
                self.complete_folder().await?;
                manifest::write(coordinator, run_id, folder).await?;
            }
            Kind::FinalizeRestore => restored::write(coordinator, run_id, folder).await?,
            kind => self.preflight().await?.check(kind).await?,
        }
        Ok(Evidence::default())
    }

    /// Downloads what another driver has downloaded to another folder.
    async fn complete_folder(&self) -> Result<()> {
        for status in self.coordinator.all_targets(&self.run_id).await? {
            let target = status.target.canister_id;
            if status.has_snapshot() && self.folder.record(target)?.is_none() {
                self.verify(target).await?;
            }
        }
        Ok(())
    }

    fn restoring(&self) -> Option<Restoring<'_, N>> {
        Some(Restoring {
            network: &self.network,
            performer: &self.performer,
            folder: &self.folder,
            origins: self.origins.as_ref()?,
            in_flight: &self.in_flight,
            meter: &self.meter,
        })
    }

    async fn is_empty(&self, target: Principal) -> Result<bool> {
        Ok(self.performer.management().status(target).await?.module_hash.is_none())
    }

    async fn download(&self, target: Principal) -> Result<Download<'_, N>> {
        let artifact = self.artifact(target).await?;
        let snapshot = artifact.snapshot_id;
        let snapshot =
            snapshot.with_context(|| format!("the journal has no snapshot of {target}"))?;
        Ok(Download {
            network: &self.network,
            management: self.performer.management(),
            canister: target,
            snapshot: snapshot
                .parse()
                .with_context(|| format!("{snapshot} is not the id of a snapshot"))?,
            folder: &self.folder,
            in_flight: &self.in_flight,
            meter: &*self.meter,
        })
    }

    /// Reads what was downloaded of a target, and downloads it first if it is gone.
    async fn verify(&self, target: Principal) -> Result<String> {
        self.download(target).await?.run().await?;
        Ok(self.folder.verify(target)?.checksum)
    }

    /// What the journal has of a target.
    async fn artifact(&self, target: Principal) -> Result<Artifact> {
        let position = self.positions.get(&target);
        let position = *position.with_context(|| format!("{target} is not a target"))?;
        let page = self.coordinator.list_targets(&self.run_id, position, 1).await?;
        let status = page.items.into_iter().next();
        Ok(status.and_then(|status| status.artifact).unwrap_or_default())
    }
}
