//! The few methods of the management canister that a backup needs, typed.

use candid::{CandidType, Principal};
use ic_canister_runtime::{IcError, Runtime};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterStatusResult, ReadCanisterSnapshotDataArgs,
    ReadCanisterSnapshotDataResult, ReadCanisterSnapshotMetadataArgs,
    ReadCanisterSnapshotMetadataResult, Snapshot, SnapshotDataKind, TakeCanisterSnapshotArgs,
};
use serde::de::DeserializeOwned;

/// The management canister, called through `runtime`.
#[derive(Clone, Debug)]
pub struct Management<R> {
    runtime: R,
}

impl<R: Runtime> Management<R> {
    /// Calls as whoever `runtime` calls as.
    pub const fn new(runtime: R) -> Self {
        Self { runtime }
    }

    /// Status, module and settings of a canister; only its controllers are told.
    pub async fn status(&self, canister: Principal) -> Result<CanisterStatusResult, IcError> {
        self.call("canister_status", id(canister)).await
    }

    /// Stops a canister; answered when it has stopped.
    pub async fn stop(&self, canister: Principal) -> Result<(), IcError> {
        self.call("stop_canister", id(canister)).await
    }

    /// Starts a canister.
    pub async fn start(&self, canister: Principal) -> Result<(), IcError> {
        self.call("start_canister", id(canister)).await
    }

    /// Takes a snapshot. Calling again takes another one: look first.
    pub async fn take_snapshot(&self, canister_id: Principal) -> Result<Snapshot, IcError> {
        let args = TakeCanisterSnapshotArgs {
            canister_id,
            replace_snapshot: None,
            uninstall_code: None,
            sender_canister_version: None,
        };
        self.call("take_canister_snapshot", args).await
    }

    /// The snapshots of a canister, oldest first.
    pub async fn snapshots(&self, canister: Principal) -> Result<Vec<Snapshot>, IcError> {
        let mut snapshots: Vec<Snapshot> =
            self.call("list_canister_snapshots", id(canister)).await?;
        snapshots.sort_by_key(|snapshot| snapshot.taken_at_timestamp);
        Ok(snapshots)
    }

    /// What a snapshot consists of.
    pub async fn snapshot_metadata(
        &self,
        canister_id: Principal,
        snapshot_id: &[u8],
    ) -> Result<ReadCanisterSnapshotMetadataResult, IcError> {
        let args =
            ReadCanisterSnapshotMetadataArgs { canister_id, snapshot_id: snapshot_id.to_vec() };
        self.call("read_canister_snapshot_metadata", args).await
    }

    /// Some bytes of a snapshot.
    pub async fn snapshot_data(
        &self,
        canister_id: Principal,
        snapshot_id: &[u8],
        kind: SnapshotDataKind,
    ) -> Result<Vec<u8>, IcError> {
        let args =
            ReadCanisterSnapshotDataArgs { canister_id, snapshot_id: snapshot_id.to_vec(), kind };
        let result: ReadCanisterSnapshotDataResult =
            self.call("read_canister_snapshot_data", args).await?;
        Ok(result.chunk)
    }

    async fn call<In, Out>(&self, method: &str, args: In) -> Result<Out, IcError>
    where
        In: CandidType + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.runtime.update_call(Principal::management_canister(), method, (args,), 0).await
    }
}

fn id(canister_id: Principal) -> CanisterIdRecord {
    CanisterIdRecord { canister_id }
}
