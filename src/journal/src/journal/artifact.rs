//! What a run has of one target.

use crate::Timestamp;
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
}
