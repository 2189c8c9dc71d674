//! What we are to answer when the reference refuses: every reason of its, with its data.
//!
//! No two reasons of the reference become one of ours, so that a run that has met all of ours has met all
//! of the reference's that can be met at all.
//!
//! Departure 3: ids of canisters and times are typed, so that the reference's `InvalidPrincipal` and
//! `InvalidTimestamp` cannot be provoked. [`None`] stands for the refusals that cannot happen here at all.

use crate::coverage::variants;
use backup_journal::{
    PreflightId, Sequence, Timestamp,
    journal::{JournalError, OperationState},
    plan::{BackupOperationKind, PlanError},
    preflight::PreflightError,
};
use candid::Principal;
use canic_backup::{
    discovery::DiscoveryError,
    execution::{
        BackupExecutionJournal, BackupExecutionJournalError, BackupExecutionOperationState,
    },
    plan::BackupPlanError,
};

variants! { PLAN_ERRORS, plan_error_name, PlanError:
EmptyField EmptyTargets EmptyPhases DuplicateTarget DuplicateOperationId OperationOrderMismatch
RootIncludedWithoutMaintenance MaintenanceRootExcludesRoot SelectedRootNotInTargets
NonRootFleetHasSelectedRoot UnknownOperationTarget MissingPreflight MutationBeforePreflight
UnprovenControlAuthority UnprovenSnapshotReadAuthority MissingRootController
CanisterNotInRegistry UnknownSelector AmbiguousSelector
HiddenCharacter NoCanister OperationTarget RepeatedOperation StopWithoutStart StartBeforeStop
DownloadBeforeSnapshot VerifyBeforeDownload FinalizeNotLast TargetWithoutOperation NoSnapshot
RestoreOperationInBackup RestoreTarget RestoreOperations RestoreInBatches NothingSaved FixedIdentity }

variants! { PREFLIGHT_ERRORS, preflight_error_name, PreflightError:
WindowTooLong Plan InvalidTopologyHash MissingControlAuthorityReceipt MissingSnapshotReadAuthorityReceipt
UnknownAuthorityReceiptTarget DuplicateAuthorityReceipt AuthorityReceiptPlanMismatch
AuthorityReceiptPreflightMismatch PlanMismatch IdMismatch NotYetValid Expired InvalidWindow
TopologyDrift TopologyTargetsMismatch QuiescencePolicyMismatch QuiescenceRejected
QuiescenceTargetsMismatch }

variants! { JOURNAL_ERRORS, journal_error_name, JournalError:
MissingField Preflight PreflightAlreadyAccepted PreflightGap PreflightConflict PreflightExpired
OperationNotFound OutOfOrderOperationTransition NoTransitionableOperation InvalidOperationTransition
OperationNotFailed ReceiptOperationNotFound ReceiptOperationMismatch ReceiptJournalMismatch
ReceiptPreflightMismatch ReceiptWithoutPendingOperation ReasonWithoutFailure StaleAttempt
UnknownAttempt HiddenCharacter PerformedAtOutOfRange TargetHeld RunAborted RunOver
Contained NotContained LoadsClaimed OtherSnapshot NotComplete DrillTargets SnapshotInUse NoSuchSnapshot
StartNotOwed Duplicate }

pub fn principal(text: &str) -> Principal {
    Principal::from_text(text).expect("the reference repeats a principal that it was given")
}

pub fn time(marker: &str) -> Timestamp {
    let seconds = marker.strip_prefix("unix:").and_then(|seconds| seconds.parse().ok());
    super::convert::seconds(seconds.expect("the reference repeats a time that it was given"))
}

