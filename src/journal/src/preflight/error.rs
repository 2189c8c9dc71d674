//! Why preflight receipts are refused.

use crate::{PlanId, PreflightId, Timestamp, plan::PlanError};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rule that a bundle of preflight receipts breaks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum PreflightError {
    /// A field is blank, or an authority is not proven.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A topology hash is not 64 hexadecimal digits.
    #[error("{field} must be 64 hexadecimal digits, not {value}")]
    InvalidTopologyHash {
        /// Path of the field.
        field: String,
        /// Its value.
        value: String,
    },
    /// A target has no control authority receipt.
    #[error("there is no control authority receipt for {canister_id}")]
    MissingControlAuthorityReceipt {
        /// The target.
        canister_id: Principal,
    },
    /// A target has no snapshot read authority receipt.
    #[error("there is no snapshot read authority receipt for {canister_id}")]
    MissingSnapshotReadAuthorityReceipt {
        /// The target.
        canister_id: Principal,
    },
    /// An authority receipt is about a canister that is not a target.
    #[error("an authority receipt is about {canister_id}, which is not a target")]
    UnknownAuthorityReceiptTarget {
        /// The canister.
        canister_id: Principal,
    },
    /// A target has two receipts for one authority.
    #[error("there is more than one authority receipt for {canister_id}")]
    DuplicateAuthorityReceipt {
        /// The target.
        canister_id: Principal,
    },
    /// An authority receipt belongs to another plan.
    #[error("an authority receipt is for plan {actual}, not {expected}")]
    AuthorityReceiptPlanMismatch {
        /// The plan of the journal.
        expected: PlanId,
        /// The value of the receipt.
        actual: PlanId,
    },
    /// An authority receipt belongs to another bundle.
    #[error("an authority receipt is for preflight {actual}, not {expected}")]
    AuthorityReceiptPreflightMismatch {
        /// The bundle.
        expected: PreflightId,
        /// The value of the receipt.
        actual: PreflightId,
    },
    /// The bundle, the topology receipt or the quiescence receipt belongs to another plan.
    #[error("the preflight receipts are for plan {actual}, not {expected}")]
    PlanMismatch {
        /// The plan of the journal.
        expected: PlanId,
        /// The value of the receipt.
        actual: PlanId,
    },
    /// The topology or the quiescence receipt belongs to another bundle.
    #[error("a preflight receipt is for preflight {actual}, not {expected}")]
    IdMismatch {
        /// The bundle.
        expected: PreflightId,
        /// The value of the receipt.
        actual: PreflightId,
    },
    /// The time of a receipt is in the future.
    #[error(
        "preflight {preflight_id} is valid from {validated_at} ns on; the time is now {now} ns"
    )]
    NotYetValid {
        /// The bundle that the receipt names.
        preflight_id: PreflightId,
        /// When it becomes valid.
        validated_at: Timestamp,
        /// Network time.
        now: Timestamp,
    },
    /// A receipt has expired.
    #[error("preflight {preflight_id} expired at {expires_at} ns; the time is now {now} ns")]
    Expired {
        /// The bundle that the receipt names.
        preflight_id: PreflightId,
        /// When it expired.
        expires_at: Timestamp,
        /// Network time.
        now: Timestamp,
    },
    /// A receipt ends before it begins.
    #[error("preflight {preflight_id} expires before it becomes valid")]
    InvalidWindow {
        /// The bundle that the receipt names.
        preflight_id: PreflightId,
    },
    /// The receipts would be valid for more than 24 hours.
    #[error(
        "preflight {preflight_id} would be valid from {validated_at} ns to {expires_at} ns, longer than 24 hours"
    )]
    WindowTooLong {
        /// The bundle.
        preflight_id: PreflightId,
        /// When they become valid.
        validated_at: Timestamp,
        /// When they expire.
        expires_at: Timestamp,
    },
    /// The fleet has changed since the plan was made.
    #[error("the topology hash changed from {expected} to {actual}")]
    TopologyDrift {
        /// The hash of the plan.
        expected: String,
        /// The hash of the receipt.
        actual: String,
    },
    /// The topology receipt lists other targets than the plan.
    #[error("the topology receipt does not list the targets of the plan")]
    TopologyTargetsMismatch,
    /// The quiescence receipt is about another policy.
    #[error("the quiescence receipt is about another policy than the plan's")]
    QuiescencePolicyMismatch,
    /// The receipt says that the policy cannot be kept.
    #[error("the quiescence policy was not accepted")]
    QuiescenceRejected,
    /// The quiescence receipt lists other targets than the plan.
    #[error("the quiescence receipt does not list the targets of the plan")]
    QuiescenceTargetsMismatch,
}
