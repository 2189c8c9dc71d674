//! Why a transition is refused.

use super::{OperationState, RunOutcome};
use crate::{
    Attempt, PreflightId, ReceiptIndex, RunId, Sequence, Timestamp, preflight::PreflightError,
};
use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// A rule of the state machine that a call breaks. The journal is as it was before.
#[derive(
    CandidType,
    Clone,
    Debug,
    Deserialize,
    Eq,
    Error,
    IntoStaticStr,
    PartialEq,
    Serialize,
    VariantNames,
)]
pub enum JournalError {
    /// A required text is missing or blank.
    #[error("{field} must not be empty")]
    MissingField {
        /// Path of the field.
        field: String,
    },
    /// A name has an invisible character.
    #[error("{field} must not contain the character {character}, which is invisible")]
    HiddenCharacter {
        /// Path of the field.
        field: String,
        /// The character, for instance `\u{202e}`.
        character: String,
    },
    /// A preflight receipt is not valid.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// Another preflight was accepted before.
    #[error("preflight {existing} was already accepted, so {attempted} cannot be accepted")]
    PreflightAlreadyAccepted {
        /// The accepted one.
        existing: PreflightId,
        /// The refused one.
        attempted: PreflightId,
    },
    /// A batch of receipts does not start where the previous batch ended.
    #[error("the batch starts at target {start}; the next expected target is {covered}")]
    PreflightGap {
        /// Where the batch starts.
        start: u32,
        /// Where it should start; 0 when nothing has arrived of a preflight with this id and window.
        covered: u32,
    },
    /// A batch of receipts was sent before with another content.
    #[error("the receipts of target {position} differ from those that were sent before")]
    PreflightConflict {
        /// The first target about which they differ.
        position: u32,
    },
    /// The accepted preflight is too old to begin on; run it again under a new id.
    #[error("preflight {preflight_id} expired at {expires_at} ns; the time is now {now} ns")]
    PreflightExpired {
        /// The accepted one.
        preflight_id: PreflightId,
        /// When it expired.
        expires_at: Timestamp,
        /// Network time.
        now: Timestamp,
    },
    /// The run has no such operation.
    #[error("there is no operation {sequence}")]
    OperationNotFound {
        /// The requested operation.
        sequence: Sequence,
    },
    /// Another operation is next.
    #[error("operation {requested} cannot be claimed before operation {next}")]
    OutOfOrderOperationTransition {
        /// The requested operation.
        requested: Sequence,
        /// The next operation.
        next: Sequence,
    },
    /// Every operation is over, or all that are left are blocked.
    #[error("there is no operation to claim")]
    NoTransitionableOperation,
    /// The operation cannot change from its state to the requested state.
    #[error("operation {sequence} is {from:?} and cannot become {to:?}")]
    InvalidOperationTransition {
        /// The operation.
        sequence: Sequence,
        /// Its state.
        from: OperationState,
        /// The requested state.
        to: OperationState,
    },
    /// Only a failed operation can be retried.
    #[error("operation {sequence} is {state:?}, not Failed")]
    OperationNotFailed {
        /// The operation.
        sequence: Sequence,
        /// Its state.
        state: OperationState,
    },
    /// The receipt is about an operation that the run does not have.
    #[error("the receipt is about operation {sequence}, which does not exist")]
    ReceiptOperationNotFound {
        /// The operation of the receipt.
        sequence: Sequence,
    },
    /// Operation id, kind or target of the receipt are not those of the operation.
    #[error("the receipt does not match operation {sequence}")]
    ReceiptOperationMismatch {
        /// The operation.
        sequence: Sequence,
    },
    /// The receipt belongs to another plan or another run.
    #[error("the receipt for operation {sequence} belongs to another journal")]
    ReceiptJournalMismatch {
        /// The operation.
        sequence: Sequence,
    },
    /// The receipt of a mutating operation does not name the accepted preflight.
    #[error("the receipt for operation {sequence} does not name the accepted preflight")]
    ReceiptPreflightMismatch {
        /// The operation.
        sequence: Sequence,
    },
    /// The operation was not claimed.
    #[error("operation {sequence} is {state:?}, not Pending: claim it before you report it")]
    ReceiptWithoutPendingOperation {
        /// The operation.
        sequence: Sequence,
        /// Its state.
        state: OperationState,
    },
    /// A receipt has a failure reason, but its outcome is not Failed.
    #[error(
        "the receipt for operation {sequence} has a failure reason, but its outcome is not Failed"
    )]
    ReasonWithoutFailure {
        /// The operation.
        sequence: Sequence,
    },
    /// The receipt is about an attempt that is over.
    #[error(
        "the receipt is for attempt {attempt} at operation {sequence}; the current attempt is {current}"
    )]
    StaleAttempt {
        /// The operation.
        sequence: Sequence,
        /// The attempt of the receipt.
        attempt: Attempt,
        /// The current attempt.
        current: Attempt,
    },
    /// The receipt is about an attempt that has not begun.
    #[error(
        "the receipt is for attempt {attempt} at operation {sequence}; the current attempt is {current}"
    )]
    UnknownAttempt {
        /// The operation.
        sequence: Sequence,
        /// The attempt of the receipt.
        attempt: Attempt,
        /// The current attempt.
        current: Attempt,
    },
    /// A receipt gives a time before the claim of its attempt, or one that has not come yet.
    #[error(
        "operation {sequence} cannot have been performed at {performed_at} ns: it was claimed at {claimed_at} ns, and \
         the time is now {now} ns"
    )]
    PerformedAtOutOfRange {
        /// The operation.
        sequence: Sequence,
        /// The time in the receipt.
        performed_at: Timestamp,
        /// When the attempt was claimed.
        claimed_at: Timestamp,
        /// Network time.
        now: Timestamp,
    },
    /// Another run holds this canister: it has claimed the stop and not yet started the canister again.
    #[error("operation {sequence} cannot be claimed: run {run_id} holds canister {canister_id}")]
    TargetHeld {
        /// The operation.
        sequence: Sequence,
        /// The canister.
        canister_id: Principal,
        /// The run that holds it.
        run_id: RunId,
    },
    /// The run was aborted: nothing but the starts that it owes can be claimed.
    #[error("the run was aborted at {aborted_at} ns: {reason}")]
    RunAborted {
        /// Why.
        reason: String,
        /// When.
        aborted_at: Timestamp,
    },
    /// Every operation of the run is over, so there is nothing to abort.
    #[error("the run is over")]
    RunOver,
    /// A restore has begun to load snapshots and not loaded all of them, so it can be neither aborted nor paused: finish it, or
    /// roll it back.
    #[error(
        "{loaded} of {loads} snapshots are loaded: the run cannot be aborted or paused; load the rest, or roll it back"
    )]
    Contained {
        /// How many snapshots are loaded.
        loaded: u32,
        /// How many there are.
        loads: u32,
    },
    /// Only a restore can be rolled back, and only from its first load to its last.
    #[error("there is nothing to roll back: no load was claimed, or all are over")]
    NotContained,
    /// A load that is claimed may still be done: report it before the run is rolled back.
    #[error("{claimed} loads are claimed: report their outcome before the run is rolled back")]
    LoadsClaimed {
        /// How many.
        claimed: u32,
    },
    /// A receipt names another snapshot than the one that was uploaded, or the safety snapshot.
    #[error("operation {sequence} must load snapshot {expected}")]
    OtherSnapshot {
        /// The operation.
        sequence: Sequence,
        /// The snapshot that belongs to the run.
        expected: String,
    },
    /// The run is a restore that is not over, so it may still need the snapshot.
    #[error("the run is not over and may still need the snapshot")]
    SnapshotInUse,
    /// The run has no such snapshot on the network.
    #[error("the run has no snapshot {snapshot_id} of {canister_id} on the network")]
    NoSuchSnapshot {
        /// The canister.
        canister_id: Principal,
        /// The snapshot, in hexadecimal.
        snapshot_id: String,
    },
    /// Only a backup of which every download is verified can be proven.
    #[error("the run is not a complete backup")]
    NotComplete {
        /// What the run is worth; none while it is not over.
        outcome: Option<RunOutcome>,
    },
    /// A drill cannot prove more targets than the run has.
    #[error("{proven} of {targets} targets cannot be proven")]
    DrillTargets {
        /// How many it says were proven.
        proven: u32,
        /// How many there are.
        targets: u32,
    },
    /// The run owes this canister no start, so there is nothing to settle.
    #[error("no start is owed to canister {canister_id}")]
    StartNotOwed {
        /// The canister.
        canister_id: Principal,
    },
    /// The same receipt was recorded before; nothing changes.
    #[error("this receipt was already recorded, as receipt {receipt_index}")]
    Duplicate {
        /// Its position.
        receipt_index: ReceiptIndex,
        /// When it was recorded.
        recorded_at: Timestamp,
    },
}

impl JournalError {
    pub(super) fn require(field: &str, text: &str) -> Result<(), Self> {
        if text.trim().is_empty() {
            return Err(Self::MissingField { field: field.to_string() });
        }
        Ok(())
    }

    pub(super) fn require_if_present(field: &str, text: Option<&str>) -> Result<(), Self> {
        text.map_or(Ok(()), |text| Self::require(field, text))
    }
}