/// The rules about plans, registries and selectors.
pub fn plan_error(reference: &BackupPlanError) -> Option<PlanError> {
    use BackupPlanError as Theirs;
    let id = |canister: &String| principal(canister);
    Some(match reference {
        Theirs::EmptyField(field) => PlanError::EmptyField { field: (*field).to_string() },
        Theirs::EmptyTargets => PlanError::EmptyTargets,
        Theirs::EmptyPhases => PlanError::EmptyPhases,
        Theirs::DuplicateTarget(canister) => {
            PlanError::DuplicateTarget { canister_id: id(canister) }
        }
        Theirs::DuplicateOperationId(operation) => {
            PlanError::DuplicateOperationId { operation_id: operation.clone() }
        }
        Theirs::OperationOrderMismatch { operation_id, order, expected } => {
            PlanError::OperationOrderMismatch {
                operation_id: operation_id.clone(),
                order: *order,
                expected: *expected,
            }
        }
        Theirs::RootIncludedWithoutMaintenance => PlanError::RootIncludedWithoutMaintenance,
        Theirs::MaintenanceRootExcludesRoot => PlanError::MaintenanceRootExcludesRoot,
        Theirs::SelectedRootNotInTargets(canister) => {
            PlanError::SelectedRootNotInTargets { canister_id: id(canister) }
        }
        Theirs::NonRootFleetHasSelectedRoot => PlanError::NonRootFleetHasSelectedRoot,
        Theirs::UnprovenControlAuthority(canister) => {
            PlanError::UnprovenControlAuthority { canister_id: id(canister) }
        }
        Theirs::UnprovenTargetSnapshotReadAuthority(canister) => {
            PlanError::UnprovenSnapshotReadAuthority { canister_id: id(canister) }
        }
        Theirs::MissingRootController(canister) => {
            PlanError::MissingRootController { canister_id: id(canister) }
        }
        Theirs::UnknownOperationTarget { operation_id, target_canister_id } => {
            PlanError::UnknownOperationTarget {
                operation_id: operation_id.clone(),
                canister_id: id(target_canister_id),
            }
        }
        Theirs::UnknownSelector(selector) => {
            PlanError::UnknownSelector { selector: selector.clone() }
        }
        Theirs::AmbiguousSelector { selector, matches } => PlanError::AmbiguousSelector {
            selector: selector.clone(),
            candidates: matches.iter().map(id).collect(),
        },
        Theirs::MissingPreflight(label) => {
            PlanError::MissingPreflight { kind: preflight_kind(label) }
        }
        Theirs::MutationBeforePreflight { operation_id } => {
            PlanError::MutationBeforePreflight { operation_id: operation_id.clone() }
        }
        Theirs::Discovery(DiscoveryError::CanisterNotInRegistry(canister)) => {
            PlanError::CanisterNotInRegistry { canister_id: id(canister) }
        }
        Theirs::Discovery(_)
        | Theirs::InvalidPrincipal { .. }
        | Theirs::InvalidTimestamp { .. }
        | Theirs::InvalidTopologyHash { .. }
        | Theirs::MissingControlAuthorityReceipt(_)
        | Theirs::MissingSnapshotReadAuthorityReceipt(_)
        | Theirs::UnknownAuthorityReceiptTarget(_)
        | Theirs::DuplicateAuthorityReceipt(_)
        | Theirs::AuthorityReceiptPlanMismatch { .. }
        | Theirs::AuthorityReceiptPreflightMismatch { .. }
        | Theirs::PreflightReceiptPlanMismatch { .. }
        | Theirs::PreflightReceiptIdMismatch { .. }
        | Theirs::PreflightReceiptNotYetValid { .. }
        | Theirs::PreflightReceiptExpired { .. }
        | Theirs::PreflightReceiptInvalidWindow { .. }
        | Theirs::TopologyPreflightHashMismatch { .. }
        | Theirs::TopologyPreflightTargetsMismatch
        | Theirs::QuiescencePolicyMismatch
        | Theirs::QuiescencePreflightRejected
        | Theirs::QuiescencePreflightTargetsMismatch => return None,
    })
}

fn preflight_kind(label: &str) -> BackupOperationKind {
    match label {
        "topology" => BackupOperationKind::ValidateTopology,
        "control_authority" => BackupOperationKind::ValidateControlAuthority,
        "snapshot_read_authority" => BackupOperationKind::ValidateSnapshotReadAuthority,
        "quiescence_policy" => BackupOperationKind::ValidateQuiescencePolicy,
        other => panic!("the reference knows no preflight {other}"),
    }
}

/// The rules about preflight receipts, and those about plans that they can break.
pub fn preflight_error(reference: &BackupPlanError) -> Option<PreflightError> {
    use BackupPlanError as Theirs;
    let id = |canister: &String| principal(canister);
    let named = |preflight_id: &String| PreflightId::from(preflight_id.as_str());
    Some(match reference {
        Theirs::InvalidTopologyHash { field, value } => PreflightError::InvalidTopologyHash {
            field: (*field).to_string(),
            value: value.clone(),
        },
        Theirs::MissingControlAuthorityReceipt(canister) => {
            PreflightError::MissingControlAuthorityReceipt { canister_id: id(canister) }
        }
        Theirs::MissingSnapshotReadAuthorityReceipt(canister) => {
            PreflightError::MissingSnapshotReadAuthorityReceipt { canister_id: id(canister) }
        }
        Theirs::UnknownAuthorityReceiptTarget(canister) => {
            PreflightError::UnknownAuthorityReceiptTarget { canister_id: id(canister) }
        }
        Theirs::DuplicateAuthorityReceipt(canister) => {
            PreflightError::DuplicateAuthorityReceipt { canister_id: id(canister) }
        }
        Theirs::AuthorityReceiptPlanMismatch { expected, actual } => {
            PreflightError::AuthorityReceiptPlanMismatch {
                expected: expected.as_str().into(),
                actual: actual.as_str().into(),
            }
        }
        Theirs::AuthorityReceiptPreflightMismatch { expected, actual } => {
            PreflightError::AuthorityReceiptPreflightMismatch {
                expected: named(expected),
                actual: named(actual),
            }
        }
        Theirs::PreflightReceiptPlanMismatch { expected, actual } => PreflightError::PlanMismatch {
            expected: expected.as_str().into(),
            actual: actual.as_str().into(),
        },
        Theirs::PreflightReceiptIdMismatch { expected, actual } => {
            PreflightError::IdMismatch { expected: named(expected), actual: named(actual) }
        }
        Theirs::PreflightReceiptNotYetValid { preflight_id, validated_at, as_of } => {
            PreflightError::NotYetValid {
                preflight_id: named(preflight_id),
                validated_at: time(validated_at),
                now: time(as_of),
            }
        }
        Theirs::PreflightReceiptExpired { preflight_id, expires_at, as_of } => {
            PreflightError::Expired {
                preflight_id: named(preflight_id),
                expires_at: time(expires_at),
                now: time(as_of),
            }
        }
        Theirs::PreflightReceiptInvalidWindow { preflight_id } => {
            PreflightError::InvalidWindow { preflight_id: named(preflight_id) }
        }
        Theirs::TopologyPreflightHashMismatch { expected, actual } => {
            PreflightError::TopologyDrift { expected: expected.clone(), actual: actual.clone() }
        }
        Theirs::TopologyPreflightTargetsMismatch => PreflightError::TopologyTargetsMismatch,
        Theirs::QuiescencePolicyMismatch => PreflightError::QuiescencePolicyMismatch,
        Theirs::QuiescencePreflightRejected => PreflightError::QuiescenceRejected,
        Theirs::QuiescencePreflightTargetsMismatch => PreflightError::QuiescenceTargetsMismatch,
        other => PreflightError::Plan(plan_error(other)?),
    })
}

