//! What a plan says of a restore.

use crate::RunId;
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a plan of a restore restores.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct RestoreOrigin {
    /// The run that took the snapshots.
    #[n(0)]
    pub run_id: RunId,
    /// Where the snapshots are.
    #[n(1)]
    pub place: SnapshotPlace,
}

/// Where the snapshots are that a restore loads.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum SnapshotPlace {
    /// On the network: the targets still have them.
    #[n(0)]
    Network,
    /// In the folder of a backup, from which they are uploaded.
    #[n(1)]
    Folder,
}

/// What is restored to a target.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct TargetRestore {
    /// The canister that the snapshot was taken of; a target with another id becomes a copy of it.
    #[cbor(n(0), with = "crate::cbor::principal")]
    pub source_canister_id: Principal,
    /// The snapshot, in hexadecimal, as the backup took it.
    #[n(1)]
    pub snapshot_id: String,
    /// The checksum of the download; none if the snapshot was not downloaded.
    #[n(2)]
    pub checksum: Option<String>,
}
