//! By which right a canister is controlled and its snapshots are read, and how well that is known.

use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How well an authority is known.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum AuthorityEvidence {
    /// Checked against the network.
    #[n(0)]
    Proven,
    /// Said by somebody.
    #[n(1)]
    Declared,
    /// Not known.
    #[n(2)]
    Unknown,
}

/// The right to stop, snapshot and start a canister.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct ControlAuthority {
    /// Who has it.
    #[n(0)]
    pub source: ControlAuthoritySource,
    /// How well that is known.
    #[n(1)]
    pub evidence: AuthorityEvidence,
}

impl ControlAuthority {
    /// Whether the authority is known and proven.
    pub fn is_proven(&self) -> bool {
        self.evidence == AuthorityEvidence::Proven && self.source != ControlAuthoritySource::Unknown
    }

    /// Whether it is proven that the root has the authority.
    pub fn is_proven_root_controller(&self) -> bool {
        self.evidence == AuthorityEvidence::Proven
            && self.source == ControlAuthoritySource::RootController
    }
}

/// Who may stop, snapshot and start a canister.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum ControlAuthoritySource {
    /// Nobody knows.
    #[n(0)]
    Unknown,
    /// The root of the fleet.
    #[n(1)]
    RootController,
    /// The operator who runs the backup.
    #[n(2)]
    OperatorController,
    /// Somebody else, for a stated reason.
    #[n(3)]
    AlternateController {
        /// Who it is.
        #[cbor(n(0), with = "crate::cbor::principal")]
        controller: Principal,
        /// Why it is not the root or the operator.
        #[n(1)]
        reason: String,
    },
}

/// The right to read the snapshots of a canister.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct SnapshotReadAuthority {
    /// Where it comes from.
    #[n(0)]
    pub source: SnapshotReadAuthoritySource,
    /// How well that is known.
    #[n(1)]
    pub evidence: AuthorityEvidence,
}

impl SnapshotReadAuthority {
    /// Whether the authority is known and proven.
    pub fn is_proven(&self) -> bool {
        self.evidence == AuthorityEvidence::Proven
            && self.source != SnapshotReadAuthoritySource::Unknown
    }
}

/// Where the right to read snapshots comes from.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum SnapshotReadAuthoritySource {
    /// Nobody knows.
    #[n(0)]
    Unknown,
    /// The operator controls the canister.
    #[n(1)]
    OperatorController,
    /// The canister's `snapshot_visibility` names the reader.
    #[n(2)]
    SnapshotVisibility,
    /// The root configured the reader.
    #[n(3)]
    RootConfiguredRead,
    /// The root reads and hands the bytes on.
    #[n(4)]
    RootMediatedTransfer,
}