pub fn state(reference: &BackupExecutionOperationState) -> OperationState {
    match reference {
        BackupExecutionOperationState::Ready => OperationState::Ready,
        BackupExecutionOperationState::Pending => OperationState::Pending,
        BackupExecutionOperationState::Blocked => OperationState::Blocked,
        BackupExecutionOperationState::Completed => OperationState::Completed,
        BackupExecutionOperationState::Failed => OperationState::Failed,
        BackupExecutionOperationState::Skipped => OperationState::Skipped,
    }
}

fn sequence(reference: usize) -> Sequence {
    Sequence(u32::try_from(reference).expect("the reference repeats a sequence that it was given"))
}

/// The rules of the state machine; `journal` is the reference's, as it was before it refused.
pub fn journal_error(
    reference: &BackupExecutionJournalError,
    journal: &BackupExecutionJournal,
) -> Option<JournalError> {
    use BackupExecutionJournalError as Theirs;
    let state_of = |at: &usize| state(&journal.operations[*at].state);
    Some(match reference {
        Theirs::MissingField(field) => JournalError::MissingField { field: (*field).to_string() },
        Theirs::PreflightAlreadyAccepted { existing, attempted } => {
            JournalError::PreflightAlreadyAccepted {
                existing: existing.as_str().into(),
                attempted: attempted.as_str().into(),
            }
        }
        Theirs::OperationNotFound(at) => {
            JournalError::OperationNotFound { sequence: sequence(*at) }
        }
        Theirs::InvalidOperationTransition { sequence: at, from, to } => {
            JournalError::InvalidOperationTransition {
                sequence: sequence(*at),
                from: state(from),
                to: state(to),
            }
        }
        Theirs::OutOfOrderOperationTransition { requested, next } => {
            JournalError::OutOfOrderOperationTransition {
                requested: sequence(*requested),
                next: sequence(*next),
            }
        }
        Theirs::NoTransitionableOperation => JournalError::NoTransitionableOperation,
        Theirs::OperationNotFailed(at) => {
            JournalError::OperationNotFailed { sequence: sequence(*at), state: state_of(at) }
        }
        Theirs::ReceiptOperationNotFound(at) => {
            JournalError::ReceiptOperationNotFound { sequence: sequence(*at) }
        }
        Theirs::ReceiptOperationMismatch { sequence: at } => {
            JournalError::ReceiptOperationMismatch { sequence: sequence(*at) }
        }
        Theirs::ReceiptJournalMismatch { sequence: at } => {
            JournalError::ReceiptJournalMismatch { sequence: sequence(*at) }
        }
        Theirs::ReceiptPreflightMismatch { sequence: at } => {
            JournalError::ReceiptPreflightMismatch { sequence: sequence(*at) }
        }
        Theirs::ReceiptWithoutPendingOperation { sequence: at } => {
            JournalError::ReceiptWithoutPendingOperation {
                sequence: sequence(*at),
                state: state_of(at),
            }
        }
        // The reference finds the reason only after it has booked the receipt, when it checks itself.
        Theirs::UnblockedOperationHasReasons(at) => {
            JournalError::ReasonWithoutFailure { sequence: sequence(*at) }
        }
        // Only a journal that was read from a damaged file can be like this.
        Theirs::InvalidPlan(_)
        | Theirs::UnsupportedVersion(_)
        | Theirs::DuplicateSequence(_)
        | Theirs::MissingSequence(_)
        | Theirs::AcceptedPreflightMissingId
        | Theirs::PreflightPlanMismatch { .. }
        | Theirs::MutationReadyBeforePreflight { .. }
        | Theirs::MutationBeforePreflightAccepted { .. }
        | Theirs::OperationMissingReason(_) => return None,
    })
}
