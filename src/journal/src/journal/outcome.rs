//! What a run is worth once it is over.

use super::{Artifact, Header};
use candid::CandidType;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a run has saved. Later variants are worth more.
#[derive(
    CandidType,
    Clone,
    Copy,
    Debug,
    Decode,
    Deserialize,
    Encode,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[cbor(index_only)]
pub enum RunOutcome {
    /// No target has a snapshot.
    #[n(0)]
    Nothing,
    /// Some targets have a snapshot.
    #[n(1)]
    Partial,
    /// Every target has a snapshot on the network; not all have a verified download.
    #[n(2)]
    OnNetwork,
    /// Every target has a verified download.
    #[n(3)]
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
    /// What the run has saved; none while it is not over. In an aborted run it is what had been saved when the run
    /// was over for the first time.
    pub fn outcome(&self) -> Option<RunOutcome> {
        let at_abort = || self.abort.as_ref().and_then(|abort| abort.outcome);
        self.is_over().then(|| at_abort().unwrap_or_else(|| self.saved()))
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
