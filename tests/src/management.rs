//! The management canister as an executor or an operator uses it.

use crate::{
    Network,
    backend::{RawCall, Rejected, Reply},
};
use candid::{CandidType, Principal};
use ic_management_canister_types::{
    CanisterIdRecord, CanisterSettings, CanisterStatusResult, CanisterStatusType,
    DeleteCanisterSnapshotArgs, LoadCanisterSnapshotArgs, Snapshot, TakeCanisterSnapshotArgs,
    UpdateSettingsArgs,
};
use serde::de::DeserializeOwned;

type Managed<T> = Result<T, Rejected>;

/// The management canister, called by one controller about one canister.
pub struct Managing<'a> {
    network: &'a Network,
    sender: Principal,
    canister_id: Principal,
}

impl Network {
    /// What `sender` may do with `canister` through the management canister.
    pub fn manage(&self, sender: Principal, canister: Principal) -> Managing<'_> {
        Managing { network: self, sender, canister_id: canister }
    }
}

impl Managing<'_> {
    /// Whether the canister is running.
    ///
    /// # Errors
    /// When the sender does not control it.
    pub fn status(&self) -> Managed<CanisterStatusType> {
        Ok(self.details()?.status)
    }

    /// Its module, settings and status.
    ///
    /// # Errors
    /// When the sender does not control it.
    pub fn details(&self) -> Managed<CanisterStatusResult> {
        Ok(decode(&self.call("canister_status", &self.about())?))
    }

    /// Stops it.
    ///
    /// # Errors
    /// When the sender does not control it.
    pub fn stop(&self) -> Managed<()> {
        self.call("stop_canister", &self.about()).map(drop)
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the sender does not control it.
    pub fn start(&self) -> Managed<()> {
        self.call("start_canister", &self.about()).map(drop)
    }

    /// Takes a snapshot.
    ///
    /// # Errors
    /// When the sender does not control it, or it has ten already.
    pub fn take_snapshot(&self) -> Managed<Snapshot> {
        let args = TakeCanisterSnapshotArgs {
            canister_id: self.canister_id,
            replace_snapshot: None,
            uninstall_code: None,
            sender_canister_version: None,
        };
        Ok(decode(&self.call("take_canister_snapshot", &args)?))
    }

    /// Puts the canister back to where it was when a snapshot was taken.
    ///
    /// # Errors
    /// When the sender does not control it, or there is no such snapshot.
    pub fn load_snapshot(&self, snapshot_id: Vec<u8>) -> Managed<()> {
        let args = LoadCanisterSnapshotArgs {
            canister_id: self.canister_id,
            snapshot_id,
            sender_canister_version: None,
        };
        self.call("load_canister_snapshot", &args).map(drop)
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// When the sender does not control the canister, or there is no such snapshot.
    pub fn delete_snapshot(&self, snapshot_id: Vec<u8>) -> Managed<()> {
        let args = DeleteCanisterSnapshotArgs { canister_id: self.canister_id, snapshot_id };
        self.call("delete_canister_snapshot", &args).map(drop)
    }

    /// Replaces its controllers.
    ///
    /// # Errors
    /// When the sender is not one of them.
    pub fn set_controllers(&self, controllers: Vec<Principal>) -> Managed<()> {
        let controllers = Some(controllers);
        let args = UpdateSettingsArgs {
            canister_id: self.canister_id,
            settings: CanisterSettings { controllers, ..CanisterSettings::default() },
            sender_canister_version: None,
        };
        self.call("update_settings", &args).map(drop)
    }

    /// Its snapshots, oldest first.
    ///
    /// # Errors
    /// When the sender may not read them.
    pub fn snapshots(&self) -> Managed<Vec<Snapshot>> {
        Ok(decode(&self.call("list_canister_snapshots", &self.about())?))
    }

    fn about(&self) -> CanisterIdRecord {
        CanisterIdRecord { canister_id: self.canister_id }
    }

    fn call(&self, method: &str, args: &impl CandidType) -> Reply {
        let arg = candid::encode_one(args).expect("the arguments can be encoded");
        let call = RawCall::manage(self.sender, self.canister_id, method, arg);
        self.network.lock().update(&call)
    }
}

fn decode<T: CandidType + DeserializeOwned>(reply: &[u8]) -> T {
    candid::decode_one(reply).expect("a reply of the management canister")
}
