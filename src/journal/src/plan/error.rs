//! Why a plan is refused: one variant for each rule.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rule that a plan, a registry or a selector breaks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, Error, PartialEq, Serialize)]
pub enum PlanError {
    /// A required text is empty or blank.
    #[error("{field} must not be empty")]
    EmptyField {
        /// Path of the field, for instance `targets[].role`.
        field: String,
    },
    /// The plan names no target.
    #[error("the plan has no targets")]
    EmptyTargets,
    /// The plan lists no operation.
    #[error("the plan has no operations (phases)")]
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
    #[error("operation {operation_id} has order {order} but is at position {expected}")]
    OperationOrderMismatch {
        /// The operation.
        operation_id: String,
        /// Its order.
        order: u32,
        /// Its position.
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
    /// A name has an invisible character: a control or format character, or one that changes the direction of text.
    #[error("{field} must not contain the character {character}, which is invisible")]
    HiddenCharacter {
        /// Path of the field, for instance `targets[].role`.
        field: String,
        /// The character, for instance `\u{202e}`.
        character: String,
    },
    /// A target is the management canister or the anonymous principal.
    #[error("{canister_id} cannot be backed up: it is not a canister")]
    NoCanister {
        /// The target.
        canister_id: Principal,
    },
    /// An operation on a canister names none, or one that concerns the whole run names one.
    #[error("operation {operation_id} must {}", if *needed { "name a target" } else { "not name a target" })]
    OperationTarget {
        /// The operation.
        operation_id: String,
        /// Whether it needs one.
        needed: bool,
    },
    /// Two operations do the same to one target.
    #[error("operation {operation_id} repeats an earlier operation")]
    RepeatedOperation {
        /// The second of the two.
        operation_id: String,
    },
    /// A target would be stopped and never started.
    #[error("the plan stops {canister_id} and does not start it")]
    StopWithoutStart {
        /// The target.
        canister_id: Principal,
    },
    /// A target would be started before it is stopped, and stay stopped.
    #[error("the plan starts {canister_id} before it stops it")]
    StartBeforeStop {
        /// The target.
        canister_id: Principal,
    },
    /// A download has no snapshot in front of it.
    #[error("the plan downloads a snapshot of {canister_id} before it takes one")]
    DownloadBeforeSnapshot {
        /// The target.
        canister_id: Principal,
    },
    /// A verification has no download in front of it.
    #[error("the plan verifies a download of {canister_id} before it makes one")]
    VerifyBeforeDownload {
        /// The target.
        canister_id: Principal,
    },
    /// An operation comes after the manifest is written.
    #[error("operation {operation_id} finalizes the manifest but is not the last operation")]
    FinalizeNotLast {
        /// The operation.
        operation_id: String,
    },
    /// No operation acts on a target.
    #[error("no operation acts on target {canister_id}")]
    TargetWithoutOperation {
        /// The target.
        canister_id: Principal,
    },
    /// The plan takes no snapshot, so it is no backup.
    #[error("the plan takes no snapshot")]
    NoSnapshot,
    /// A plan of a backup has an operation of a restore.
    #[error("operation {operation_id} belongs to a restore, and this is the plan of a backup")]
    RestoreOperationInBackup {
        /// The operation.
        operation_id: String,
    },
    /// A target of a restore does not say what is restored to it, or a target of a backup does.
    #[error(
        "target {canister_id} says what is restored to it in a backup, or does not in a restore"
    )]
    RestoreTarget {
        /// The target.
        canister_id: Principal,
    },
    /// The operations of a restore are not those that follow from its targets.
    #[error(
        "the operations of a restore follow from its targets: {expected} is missing at its position"
    )]
    RestoreOperations {
        /// What is expected at the first position that differs.
        expected: String,
    },
    /// A plan of a restore cannot be sent in batches.
    #[error("a restore cannot be sent in batches: restore a large fleet in parts")]
    RestoreInBatches,
    /// The backup has no snapshot of a member, or, for a restore from a folder, no verified download.
    #[error("the backup has nothing of {canister_id} that can be restored")]
    NothingSaved {
        /// The member.
        canister_id: Principal,
    },
    /// A member that must keep its id would be restored to another canister.
    #[error(
        "{canister_id} must keep its id: the backup does not allow to restore it to another canister"
    )]
    FixedIdentity {
        /// The member.
        canister_id: Principal,
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
    /// The plan requires the root as controller, and that is not proven for a target.
    #[error("the plan requires proof that the root controls {canister_id}")]
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
        /// The canisters it matches, in the order of the registry.
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
