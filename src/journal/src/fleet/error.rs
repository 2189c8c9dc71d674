//! Why a fleet, or a change of one, is refused.

use crate::schedule::ScheduleError;
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rule of fleets that is broken.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum FleetError {
    /// The schedule is refused.
    #[error("schedule: {0}")]
    Schedule(#[from] ScheduleError),
    /// A name is empty or blank.
    #[error("{field} must not be empty")]
    EmptyField {
        /// Path of the field, for instance `members[].role`.
        field: String,
    },
    /// A name has an invisible character: a control or format character, or one that changes the direction of text.
    #[error("{field} must not contain the character {character}, which is invisible")]
    HiddenCharacter {
        /// Path of the field.
        field: String,
        /// The character, for instance `\u{202e}`.
        character: String,
    },
    /// A number of the policy is too small or too large.
    #[error("policy.{field} is {minimum} to {maximum}, not {value}")]
    PolicyOutOfRange {
        /// The field.
        field: String,
        /// Its value.
        value: u64,
        /// The least that it can be.
        minimum: u64,
        /// The most.
        maximum: u64,
    },
    /// A member, or the canister that lists the members, is the management canister or the anonymous principal.
    #[error("{canister_id} cannot be used: it is not a canister of a fleet")]
    NoCanister {
        /// It.
        canister_id: Principal,
    },
    /// The root is not among the members with which the fleet is registered.
    #[error("the root {root_canister_id} is not among the members")]
    RootMissing {
        /// The root.
        root_canister_id: Principal,
    },
    /// The root has a parent.
    #[error("the root {root_canister_id} must not have a parent")]
    RootHasParent {
        /// The root.
        root_canister_id: Principal,
    },
    /// A member other than the root has no parent.
    #[error("member {canister_id} has no parent, and is not the root")]
    ParentMissing {
        /// The member.
        canister_id: Principal,
    },
    /// The parent of a member is no member, and not sent with it.
    #[error("the parent {parent_canister_id} of member {canister_id} is not a member")]
    UnknownParent {
        /// The member.
        canister_id: Principal,
        /// Its parent.
        parent_canister_id: Principal,
    },
    /// A canister would be above itself.
    #[error("member {canister_id} would be above itself")]
    Circle {
        /// One of the members on the circle.
        canister_id: Principal,
    },
    /// A canister is listed twice, or is a member already.
    #[error("member {canister_id} is listed twice")]
    DuplicateMember {
        /// The member.
        canister_id: Principal,
    },
    /// An update names another parent of a member; remove the member and set it anew.
    #[error("member {canister_id} has another parent; remove it and set it anew")]
    ParentChanged {
        /// The member.
        canister_id: Principal,
    },
    /// A canister that is to be removed is no member.
    #[error("{canister_id} is not a member")]
    NotAMember {
        /// The canister.
        canister_id: Principal,
    },
    /// A member that is to be removed has children that stay.
    #[error("member {canister_id} has children; remove them first, or with it")]
    HasChildren {
        /// The member.
        canister_id: Principal,
    },
    /// The root cannot be removed.
    #[error("the root {root_canister_id} cannot be removed")]
    RootRemoved {
        /// The root.
        root_canister_id: Principal,
    },
    /// There are more members than were announced.
    #[error("{members} members; {expected_members} were announced")]
    TooManyMembers {
        /// How many there would be.
        members: u32,
        /// How many were announced.
        expected_members: u32,
    },
    /// A batch does not start where the fleet ends.
    #[error("the batch starts at member {start}; the fleet has {members} members")]
    Gap {
        /// Where the batch starts.
        start: u32,
        /// Where it must start.
        members: u32,
    },
    /// A batch that was sent before differs from what is registered.
    #[error("member {canister_id} of this batch differs from that of the fleet")]
    Conflict {
        /// The first member that differs.
        canister_id: Principal,
    },
    /// Not all members have arrived.
    #[error("the fleet has {members} of {expected_members} members")]
    Incomplete {
        /// How many it has.
        members: u32,
        /// How many were announced.
        expected_members: u32,
    },
    /// All members have arrived; change them with an update.
    #[error("the fleet is complete")]
    AlreadyComplete,
    /// The fleet is being removed.
    #[error("the fleet is being removed")]
    BeingRemoved,
    /// Runs of the fleet are not over.
    #[error("{open_runs} runs of the fleet are not over")]
    InUse {
        /// How many.
        open_runs: u32,
    },
}
