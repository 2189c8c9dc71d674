//! What a fleet consists of.

use super::Discovery;
use crate::{FleetName, Timestamp, registry::RegistryEntry, schedule::Schedule};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A fleet as an administrator registers it.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FleetRegistration {
    /// Names the fleet; plans name it so.
    pub fleet: FleetName,
    /// The network the fleet lives on, for instance `ic`.
    pub network: String,
    /// The root of the fleet.
    pub root_canister_id: Principal,
    /// How the fleet is backed up; if absent, [`FleetPolicy::default`].
    pub policy: Option<FleetPolicy>,
    /// The members, the root among them. In any order.
    pub members: Vec<RegistryEntry>,
    /// How many members there are, if more follow in batches; if absent, these are all.
    pub expected_members: Option<u32>,
    /// The method that lists the members, if there is one.
    pub discovery: Option<Discovery>,
}

/// How a fleet is backed up.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct FleetPolicy {
    /// How many canisters are worked on at the same time, 1 to 50.
    #[n(0)]
    pub max_parallel: u32,
    /// How often an operation is attempted, 1 to 20.
    #[n(1)]
    pub max_attempts: u32,
    /// The seconds within which every canister that a run stops must run again, 60 to 86,400.
    #[n(2)]
    pub restart_within_seconds: u64,
    /// What a run does when an operation on a member has failed for good.
    #[n(3)]
    pub on_member_failure: MemberFailure,
    /// Who downloads the snapshots.
    #[n(4)]
    pub transfer: TransferPolicy,
}

impl Default for FleetPolicy {
    fn default() -> Self {
        Self {
            max_parallel: 40,
            max_attempts: 5,
            restart_within_seconds: 1_800,
            on_member_failure: MemberFailure::AbortRun,
            transfer: TransferPolicy::Await,
        }
    }
}

/// What a run does when an operation on a member has failed for good.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum MemberFailure {
    /// The run is aborted.
    #[n(0)]
    AbortRun,
    /// The other members are backed up.
    #[n(1)]
    SkipMember,
}

/// Who downloads the snapshots.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
#[cbor(index_only)]
pub enum TransferPolicy {
    /// The run waits until somebody has downloaded and verified them.
    #[n(0)]
    Await,
    /// Nobody: they stay on the network.
    #[n(1)]
    Skip,
}

/// Whether all members of a fleet are there.
#[derive(CandidType, Clone, Copy, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub enum FleetPhase {
    /// Members are being appended; the fleet cannot be used yet.
    #[n(0)]
    Collecting {
        /// How many there will be.
        #[n(0)]
        expected_members: u32,
    },
    /// They are.
    #[n(1)]
    Complete,
    /// The fleet is being removed; removing goes on with each call.
    #[n(2)]
    Removing,
}

/// A registered fleet without its members.
#[derive(CandidType, Clone, Debug, Decode, Deserialize, Encode, Eq, PartialEq, Serialize)]
pub struct Fleet {
    /// Its name.
    #[n(0)]
    pub fleet: FleetName,
    /// The network that it lives on.
    #[n(1)]
    pub network: String,
    /// Its root.
    #[cbor(n(2), with = "crate::cbor::principal")]
    pub root_canister_id: Principal,
    /// How it is backed up.
    #[n(3)]
    pub policy: FleetPolicy,
    /// Whether all members are there.
    #[n(4)]
    pub phase: FleetPhase,
    /// How many members it has, the root among them.
    #[n(5)]
    pub members: u32,
    /// When it was registered.
    #[n(6)]
    pub registered_at: Timestamp,
    /// Who registered it.
    #[cbor(n(7), with = "crate::cbor::principal")]
    pub registered_by: Principal,
    /// When it was last changed.
    #[n(8)]
    pub updated_at: Timestamp,
    /// When it is backed up by itself; none if it is not.
    #[n(9)]
    pub schedule: Option<Schedule>,
    /// The method that lists its members; none if there is none.
    #[n(10)]
    pub discovery: Option<Discovery>,
}

/// A change of a fleet; what is absent stays as it is.
#[derive(CandidType, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct FleetUpdate {
    /// The new policy.
    pub policy: Option<FleetPolicy>,
    /// Members that are removed, before others are set. None of them may have children.
    pub removed: Vec<Principal>,
    /// Members that are added, or whose role, kind or module hash is replaced. In any order.
    pub set: Vec<RegistryEntry>,
    /// The new method that lists the members.
    pub discovery: Option<Discovery>,
    /// Whether the fleet has no such method any more. A new one counts nevertheless.
    pub remove_discovery: Option<bool>,
}
