//! Performs the operations that only a restore has.

use crate::{
    backup::{
        folder::Folder,
        in_flight::InFlight,
        meter::{Meter, NoMeter},
        sending::Sending,
        upload::Upload,
    },
    driver::{
        evidence::Evidence,
        notes::FolderNotes,
        origins::{Origins, id},
    },
    network::Network,
};
use anyhow::{Context, Result, bail};
use backup_fleet::{Performer, settle::verify_started};
use backup_journal::{
    journal::{Artifact, Operation},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;
use std::sync::Arc;

/// Performs the operations that only a restore has, on its targets.
pub struct Restoring<'a, N> {
    /// The network.
    pub network: &'a N,
    /// Who calls.
    pub performer: &'a Performer<N, FolderNotes>,
    /// The folder of the restore.
    pub folder: &'a Folder,
    /// What is restored to which target.
    pub origins: &'a Origins,
    /// Shared by all that is uploaded side by side.
    pub in_flight: &'a InFlight,
    /// Who is told how uploads come along.
    pub meter: &'a Arc<dyn Meter>,
}

impl<N: Network> Restoring<'_, N> {
    /// Performs an operation on a target of which the journal says `artifact`. It may be performed again. None if there is
    /// nothing to do.
    pub async fn perform(
        &self,
        operation: &Operation,
        target: Principal,
        artifact: &Artifact,
    ) -> Result<Option<Evidence>> {
        let snapshot = match operation.kind {
            Kind::VerifyArtifact => return self.verify_artifact(target).map(Some),
            Kind::VerifyMember => {
                self.verify_member(target).await?;
                return Ok(Some(Evidence::default()));
            }
            Kind::UploadSnapshot => self.upload(operation, target)?.run().await?,
            Kind::LoadSnapshot => {
                let uploaded = artifact.uploaded_snapshot_id.as_ref();
                let snapshot = id(uploaded.unwrap_or(&self.origins.restore(target)?.snapshot_id))?;
                self.performer.load_snapshot(target, &snapshot).await?;
                snapshot
            }
            Kind::RollBack => {
                // A target without a module had nothing that a snapshot could be taken of.
                let Some(safety) = &artifact.snapshot_id else { return Ok(None) };
                let snapshot = id(safety)?;
                self.performer.load_snapshot(target, &snapshot).await?;
                snapshot
            }
            other => bail!("BUG: {other} is no operation of a restore"),
        };
        let snapshot_id = Some(snapshot.to_string());
        Ok(Some(Evidence { snapshot_id, ..Evidence::default() }))
    }

    /// Performs as much of an upload as one does who dies over it.
    pub async fn upload_half(&self, operation: &Operation, target: Principal) -> Result<()> {
        self.upload(operation, target)?.run_half().await
    }

    fn verify_artifact(&self, target: Principal) -> Result<Evidence> {
        let source = self.origins.source(target)?;
        source.verify(&NoMeter)?;
        let checksum = Some(source.record().checksum.clone());
        Ok(Evidence { checksum, ..Evidence::default() })
    }

    fn upload(
        &self,
        operation: &Operation,
        target: Principal,
    ) -> Result<Upload<'_, N, FolderNotes>> {
        let source = self.origins.source(target)?;
        Ok(Upload {
            sending: Sending {
                network: self.network,
                management: self.performer.management(),
                source,
                target,
                in_flight: self.in_flight,
                meter: &**self.meter,
            },
            performer: self.performer,
            operation: operation.sequence,
            folder: self.folder,
        })
    }

    /// A target runs again, with the module that was restored, as far as that is known.
    async fn verify_member(&self, target: Principal) -> Result<()> {
        let status = self.performer.management().status(target).await?;
        let expected = self.origins.module(target);
        let verified = verify_started(status.status, status.module_hash.as_deref(), expected);
        verified.with_context(|| format!("{target} was restored"))
    }
}
