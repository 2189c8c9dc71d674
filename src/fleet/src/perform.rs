//! Looks, then calls: each operation may be performed again, however far an earlier driver came with it.

use crate::{
    error::FleetError,
    management::Management,
    notes::TakeNotes,
    settle::{self, Needed, Taken},
    snapshot_id::{SnapshotId, SnapshotIds},
};
use backup_journal::Sequence;
use candid::Principal;
use ic_canister_runtime::Runtime;
use ic_management_canister_types::CanisterStatusType;

/// Performs operations of one run on canisters.
#[derive(Clone, Debug)]
pub struct Performer<R, N> {
    management: Management<R>,
    notes: N,
}

impl<R: Runtime, N: TakeNotes> Performer<R, N> {
    /// Calls through `runtime`, and keeps in `notes` what must outlive this performer.
    pub const fn new(runtime: R, notes: N) -> Self {
        Self { management: Management::new(runtime), notes }
    }

    /// The calls by themselves.
    pub const fn management(&self) -> &Management<R> {
        &self.management
    }

    /// Has a canister stopped.
    ///
    /// # Errors
    /// When it is not, or is not known to be.
    pub async fn stop(&self, canister: Principal) -> Result<(), FleetError> {
        let status = self.management.status(canister).await?.status;
        match settle::to_stop(status) {
            Needed::Nothing => Ok(()),
            Needed::Call => Ok(self.management.stop(canister).await?),
        }
    }

    /// Has a canister running.
    ///
    /// # Errors
    /// When it is not, or is not known to be.
    pub async fn start(&self, canister: Principal) -> Result<(), FleetError> {
        let status = self.management.status(canister).await?.status;
        match settle::to_start(status) {
            Needed::Nothing => Ok(()),
            Needed::Call => Ok(self.management.start(canister).await?),
        }
    }

    /// Has a snapshot taken by `operation`, unless an earlier call of it took one.
    ///
    /// # Errors
    /// When none is taken, or none is known to be; see [`FleetError`].
    pub async fn take_snapshot(
        &self,
        operation: Sequence,
        canister: Principal,
    ) -> Result<SnapshotId, FleetError> {
        let noted = self.notes.noted(operation, canister).map_err(notes_error)?;
        let now = self.management.snapshots(canister).await?;
        let Some(before) = noted else {
            return self.take_first(operation, canister, &now).await;
        };
        match settle::taken(&before, &now) {
            Taken::This(id) => Ok(id),
            Taken::Not => Ok(self.management.take_snapshot(canister).await?),
            Taken::Undecided(new) => Err(FleetError::Undecided { canister, new }),
        }
    }

    /// The snapshot that `operation` took, if it took one. Takes none.
    ///
    /// # Errors
    /// When that cannot be decided; see [`FleetError`].
    pub async fn find_snapshot(
        &self,
        operation: Sequence,
        canister: Principal,
    ) -> Result<Option<SnapshotId>, FleetError> {
        let Some(before) = self.notes.noted(operation, canister).map_err(notes_error)? else {
            return Ok(None);
        };
        match settle::taken(&before, &self.management.snapshots(canister).await?) {
            Taken::This(id) => Ok(Some(id)),
            Taken::Not => Ok(None),
            Taken::Undecided(new) => Err(FleetError::Undecided { canister, new }),
        }
    }

    /// Has a snapshot loaded into its canister, which must be stopped.
    ///
    /// It may be called again after an unknown outcome: as long as the canister is stopped, loading the same snapshot again
    /// leaves the same state. A driver outside has no other way, since the network tells canisters alone what was loaded.
    /// A canister can find that out without a call: it notes the number of changes of
    /// [`Management::canister_info`] before, and asks [`settle::loaded`] after.
    ///
    /// # Errors
    /// When it is not loaded, or is not known to be; [`FleetError::NotStopped`].
    pub async fn load_snapshot(
        &self,
        canister: Principal,
        snapshot: &SnapshotId,
    ) -> Result<(), FleetError> {
        match self.management.status(canister).await?.status {
            CanisterStatusType::Stopped => {
                Ok(self.management.load_snapshot(canister, snapshot).await?)
            }
            CanisterStatusType::Running | CanisterStatusType::Stopping => {
                Err(FleetError::NotStopped { canister })
            }
        }
    }

    /// Without a note no call was made, since the note comes first.
    async fn take_first(
        &self,
        operation: Sequence,
        canister: Principal,
        before: &SnapshotIds,
    ) -> Result<SnapshotId, FleetError> {
        self.notes.note(operation, canister, before).map_err(notes_error)?;
        Ok(self.management.take_snapshot(canister).await?)
    }
}

fn notes_error(error: impl std::error::Error + Send + Sync + 'static) -> FleetError {
    FleetError::Notes(Box::new(error))
}

#[cfg(test)]
mod tests;
