//! The snapshots that there were before an operation takes one, beside the artifacts.

use crate::backup::folder::{Folder, NOTES};
use anyhow::{Result, ensure};
use backup_fleet::{SnapshotIds, TakeNotes};
use backup_journal::{RunId, Sequence};
use candid::Principal;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
};

/// What was noted before an operation.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Note {
    run_id: RunId,
    operation: Sequence,
    canister_id: Principal,
    snapshots: SnapshotIds,
}

/// Notes in the folder of a backup, a file for each operation.
#[derive(Clone, Debug)]
pub struct FolderNotes {
    run_id: RunId,
    folder: Folder,
}

impl FolderNotes {
    /// Those of a run, in its folder.
    pub const fn new(run_id: RunId, folder: Folder) -> Self {
        Self { run_id, folder }
    }

    fn read(&self, operation: Sequence, canister_id: Principal) -> Result<Option<SnapshotIds>> {
        let path = path(operation, canister_id);
        let Some(note) = self.folder.read_json::<Note>(&path)? else {
            return Ok(None);
        };
        let Note { run_id, snapshots, .. } = note;
        let shown = path.display();
        ensure!(run_id == self.run_id, "{shown} is about the run {run_id}");
        Ok(Some(snapshots))
    }
}

fn path(operation: Sequence, canister_id: Principal) -> PathBuf {
    Path::new(NOTES).join(format!("{operation}-{canister_id}.json"))
}

fn as_io(error: &anyhow::Error) -> io::Error {
    io::Error::other(format!("{error:#}"))
}

impl TakeNotes for FolderNotes {
    type Error = io::Error;

    fn noted(&self, operation: Sequence, canister: Principal) -> io::Result<Option<SnapshotIds>> {
        self.read(operation, canister).map_err(|error| as_io(&error))
    }

    fn note(
        &self,
        operation: Sequence,
        canister_id: Principal,
        before: &SnapshotIds,
    ) -> io::Result<()> {
        let (run_id, snapshots) = (self.run_id.clone(), before.clone());
        let note = Note { run_id, operation, canister_id, snapshots };
        let written = self.folder.write_json(path(operation, canister_id), &note);
        written.map_err(|error| as_io(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::recorded::RecordedDisk;
    use std::fs;

    const OPERATION: Sequence = Sequence(6);
    const CANISTER: Principal = Principal::anonymous();

    fn notes(folder: &Path, run_id: &str) -> FolderNotes {
        FolderNotes::new(run_id.into(), Folder::open(folder))
    }

    #[test]
    fn what_is_noted_is_on_the_disk_and_is_found_by_the_next_driver() {
        let (folder, disk) = (tempfile::tempdir().expect("a folder"), RecordedDisk::default());
        Folder::create(folder.path()).expect("created");
        let on_disk = Folder::open(folder.path()).on(disk.clone());
        let first = FolderNotes::new("nightly".into(), on_disk);
        assert_eq!(first.noted(OPERATION, CANISTER).expect("read"), None);
        for before in [SnapshotIds::new(), [vec![1], vec![2, 3]].map(Into::into).into()] {
            first.note(OPERATION, CANISTER, &before).expect("noted");
            disk.assert_durable();
            let second = notes(folder.path(), "nightly");
            assert_eq!(second.noted(OPERATION, CANISTER).expect("read"), Some(before));
            assert_eq!(second.noted(Sequence(7), CANISTER).expect("read"), None);
        }
    }

    #[test]
    fn notes_that_are_damaged_or_of_another_run_are_no_notes_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        Folder::create(folder.path()).expect("created");
        notes(folder.path(), "nightly").note(OPERATION, CANISTER, &SnapshotIds::new()).unwrap();
        assert!(notes(folder.path(), "other").noted(OPERATION, CANISTER).is_err());
        fs::write(folder.path().join(path(OPERATION, CANISTER)), "{").expect("written");
        assert!(notes(folder.path(), "nightly").noted(OPERATION, CANISTER).is_err());
    }
}
