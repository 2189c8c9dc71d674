//! What follows from the observed state. Pure functions, so that every case can be tested.

use crate::snapshot_id::{SnapshotId, SnapshotIds, ids};
use ic_management_canister_types::{
    CanisterInfoResult, CanisterStatusType, ChangeDetails, Snapshot,
};
use thiserror::Error;

/// What an operation still needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needed {
    /// Nothing: the canister already has the state.
    Nothing,
    /// The call, also if it was made before.
    Call,
}

/// What a stop needs if the canister has this status.
///
/// One that is stopping may go on to do so for ever; to stop it again does no harm, and waits.
pub const fn to_stop(status: CanisterStatusType) -> Needed {
    match status {
        CanisterStatusType::Stopped => Needed::Nothing,
        CanisterStatusType::Running | CanisterStatusType::Stopping => Needed::Call,
    }
}

/// What a start needs if the canister has this status. A start also ends a stop that is not over.
pub const fn to_start(status: CanisterStatusType) -> Needed {
    match status {
        CanisterStatusType::Running => Needed::Nothing,
        CanisterStatusType::Stopped | CanisterStatusType::Stopping => Needed::Call,
    }
}

/// What has become of a call that takes a snapshot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Taken {
    /// No snapshot is new: it was not taken.
    Not,
    /// One is new: it is that of the call.
    This(SnapshotId),
    /// Several are new: another caller took some too, and an operator must decide which one belongs to the run.
    Undecided(SnapshotIds),
}

/// Decides by the snapshots before the call and the snapshots now; their age does not matter.
pub fn taken(before: &SnapshotIds, now: &SnapshotIds) -> Taken {
    let new: SnapshotIds = now.difference(before).cloned().collect();
    let mut ids = new.iter();
    match (ids.next(), ids.next()) {
        (None, _) => Taken::Not,
        (Some(id), None) => Taken::This(id.clone()),
        (Some(_), Some(_)) => Taken::Undecided(new),
    }
}

/// As [`taken`], for a call that was made at `called_at`, in nanoseconds: a snapshot that was taken before is not that of the
/// call.
pub fn taken_since(before: &SnapshotIds, now: &[Snapshot], called_at: u64) -> Taken {
    let earliest = called_at.saturating_sub(CLOCK_NANOS);
    let later = now.iter().filter(|snapshot| snapshot.taken_at_timestamp >= earliest);
    taken(before, &ids(later))
}

/// How far the clock of the subnet of a canister may be behind that of its caller.
const CLOCK_NANOS: u64 = 10_000_000_000;

/// What has become of a call that loads a snapshot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Loaded {
    /// The canister has the code and the state of the snapshot.
    Done,
    /// It has not: the snapshot was not loaded, or something else was installed or loaded since.
    Not,
    /// The network does not list all changes since the call any more.
    Unknown,
}

/// Decides by the total number of changes before the call, and the canister's information now.
///
/// Only canisters can ask for that information. A driver outside loads again instead: see
/// [`Performer::load_snapshot`](crate::Performer::load_snapshot).
pub fn loaded(before: u64, now: &CanisterInfoResult, snapshot: &SnapshotId) -> Loaded {
    let Some(new) = now.total_num_changes.checked_sub(before) else { return Loaded::Unknown };
    let listed = now.recent_changes.len();
    let new = usize::try_from(new).unwrap_or(usize::MAX);
    let newest_first = now.recent_changes.iter().rev().take(new);
    let last = newest_first.filter_map(|change| change.details.as_ref()).find(|details| {
        matches!(
            details,
            ChangeDetails::LoadSnapshot(_)
                | ChangeDetails::CodeDeployment(_)
                | ChangeDetails::CodeUninstall
        )
    });
    match last {
        Some(ChangeDetails::LoadSnapshot(load)) if load.snapshot_id == snapshot.as_bytes() => {
            Loaded::Done
        }
        None if new > listed => Loaded::Unknown,
        _ => Loaded::Not,
    }
}

/// Why a canister is not as it should be after its start.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotAsExpected {
    /// It does not run.
    #[error("it does not run: its status is {}", told(*status))]
    NotRunning {
        /// Its status.
        status: CanisterStatusType,
    },
    /// It has another module, or none.
    #[error("its module is {}, and {expected} is expected", module.as_deref().unwrap_or("none"))]
    OtherModule {
        /// The hash of its module, in hexadecimal; none if it is empty.
        module: Option<String>,
        /// The hash that it should have, in hexadecimal.
        expected: String,
    },
}

const fn told(status: CanisterStatusType) -> &'static str {
    match status {
        CanisterStatusType::Running => "running",
        CanisterStatusType::Stopping => "stopping",
        CanisterStatusType::Stopped => "stopped",
    }
}

/// Verifies a canister after its start, by its status and the hash of its module: it runs, and has the module with the
/// `expected` hash, in hexadecimal. If none is expected, any module is right.
///
/// # Errors
/// What is not as it should be.
pub fn verify_started(
    status: CanisterStatusType,
    module_hash: Option<&[u8]>,
    expected: Option<&str>,
) -> Result<(), NotAsExpected> {
    if status != CanisterStatusType::Running {
        return Err(NotAsExpected::NotRunning { status });
    }
    let module = module_hash.map(hex::encode);
    match expected {
        Some(expected) if module.as_deref() != Some(expected) => {
            Err(NotAsExpected::OtherModule { module, expected: expected.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
