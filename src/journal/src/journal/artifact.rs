//! What a run has of one target.

use crate::{Timestamp, plan::Saved};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a run has of one target: so that no snapshot is ever lost sight of.
#[derive(
    CandidType, Clone, Debug, Decode, Default, Deserialize, Encode, Eq, PartialEq, Serialize,
)]
pub struct Artifact {
    /// The snapshot that was taken last; in a restore that is the safety snapshot.
    #[n(0)]
    pub snapshot_id: Option<String>,
    /// When the receipt of that snapshot was recorded.
    #[n(1)]
    pub snapshot_recorded_at: Option<Timestamp>,
    /// Where it was downloaded to.
    #[n(2)]
    pub artifact_path: Option<String>,
    /// The checksum of the download.
    #[n(3)]
    pub checksum: Option<String>,
    /// A restore: the snapshot that was uploaded to it.
    #[n(4)]
    pub uploaded_snapshot_id: Option<String>,
    /// A restore: the snapshot that was loaded last.
    #[n(5)]
    pub loaded_snapshot_id: Option<String>,
    /// When it was recorded that the snapshot is not on the network any more.
    #[n(6)]
    pub snapshot_deleted_at: Option<Timestamp>,
    /// When it was recorded that the snapshot that was uploaded is not on the network any more.
    #[n(7)]
    pub upload_deleted_at: Option<Timestamp>,
}

impl Artifact {
    /// Whether there is a snapshot.
    pub const fn has_snapshot(&self) -> bool {
        self.snapshot_id.is_some()
    }

    /// Whether the snapshot was downloaded and the download verified.
    pub const fn has_verified_download(&self) -> bool {
        self.has_snapshot() && self.artifact_path.is_some() && self.checksum.is_some()
    }

    /// What can be restored of the target. A checksum counts only with the download that it is of.
    pub fn saved(self) -> Option<Saved> {
        let checksum = self.checksum.filter(|_| self.artifact_path.is_some());
        let on_network = self.snapshot_deleted_at.is_none();
        Some(Saved { snapshot_id: self.snapshot_id?, checksum, on_network })
    }

    /// The snapshots that the run has left on the network, in hexadecimal: the one that it took, and the one that it
    /// uploaded.
    pub fn on_network(&self) -> impl Iterator<Item = &str> {
        let taken = self.snapshot_id.as_deref().filter(|_| self.snapshot_deleted_at.is_none());
        let uploaded = self.uploaded_snapshot_id.as_deref();
        taken.into_iter().chain(uploaded.filter(|_| self.upload_deleted_at.is_none()))
    }

    /// What the run has once it is known at `now` that this snapshot is not on the network any more. None if it was not there.
    pub(super) fn without(self, snapshot_id: &str, now: Timestamp) -> Option<Self> {
        let is = |id: Option<&str>| id == Some(snapshot_id);
        if is(self.snapshot_id.as_deref()) && self.snapshot_deleted_at.is_none() {
            Some(Self { snapshot_deleted_at: Some(now), ..self })
        } else if is(self.uploaded_snapshot_id.as_deref()) && self.upload_deleted_at.is_none() {
            Some(Self { upload_deleted_at: Some(now), ..self })
        } else {
            None
        }
    }
}
