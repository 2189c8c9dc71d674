//! Looks, then calls: each operation may be performed again, however far an earlier driver came with it.

use crate::{
    error::{CallFailed, FleetError},
    management::Management,
    notes::TakeNotes,
    settle::{self, Needed, Taken},
    snapshot_id::SnapshotId,
};
use backup_journal::Sequence;
use candid::Principal;
use ic_canister_runtime::Runtime;
use ic_management_canister_types::{CanisterStatusType, UploadCanisterSnapshotMetadataArgs};

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
        let take = || self.management.take_snapshot(canister);
        self.new_snapshot(operation, canister, take).await
    }

    /// Has the upload of a snapshot begun by `operation`, unless an earlier call of it began one. Never replaces a snapshot,
    /// whatever the arguments say.
    ///
    /// # Errors
    /// When none is begun, or none is known to be; see [`FleetError`].
    pub async fn begin_upload(
        &self,
        operation: Sequence,
        args: UploadCanisterSnapshotMetadataArgs,
    ) -> Result<SnapshotId, FleetError> {
        let args = UploadCanisterSnapshotMetadataArgs { replace_snapshot: None, ..args };
        let canister = args.canister_id;
        let begin = || self.management.upload_snapshot_metadata(args);
        self.new_snapshot(operation, canister, begin).await
    }

    /// Has a snapshot made by a call of `operation`, unless an earlier one made it. What there was before is noted first, so
    /// without a note no call was made.
    async fn new_snapshot<F>(
        &self,
        operation: Sequence,
        canister: Principal,
        make: impl FnOnce() -> F,
    ) -> Result<SnapshotId, FleetError>
    where
        F: Future<Output = Result<SnapshotId, CallFailed>>,
    {
        let noted = self.notes.noted(operation, canister).map_err(notes_error)?;
        let now = self.management.snapshots(canister).await?;
        let Some(before) = noted else {
            self.notes.note(operation, canister, &now).map_err(notes_error)?;
            return Ok(make().await?);
        };
        match settle::taken(&before, &now) {
            Taken::This(id) => Ok(id),
            Taken::Not => Ok(make().await?),
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
}

fn notes_error(error: impl std::error::Error + Send + Sync + 'static) -> FleetError {
    FleetError::Notes(Box::new(error))
}

#[cfg(test)]
mod tests;
