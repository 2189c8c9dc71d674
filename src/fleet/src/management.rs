//! The few methods of the management canister that a backup needs, typed.

use crate::{
    error::CallFailed,
    snapshot_id::{SnapshotId, SnapshotIds, ids},
};
use candid::{CandidType, Principal};
use ic_canister_runtime::Runtime;
use ic_management_canister_types::{
    CanisterIdRecord, CanisterInfoArgs, CanisterInfoResult, CanisterStatusResult,
    DeleteCanisterSnapshotArgs, LoadCanisterSnapshotArgs, ReadCanisterSnapshotDataArgs,
    ReadCanisterSnapshotDataResult, ReadCanisterSnapshotMetadataArgs,
    ReadCanisterSnapshotMetadataResult, Snapshot, SnapshotDataKind, SnapshotDataOffset,
    TakeCanisterSnapshotArgs, UploadCanisterSnapshotDataArgs, UploadCanisterSnapshotMetadataArgs,
    UploadCanisterSnapshotMetadataResult,
};
use serde::de::DeserializeOwned;

/// The management canister, called through `runtime`.
#[derive(Clone, Debug)]
pub struct Management<R> {
    runtime: R,
}

impl<R: Runtime> Management<R> {
    /// Calls as the principal that `runtime` calls as.
    pub const fn new(runtime: R) -> Self {
        Self { runtime }
    }

    /// Status, module and settings of a canister; only its controllers are told.
    pub async fn status(&self, canister: Principal) -> Result<CanisterStatusResult, CallFailed> {
        self.call("canister_status", canister, id(canister)).await
    }

    /// Module, controllers and the last `changes` changes of a canister, at most 20. The network answers canisters alone.
    pub async fn canister_info(
        &self,
        canister_id: Principal,
        changes: u64,
    ) -> Result<CanisterInfoResult, CallFailed> {
        let args = CanisterInfoArgs { canister_id, num_requested_changes: Some(changes) };
        self.call("canister_info", canister_id, args).await
    }

    /// Stops a canister; answered when it has stopped.
    pub async fn stop(&self, canister: Principal) -> Result<(), CallFailed> {
        self.call("stop_canister", canister, id(canister)).await
    }

    /// Starts a canister.
    pub async fn start(&self, canister: Principal) -> Result<(), CallFailed> {
        self.call("start_canister", canister, id(canister)).await
    }

    /// Takes a snapshot. Calling again takes another one, so [`crate::Performer::take_snapshot`] looks first.
    pub async fn take_snapshot(&self, canister_id: Principal) -> Result<SnapshotId, CallFailed> {
        self.take_snapshot_replacing(canister_id, None).await
    }

    /// Takes a snapshot, and deletes the one that it replaces; both or none of it is done.
    pub async fn take_snapshot_replacing(
        &self,
        canister_id: Principal,
        replaced: Option<&SnapshotId>,
    ) -> Result<SnapshotId, CallFailed> {
        let args = TakeCanisterSnapshotArgs {
            canister_id,
            replace_snapshot: replaced.map(|id| id.as_bytes().to_vec()),
            uninstall_code: None,
            sender_canister_version: None,
        };
        let taken: Snapshot = self.call("take_canister_snapshot", canister_id, args).await?;
        Ok(taken.id.into())
    }

    /// The ids of the snapshots that a canister has.
    pub async fn snapshots(&self, canister: Principal) -> Result<SnapshotIds, CallFailed> {
        Ok(ids(&self.list_snapshots(canister).await?))
    }

    /// The snapshots that a canister has, with the time at which each was taken.
    pub async fn list_snapshots(&self, canister: Principal) -> Result<Vec<Snapshot>, CallFailed> {
        self.call("list_canister_snapshots", canister, id(canister)).await
    }

    /// Deletes a snapshot.
    pub async fn delete_snapshot(
        &self,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
    ) -> Result<(), CallFailed> {
        let args = DeleteCanisterSnapshotArgs {
            canister_id,
            snapshot_id: snapshot_id.as_bytes().to_vec(),
        };
        self.call("delete_canister_snapshot", canister_id, args).await
    }

    /// What a snapshot consists of.
    pub async fn snapshot_metadata(
        &self,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
    ) -> Result<ReadCanisterSnapshotMetadataResult, CallFailed> {
        let args = ReadCanisterSnapshotMetadataArgs {
            canister_id,
            snapshot_id: snapshot_id.as_bytes().to_vec(),
        };
        self.call("read_canister_snapshot_metadata", canister_id, args).await
    }

    /// Some bytes of a snapshot.
    pub async fn snapshot_data(
        &self,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
        kind: SnapshotDataKind,
    ) -> Result<Vec<u8>, CallFailed> {
        let args = ReadCanisterSnapshotDataArgs {
            canister_id,
            snapshot_id: snapshot_id.as_bytes().to_vec(),
            kind,
        };
        let result: ReadCanisterSnapshotDataResult =
            self.call("read_canister_snapshot_data", canister_id, args).await?;
        Ok(result.chunk)
    }

    /// Begins the upload of a snapshot to a canister. Calling again begins another one.
    pub async fn upload_snapshot_metadata(
        &self,
        args: UploadCanisterSnapshotMetadataArgs,
    ) -> Result<SnapshotId, CallFailed> {
        let begun: UploadCanisterSnapshotMetadataResult =
            self.call("upload_canister_snapshot_metadata", args.canister_id, args).await?;
        Ok(begun.snapshot_id.into())
    }

    /// Uploads some bytes of a snapshot. They may be uploaded again.
    pub async fn upload_snapshot_data(
        &self,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
        kind: SnapshotDataOffset,
        chunk: Vec<u8>,
    ) -> Result<(), CallFailed> {
        let args = UploadCanisterSnapshotDataArgs {
            canister_id,
            snapshot_id: snapshot_id.as_bytes().to_vec(),
            kind,
            chunk,
        };
        self.call("upload_canister_snapshot_data", canister_id, args).await
    }

    /// Replaces the code and the state of a canister by those of one of its snapshots, also while it runs.
    /// [`crate::Performer::load_snapshot`] does that only while it is stopped.
    pub async fn load_snapshot(
        &self,
        canister_id: Principal,
        snapshot_id: &SnapshotId,
    ) -> Result<(), CallFailed> {
        let args = LoadCanisterSnapshotArgs {
            canister_id,
            snapshot_id: snapshot_id.as_bytes().to_vec(),
            sender_canister_version: None,
        };
        self.call("load_canister_snapshot", canister_id, args).await
    }

    async fn call<In, Out>(
        &self,
        method: &'static str,
        canister: Principal,
        args: In,
    ) -> Result<Out, CallFailed>
    where
        In: CandidType + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.runtime
            .update_call(Principal::management_canister(), method, (args,), 0)
            .await
            .map_err(|error| CallFailed { canister, method, error })
    }
}

fn id(canister_id: Principal) -> CanisterIdRecord {
    CanisterIdRecord { canister_id }
}
