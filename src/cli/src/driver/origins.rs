//! What a restore restores to which target, and from where.

use crate::{
    backup::{folder::Folder, source::Source},
    driver::restorable::Restored,
};
use anyhow::{Context, Result, ensure};
use backup_fleet::SnapshotId;
use backup_journal::plan::{BackupTarget, TargetRestore};
use candid::Principal;
use std::collections::BTreeMap;

/// What is restored to each target of a run, and from where.
#[derive(Debug, Default)]
pub struct Origins {
    targets: BTreeMap<Principal, TargetRestore>,
    /// The snapshots in the folder of a backup, by the canisters that they are of; none if they are on the network.
    sources: BTreeMap<Principal, Source>,
}

impl Origins {
    /// Those of a run; none if it is no restore. `backup` is the folder that it restores from, if it does.
    ///
    /// # Errors
    /// If the folder is not the one of the backup.
    pub fn of<'a>(
        targets: impl Iterator<Item = &'a BackupTarget>,
        backup: Option<&Folder>,
    ) -> Result<Option<Self>> {
        let restores = targets.filter_map(|it| Some((it.canister_id, it.restore.clone()?)));
        let targets: BTreeMap<Principal, TargetRestore> = restores.collect();
        if targets.is_empty() {
            return Ok(None);
        }
        let sources = backup.map(Source::all).transpose()?.unwrap_or_default();
        let sources =
            sources.into_iter().map(|source| (source.record().canister_id, source)).collect();
        Ok(Some(Self { targets, sources }))
    }

    /// What is restored to a target, and how.
    ///
    /// # Errors
    /// If it is no target.
    pub fn restored(&self, target: Principal) -> Result<Restored> {
        let restore = self.restore(target)?;
        if let Some(source) = self.sources.get(&restore.source_canister_id) {
            return Ok(Restored::Upload(source.bytes()));
        }
        let (source, snapshot) = (restore.source_canister_id, id(&restore.snapshot_id)?);
        if source != target {
            return Ok(Restored::OfAnother(source, snapshot));
        }
        Ok(Restored::Has(snapshot))
    }

    /// What the journal says of a target.
    ///
    /// # Errors
    /// If it is no target.
    pub fn restore(&self, target: Principal) -> Result<&TargetRestore> {
        self.targets.get(&target).with_context(|| format!("{target} is not a target"))
    }

    /// The snapshot in the folder that is restored to a target. It must be the one that the journal names.
    ///
    /// # Errors
    /// If there is none, or it is another one.
    pub fn source(&self, target: Principal) -> Result<&Source> {
        let restore = self.restore(target)?;
        let member = restore.source_canister_id;
        let source = self.sources.get(&member);
        let source = source.with_context(|| format!("the backup has no snapshot of {member}"))?;
        let (found, expected) = (&source.record().checksum, &restore.checksum);
        ensure!(
            expected.as_ref() == Some(found),
            "the backup of {member} has checksum {found}, and the journal says {}",
            expected.as_deref().unwrap_or("none")
        );
        Ok(source)
    }

    /// The module that a target has after the restore, as far as that is known.
    pub fn module(&self, target: Principal) -> Option<&str> {
        let member = self.targets.get(&target)?.source_canister_id;
        self.sources.get(&member)?.module_hash()
    }
}

/// The id of a snapshot in a journal.
///
/// # Errors
/// If it is none.
pub fn id(text: &str) -> Result<SnapshotId> {
    text.parse().with_context(|| format!("{text} is not the id of a snapshot"))
}
