//! What a run is worth once it is over.

use super::{Artifact, Header};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What a run has saved. Later variants are worth more.
#[derive(
    CandidType, Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum RunOutcome {
    /// No target has a snapshot.
    Nothing,
    /// Some targets have a snapshot.
    Partial,
    /// Every target has a snapshot on the network; not all have a verified download.
    OnNetwork,
    /// Every target has a verified download.
    Complete,
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

impl Header {
    /// What the run has saved; none while it is not over.
    pub fn outcome(&self) -> Option<RunOutcome> {
        self.is_over().then(|| self.saved())
    }

    /// What would be saved if the run were over now.
    pub const fn saved(&self) -> RunOutcome {
        if self.verified_targets == self.targets {
            RunOutcome::Complete
        } else if self.snapshot_targets == self.targets {
            RunOutcome::OnNetwork
        } else if self.snapshot_targets > 0 {
            RunOutcome::Partial
        } else {
            RunOutcome::Nothing
        }
    }

    /// Counts what the run has of a target anew.
    pub fn count_artifact(&mut self, before: Option<&Artifact>, after: &Artifact) {
        let count = |counter: &mut u32, has: fn(&Artifact) -> bool| {
            *counter = *counter - u32::from(before.is_some_and(has)) + u32::from(has(after));
        };
        count(&mut self.snapshot_targets, Artifact::has_snapshot);
        count(&mut self.verified_targets, Artifact::has_verified_download);
    }
}
