//! Why a plan is refused: one variant for each rule.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rule that a plan, a registry or a selector breaks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum PlanError {
    /// A text that must say something is empty or blank.
    #[error("{field} must not be empty")]
    EmptyField {
        /// Path of the field, for instance `targets[].role`.
        field: String,
    },
    /// The plan names no target.
    #[error("the plan has no targets")]
    EmptyTargets,
    /// The plan lists no operation.
    #[error("the plan has no phases")]
    EmptyPhases,
    /// A canister is listed twice.
    #[error("{canister_id} is listed as a target more than once")]
    DuplicateTarget {
        /// The canister.
        canister_id: Principal,
    },
    /// An operation id is used twice.
    #[error("operation id {operation_id} is used more than once")]
    DuplicateOperationId {
        /// The id.
        operation_id: String,
    },
    /// The `order` of an operation is not its position.
    #[error("operation {operation_id} says order {order} but stands at position {expected}")]
    OperationOrderMismatch {
        /// The operation.
        operation_id: String,
        /// What it says.
        order: u32,
        /// Where it stands.
        expected: u32,
    },
    /// The root is a target, or said to be included, outside of a maintenance scope.
    #[error("only a MaintenanceRoot plan may include the root of the fleet")]
    RootIncludedWithoutMaintenance,
    /// A maintenance plan says that the root is not included.
    #[error("a MaintenanceRoot plan must include the root of the fleet")]
    MaintenanceRootExcludesRoot,
    /// The selected canister is not a target.
    #[error("the selected canister {canister_id} is not among the targets")]
    SelectedRootNotInTargets {
        /// The selected canister.
        canister_id: Principal,
    },
    /// A plan for everything but the root selects a canister.
    #[error("a NonRootFleet plan must not select a canister")]
    NonRootFleetHasSelectedRoot,
    /// An operation acts on a canister that is not a target.
    #[error("operation {operation_id} acts on {canister_id}, which is not a target")]
    UnknownOperationTarget {
        /// The operation.
        operation_id: String,
        /// The canister it names.
        canister_id: Principal,
    },
    /// One of the four preflight rows is missing.
    #[error("the plan lists no {kind} operation")]
    MissingPreflight {
        /// The kind that is missing.
        kind: super::BackupOperationKind,
    },
    /// A canister is touched before the last of the four preflight rows.
    #[error("operation {operation_id} touches a canister before preflight is over")]
    MutationBeforePreflight {
        /// The operation.
        operation_id: String,
    },
    /// A target's control authority is not proven.
    #[error("control authority over {canister_id} is not proven")]
    UnprovenControlAuthority {
        /// The target.
        canister_id: Principal,
    },
    /// A target's snapshot read authority is not proven.
    #[error("snapshot read authority for {canister_id} is not proven")]
    UnprovenSnapshotReadAuthority {
        /// The target.
        canister_id: Principal,
    },
    /// The plan requires the root as controller and a target lacks it.
    #[error("the root is not proven to control {canister_id}, as this plan requires")]
    MissingRootController {
        /// The target.
        canister_id: Principal,
    },
    /// The selected canister is not in the registry.
    #[error("the registry does not list {canister_id}")]
    CanisterNotInRegistry {
        /// The canister.
        canister_id: Principal,
    },
    /// A selector matches nothing.
    #[error("selector {selector} matches no canister of the registry")]
    UnknownSelector {
        /// The selector.
        selector: String,
    },
    /// A role selector matches several canisters; name one of them by its principal.
    #[error("selector {selector} matches {} canisters; select one by its principal", candidates.len())]
    AmbiguousSelector {
        /// The selector.
        selector: String,
        /// Whom it matches, in the order of the registry.
        candidates: Vec<Principal>,
    },
}

impl PlanError {
    pub(crate) fn require(field: &str, text: &str) -> Result<(), Self> {
        if text.trim().is_empty() {
            return Err(Self::EmptyField { field: field.to_string() });
        }
        Ok(())
    }

    pub(crate) fn require_if_present(field: &str, text: Option<&str>) -> Result<(), Self> {
        text.map_or(Ok(()), |text| Self::require(field, text))
    }
}
