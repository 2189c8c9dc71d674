//! The right by which a canister is controlled and its snapshots are read, and the evidence for it.

use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The evidence for an authority.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum AuthorityEvidence {
    /// Checked against the network.
    #[n(0)]
    Proven,
    /// Declared by a caller, not checked.
    #[n(1)]
    Declared,
    /// Unknown.
    #[n(2)]
    Unknown,
}

/// The right to stop, snapshot and start a canister.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct ControlAuthority {
    /// Who has it.
    #[n(0)]
    pub source: ControlAuthoritySource,
    /// The evidence for it.
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
    /// Unknown.
    #[n(0)]
    Unknown,
    /// The root of the fleet.
    #[n(1)]
    RootController,
    /// The operator who runs the backup.
    #[n(2)]
    OperatorController,
    /// Another principal, for a given reason.
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
    /// The evidence for it.
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
    /// Unknown.
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
    /// The root reads the snapshots and passes the bytes on.
    #[n(4)]
    RootMediatedTransfer,
}
